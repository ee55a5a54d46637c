/** The folder of an export: written beside its name and then renamed, so that it is complete or not there. */
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { PathError } from "../../internal/PathError.ts"
import * as FolderSwap from "../checkpoint/FolderSwap.ts"
import * as Durable from "../internal/Durable.ts"

/** The folder cannot be written. */
export class ExportFolderError extends PathError.extend<ExportFolderError>("ExportFolderError")({
  _tag: Schema.tag("ExportFolderError")
}) {}

/** The folder is there already. */
export class ExportExists extends PathError.extend<ExportExists>("ExportExists")({
  _tag: Schema.tag("ExportExists")
}) {}

const unwritable = (path: string) =>
  Effect.mapError(
    (error: Parameters<typeof Durable.problemOf>[0]) =>
      new ExportFolderError({
        path,
        problem: `it cannot be written: ${Durable.problemOf(error)}`,
        cure: "Name another folder: --out"
      })
  )

/** Fails if the folder has something in it that may not be replaced. */
export const check = Effect.fn("Folder.check")(function* (path: string, overwrite: boolean) {
  const fs = yield* FileSystem.FileSystem
  if (overwrite || !(yield* fs.exists(path).pipe(unwritable(path)))) return
  const names = yield* fs.readDirectory(path).pipe(unwritable(path))
  if (names.length > 0)
    return yield* new ExportExists({
      path,
      problem: "there is something in it",
      cure: "Name another folder with --out, or replace it with --overwrite"
    })
})

export const write = Effect.fn("Folder.write")(function* (
  path: string,
  files: { readonly [name: string]: Uint8Array | string }
) {
  const fs = yield* FileSystem.FileSystem
  const made = FolderSwap.temporary(dirname(path), basename(path))
  const discard = Effect.ignore(fs.remove(made, { recursive: true, force: true }))
  yield* Effect.gen(function* () {
    yield* discard
    for (const [name, content] of Object.entries(files)) {
      const file = join(made, name)
      yield* fs.makeDirectory(dirname(file), { recursive: true })
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
      yield* Durable.writeFile(fs, file, [bytes])
    }
    yield* FolderSwap.swap(fs, made, path)
  }).pipe(
    Effect.onError(() => discard),
    unwritable(path)
  )
})
