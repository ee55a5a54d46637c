/** The text files of a folder or zip archive, by the picture that each is of: how the field hands in its results. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import type { Source } from "../data/Finding.ts"
import * as Zip from "./Zip.ts"

/** `img_1` of `gt_img_1.txt`, `res_img_1.txt` and `img_1.txt`. */
const pictureOf = (name: string): string =>
  (name.split("/").at(-1) ?? name).replace(/^(?:gt|res)_|\.txt$/gi, "")

/** Text files, but not those that a file manager leaves in folders and archives. */
const isText = (name: string): boolean =>
  /\.txt$/i.test(name) && !name.split("/").some((part) => part.startsWith(".") || part === "__MACOSX")

const unreadable = (path: string) => (error: { readonly message: string }) =>
  new DataError({
    where: path,
    problem: `it cannot be read (${error.message})`,
    cure: "Name a zip archive or a folder."
  })

const inFolder = Effect.fnUntraced(function* (folder: string) {
  const [fs, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
  const names = (yield* fs.readDirectory(folder)).filter(isText).sort()
  return yield* Effect.forEach(
    names,
    (name) => Effect.map(fs.readFile(path.join(folder, name)), (bytes): Zip.Member => ({ name, bytes })),
    { concurrency: 16 }
  )
})

const members = Effect.fnUntraced(function* (place: string) {
  const fs = yield* FileSystem.FileSystem
  const { type } = yield* fs.stat(place).pipe(Effect.mapError(unreadable(place)))
  if (type === "Directory") return yield* inFolder(place).pipe(Effect.mapError(unreadable(place)))
  const bytes = yield* fs.readFile(place).pipe(Effect.mapError(unreadable(place)))
  return (yield* Zip.read(place, bytes)).filter(({ name }) => isText(name))
})

/** Reads all of them. Bytes that are no UTF-8 become U+FFFD, as in the field's own scripts. */
export const read = Effect.fn("Submission.read")(function* (
  place: string
): Effect.fn.Return<ReadonlyMap<string, Source>, DataError, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  const found = new Map<string, Source>()
  for (const { name, bytes } of yield* members(place)) {
    const [picture, file] = [pictureOf(name), path.join(place, name)]
    const other = found.get(picture)
    if (other !== undefined) {
      return yield* new DataError({
        where: file,
        problem: `the picture ${picture} already has ${other.file}`,
        cure: "Leave one file of each picture."
      })
    }
    found.set(picture, { file, text: new TextDecoder().decode(bytes) })
  }
  if (found.size > 0) return found
  return yield* new DataError({
    where: place,
    problem: "there are no text files in it",
    cure: "Each picture has one, such as gt_img_1.txt or res_img_1.txt."
  })
})
