/**
 * Writes a data folder in another layout, with its pictures in `images/`.
 *
 * What is written is read back, so that what the layout cannot say is counted and not guessed. Everything is written
 * to a folder beside the new one, which takes its name when it is complete.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { ImageCodec } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Folder from "../../../pipeline/task/Folder.ts"
import type { Image } from "../data/Annotations.ts"
import * as FolderCheck from "../data/FolderCheck.ts"
import * as AnnotatedFolder from "./AnnotatedFolder.ts"
import * as Difference from "./Difference.ts"
import { type Format, textOf, type Writable, type Written } from "./Format.ts"
import * as Listing from "./Listing.ts"
import { numbered } from "./Reading.ts"

export interface Options {
  /** The folder to read. */
  readonly from: string
  /** Its layout; default `auto`. */
  readonly format?: NonNullable<AnnotatedFolder.Options["format"]>
  /** The folder to write, which must be new or empty. */
  readonly to: string
  readonly as: Format
}

export interface Converted {
  /** The layout that was read. */
  readonly read: Format
  /** Absolute. */
  readonly folder: string
  readonly pictures: number
  readonly regions: number
  /** What the new layout does not say. */
  readonly lost: Difference.Counts
  readonly warnings: ReadonlyArray<string>
}

/** A split to write. */
interface Part {
  /** Relative to the new folder: empty for all that is neither for validation nor for tests. */
  readonly folder: string
  readonly pictures: ReadonlyArray<Writable>
  readonly paths: ReadonlyArray<string>
}

const marksOf = ({ words }: Image): Writable["marks"] =>
  Object.entries(words ?? {}).map(([id, { points, transcription, illegibility }]) => ({
    id,
    points,
    ...(typeof transcription === "string" ? textOf(transcription) : {}),
    ...(illegibility === true ? { illegible: true } : {})
  }))

/** Pictures are checked, so that the new folder can be used; polygons are written as they are, usable or not. */
const partOf = Effect.fnUntraced(function* (folder: string, set: AnnotatedFolder.Set) {
  const { listed, within } = set
  const { entries } = yield* FolderCheck.check(listed, set.folder, {
    within,
    decodeUpTo: 0,
    onBadSample: "skip"
  })
  const pictures = entries.map(({ name, size }): Writable => {
    const image = Object.hasOwn(listed.images, name) ? listed.images[name] : undefined
    return { picture: name, width: size.width, height: size.height, marks: marksOf(image ?? {}) }
  })
  return { folder, pictures, paths: entries.map(({ path }) => path) } satisfies Part
})

const under = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`)

/** The files of a part; two pictures cannot share one. */
const filesOf = Effect.fnUntraced(function* (to: string, as: Format, part: Part) {
  const files = (as.write?.(part.pictures) ?? []).map(({ name, text }) => ({
    name: under(part.folder, name),
    text
  }))
  const names = new Set<string>()
  for (const { name } of files) {
    if (names.has(name)) {
      return yield* new DataError({
        where: `${to}/${name}`,
        problem: "two pictures would share this file, since their names differ in their extension only",
        cure: "Rename one of them, or choose a layout with one file for all pictures, such as coco."
      })
    }
    names.add(name)
  }
  return files
})

/** The pictures as the layout's own reader finds them in what was written. */
const readBack = Effect.fnUntraced(function* (as: Format, part: Part, files: ReadonlyArray<Written>) {
  const images = part.pictures.map(({ picture }) => under(part.folder, `images/${picture}`))
  const listing = Listing.make("", [...images, ...files.map(({ name }) => name)])
  const found: Array<Difference.ReadBack> = []
  for (const { name, text } of files) {
    for (const { picture, size, marks } of yield* as.read({ file: name, text }, name)) {
      found.push({
        picture: (listing.picture(picture, name) ?? picture).slice(under(part.folder, "images/").length),
        hasSize: size !== undefined,
        marks: marks.map((mark, i) => ({ ...mark, id: mark.id ?? numbered(i) }))
      })
    }
  }
  return Difference.between(part.pictures, found)
})

const unwritable = (where: string) => (error: { readonly message: string }) =>
  new DataError({
    where,
    problem: `it cannot be written (${error.message})`,
    cure: "Choose another folder, or make room, or get permission to write there."
  })

const requireWritable = ({ write, title }: Format, where: string) =>
  write !== undefined
    ? Effect.void
    : Effect.fail(
        new DataError({
          where,
          problem: `${title} cannot be written: its Format has no \`write\``,
          cure: "Add it, or choose another layout."
        })
      )

