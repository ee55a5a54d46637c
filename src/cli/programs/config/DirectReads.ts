/** Reads the small files of a configuration at once, since a thread of Node's takes longer to answer than they take to read. */
import { readFileSync, statSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"

/** A pipe may never end: what is not a plain file is left to the thread. */
const text = (path: string): string | undefined =>
  statSync(path).isFile() ? readFileSync(path, "utf8") : undefined

/** Whatever stands in the way is reported as the file system in use reports it. */
const over = (fs: FileSystem.FileSystem): FileSystem.FileSystem => ({
  ...fs,
  readFileString: (path, encoding) =>
    Effect.try(() => text(path)).pipe(
      Effect.orElseSucceed(() => undefined),
      Effect.flatMap((found) =>
        found === undefined ? fs.readFileString(path, encoding) : Effect.succeed(found)
      )
    )
})

export const provide = Effect.updateService(FileSystem.FileSystem, over)
