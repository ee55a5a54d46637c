/** A file system of texts in memory, for tests that compose small trees. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as PlatformError from "effect/PlatformError"

const notFound = (method: string, path: string) =>
  Effect.fail(
    PlatformError.systemError({
      _tag: "NotFound",
      module: "FileSystem",
      method,
      pathOrDescriptor: path,
      description: path
    })
  )

/** Serves files by absolute path; the folders they lie in exist. */
export const layer = (
  files: Readonly<Record<string, string>>
): Layer.Layer<FileSystem.FileSystem | Path.Path> => {
  const folders = new Map<string, Map<string, "File" | "Directory">>()
  const add = (path: string, type: "File" | "Directory"): void => {
    const slash = path.lastIndexOf("/")
    if (slash <= 0) return
    const folder = path.slice(0, slash)
    folders.set(folder, (folders.get(folder) ?? new Map()).set(path.slice(slash + 1), type))
    add(folder, "Directory")
  }
  for (const path of Object.keys(files)) add(path, "File")
  const fs = FileSystem.layerNoop({
    readDirectoryEntries: (path) => {
      const entries = folders.get(path)
      if (entries === undefined) return notFound("readDirectoryEntries", path)
      return Effect.succeed([...entries].map(([name, type]) => ({ name, type })))
    },
    readFileString: (path) => {
      const text = files[path]
      return text === undefined ? notFound("readFileString", path) : Effect.succeed(text)
    }
  })
  return Layer.merge(fs, Path.layer)
}