const requireNew = Effect.fnUntraced(function* (to: string) {
  const fs = yield* FileSystem.FileSystem
  const names = yield* fs.readDirectory(to).pipe(
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed<Array<string>>([])),
    Effect.mapError(FolderCheck.unreadable(to))
  )
  if (names.length === 0) return
  return yield* new DataError({ where: to, problem: "the folder is not empty", cure: "Choose a new folder." })
})

const writeFile = Effect.fnUntraced(function* (root: string, name: string, write: (at: string) => Writing) {
  const path = yield* Path.Path
  const at = path.join(root, name)
  yield* Folder.make(path.dirname(at))
  yield* write(at)
})

type Writing = ReturnType<FileSystem.FileSystem["copyFile"]>

const writePart = Effect.fnUntraced(function* (root: string, part: Part, files: ReadonlyArray<Written>) {
  const fs = yield* FileSystem.FileSystem
  for (const { name, text } of files) yield* writeFile(root, name, (at) => fs.writeFileString(at, text))
  for (const [i, { picture }] of part.pictures.entries()) {
    const from = part.paths[i] ?? ""
    yield* writeFile(root, under(part.folder, `images/${picture}`), (at) => fs.copyFile(from, at))
  }
})

const added = (all: ReadonlyArray<Difference.Counts>): Difference.Counts => {
  const sum = new Map<Parameters<Difference.Counts["get"]>[0], number>()
  for (const counts of all) {
    for (const [loss, count] of counts) sum.set(loss, (sum.get(loss) ?? 0) + count)
  }
  return sum
}

/** Reads a folder, and writes it in another layout. */
export const convert = Effect.fn("Convert.convert")(function* (
  options: Options
): Effect.fn.Return<Converted, DataError, FileSystem.FileSystem | Path.Path | ImageCodec> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { as } = options
  const to = path.resolve(options.to)
  yield* requireWritable(options.as, to)
  yield* requireNew(to)
  const sets = yield* AnnotatedFolder.sets({ root: options.from, format: options.format ?? "auto" })
  const parts: Array<Part> = [yield* partOf("", sets.train)]
  if (sets.val !== undefined) parts.push(yield* partOf("val", sets.val))
  if (sets.test !== undefined) parts.push(yield* partOf("test", sets.test))
  const written = yield* Effect.forEach(parts, (part) => filesOf(to, as, part))
  const lost = yield* Effect.forEach(parts, (part, i) => readBack(as, part, written[i] ?? []))
  yield* Effect.scoped(
    Effect.gen(function* () {
      yield* Folder.make(path.dirname(to))
      const beside = { directory: path.dirname(to), prefix: `.${path.basename(to)}-` }
      const partial = path.join(yield* fs.makeTempDirectoryScoped(beside), "data")
      for (const [i, part] of parts.entries()) yield* writePart(partial, part, written[i] ?? [])
      yield* fs.rename(partial, to)
    })
  ).pipe(Effect.mapError(unwritable(to)))
  const pictures = parts.flatMap((part) => part.pictures)
  return {
    read: sets.format,
    folder: to,
    pictures: pictures.length,
    regions: pictures.reduce((sum, { marks }) => sum + marks.length, 0),
    lost: added(lost),
    warnings: sets.warnings
  }
})
