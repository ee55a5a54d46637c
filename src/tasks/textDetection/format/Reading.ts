/** From the files of a folder to annotations by split: finds the format, reads its files, and finds their pictures. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import { type Image, MOST_WORDS, SPLIT } from "../data/Annotations.ts"
import * as Finding from "../data/Finding.ts"
import * as FolderCheck from "../data/FolderCheck.ts"
import * as Format from "./Format.ts"
import * as Listing from "./Listing.ts"

/** The files of a format in a folder. */
export interface Found {
  readonly format: Format.Format
  readonly files: ReadonlyArray<string>
}

/** The annotations of a split, and the folder of its pictures. */
export interface Set {
  readonly listed: FolderCheck.Listed
  readonly folder: string
}

export interface Sets {
  readonly train: Set
  readonly val: Set | undefined
  readonly test: Set | undefined
  readonly warnings: ReadonlyArray<string>
}

/** Files of a name that are looked into to see whether they are of a format. */
const LOOKED_INTO = 20

const sampleOf = (name: string, text: string): Format.Sample => {
  let known: { readonly json: unknown } | undefined
  return {
    name,
    text,
    get json() {
      known ??= { json: /^\s*[[{]/.test(text) ? parsed(text) : undefined }
      return known.json
    }
  }
}

const parsed = (text: string): unknown => {
  const result = Result.try((): unknown => JSON.parse(text))
  return Result.isSuccess(result) ? result.success : undefined
}

/** Reads each file once, however many formats look into it; one that is no text has no form. */
const reader = (listing: Listing.Listing) => {
  const known = new Map<string, Format.Sample>()
  return Effect.fnUntraced(function* (name: string) {
    const path = yield* Path.Path
    const before = known.get(name)
    if (before !== undefined) return before
    const text = yield* FolderCheck.textOf(path.join(listing.root, name)).pipe(Effect.orElseSucceed(() => ""))
    const sample = sampleOf(name, text)
    known.set(name, sample)
    return sample
  })
}

/** Names with a picture first: they are the likeliest. */
const candidates = (listing: Listing.Listing, format: Format.Format): ReadonlyArray<string> => {
  const named = listing.files.filter((name) => format.files.test(name))
  if (format.perPicture !== true) return named
  const has = (name: string): boolean => listing.picture(pictureStem(name), name) !== undefined
  return [...named.filter(has), ...named.filter((name) => !has(name))]
}

/** The name that a file of its own shares with its picture: `gt_img_1.txt` is of `img_1.jpg`. */
export const pictureStem = (name: string): string => Format.stem(name).replace(/^gt_/, "")

/**
 * The formats that have files in the folder, the first the likeliest. Looks into at most 20 files for each; each
 * picture's own files are taken to be alike.
 */
export const find = Effect.fnUntraced(function* (
  listing: Listing.Listing,
  formats: ReadonlyArray<Format.Format>
): Effect.fn.Return<ReadonlyArray<Found>, never, FileSystem.FileSystem | Path.Path> {
  const sample = reader(listing)
  const found: Array<Found> = []
  for (const format of formats) {
    const names = candidates(listing, format)
    const files: Array<string> = []
    for (const name of names.slice(0, LOOKED_INTO)) {
      if (format.recognises(yield* sample(name))) files.push(name)
      if (files.length > 0 && format.perPicture === true) break
    }
    if (files.length > 0) found.push({ format, files: format.perPicture === true ? names : files })
  }
  return found
})

/** The files of a format that a person named. */
export const named = Effect.fnUntraced(function* (
  listing: Listing.Listing,
  format: Format.Format
): Effect.fn.Return<Found, DataError, FileSystem.FileSystem | Path.Path> {
  const [found] = yield* find(listing, [format])
  if (found !== undefined) return found
  const files = candidates(listing, format)
  if (files.length > 0) return { format, files }
  return yield* new DataError({
    where: listing.root,
    problem: `it has no file that could be ${format.title}`,
    cure: "Name the format that it has, or let it be found: data.format=auto"
  })
})

/** Something read, with the file that it is from. */
interface Item {
  readonly source: Format.Source
  readonly marked: Format.Marked
  /** Relative to the root, or as it was named. */
  readonly picture: string
}

const wordsOf = (marks: ReadonlyArray<Format.Mark>): NonNullable<Image["words"]> =>
  Object.fromEntries(
    marks.map(({ points, transcription, illegible, id }, i) => [
      id ?? numbered(i),
      {
        points,
        ...(transcription === undefined ? {} : { transcription }),
        ...(illegible === true ? { illegibility: true } : {})
      }
    ])
  )

/** The name of a word that has none. */
export const numbered = (index: number): string => String(index + 1).padStart(4, "0")

const imageOf = ({ size, marks }: Format.Marked): Image => ({
  ...(size === undefined ? {} : { img_w: size.width, img_h: size.height }),
  words: wordsOf(marks)
})

/** The folder that holds all of the names. */
const common = (names: ReadonlyArray<string>): string => {
  const folders = names.map((name) => name.split("/").slice(0, -1))
  const [first = []] = folders
  const length = folders.reduce((most, folder) => {
    const differs = first.findIndex((part, i) => folder[i] !== part)
    return Math.min(most, differs === -1 ? first.length : differs)
  }, first.length)
  return first.slice(0, length).join("/")
}

/** Places for findings about words by their names. */
const placer =
  (items: ReadonlyMap<string, Item>) =>
  (findings: ReadonlyArray<Finding.Finding>): ReadonlyArray<Finding.Placed> => {
    const bySource = new Map<Format.Source, Array<{ readonly at: Format.At; readonly text: string }>>()
    for (const { path, text } of findings) {
      const item = items.get(String(path[1]))
      if (item === undefined) continue
      const { marks, at } = item.marked
      const mark = marks.find(({ id }, i) => (id ?? numbered(i)) === path[3])
      const known = bySource.get(item.source) ?? []
      bySource.set(item.source, [...known, { at: mark?.at ?? at, text }])
    }
    return [...bySource].flatMap(([source, found]) => Format.placed(source, found))
  }

const crowded = (name: string, { marked }: Item): string | undefined =>
  marked.marks.length > MOST_WORDS
    ? `image ${name}: it has ${marked.marks.length} words, and at most ${MOST_WORDS} are allowed`
    : undefined

/** Annotations of a split: each picture once, by its name in the common folder. */
const setOf = Effect.fnUntraced(function* (
  root: string,
  where: string,
  items: ReadonlyArray<Item>
): Effect.fn.Return<Set, DataError, Path.Path> {
  const path = yield* Path.Path
  const folder = common(items.map(({ picture }) => picture))
  const byName = new Map<string, Item>()
  const wrong: Array<Finding.Placed> = []
  for (const item of items) {
    const name = folder === "" ? item.picture : item.picture.slice(folder.length + 1)
    const text = byName.has(name) ? `image ${name}: it is listed twice` : crowded(name, item)
    if (text === undefined) byName.set(name, item)
    else wrong.push(...Format.placed(item.source, [{ at: item.marked.at, text }]))
  }
  if (wrong.length > 0) return yield* Finding.failure(where, wrong, `Keep one of them. ${SPLIT}`)
  return {
    folder: path.join(root, folder),
    listed: {
      where,
      images: Object.fromEntries([...byName].map(([name, item]) => [name, imageOf(item.marked)])),
      place: placer(byName)
    }
  }
})

/** Whether a file of a picture's own is something else, such as a list of classes. */
const isOther = (
  listing: Listing.Listing,
  { perPicture, recognises }: Format.Format,
  sample: Format.Sample
) =>
  perPicture === true &&
  listing.picture(pictureStem(sample.name), sample.name) === undefined &&
  !recognises(sample)

const splitOf = ({ perPicture }: Format.Format, name: string, { split }: Format.Marked): Format.Split =>
  split ?? Listing.splitOf(perPicture === true ? name.split("/").slice(0, -1).join("/") : name) ?? "train"

/** What a file says, with the pictures that it means; undefined for a file of something else. */
const itemsOf = Effect.fnUntraced(function* (listing: Listing.Listing, format: Format.Format, name: string) {
  const path = yield* Path.Path
  const file = path.join(listing.root, name)
  const text = yield* FolderCheck.textOf(file)
  if (isOther(listing, format, sampleOf(name, text))) return undefined
  const source = { file, text }
  return (yield* format.read(source, name)).map((marked) => ({
    split: splitOf(format, name, marked),
    item: { source, marked, picture: listing.picture(marked.picture, name) ?? marked.picture }
  }))
})

/** Reads files of a format; `read` of each is called in the order of their names. */
export const read = Effect.fnUntraced(function* (
  listing: Listing.Listing,
  { format, files }: Found
): Effect.fn.Return<Sets, DataError, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  const items: { readonly [split in Format.Split]: Array<Item> } = { train: [], val: [], test: [] }
  const others: Array<string> = []
  for (const name of files.toSorted()) {
    const found = yield* itemsOf(listing, format, name)
    if (found === undefined) others.push(name)
    for (const { split, item } of found ?? []) items[split].push(item)
  }
  const [only = ""] = files
  const where = files.length === 1 ? path.join(listing.root, only) : listing.root
  const set = (some: ReadonlyArray<Item>) => setOf(listing.root, where, some)
  const some = (list: ReadonlyArray<Item>) => (list.length === 0 ? Effect.undefined : set(list))
  const warnings = unused(listing.root, format, others)
  // A folder with nothing but `test/` is a data set of its own.
  if (items.train.length === 0) {
    const train = yield* set([...items.val, ...items.test])
    return { train, val: undefined, test: undefined, warnings }
  }
  return {
    train: yield* set(items.train),
    val: yield* some(items.val),
    test: yield* some(items.test),
    warnings
  }
})

const unused = (root: string, { title }: Format.Format, others: ReadonlyArray<string>) =>
  others
    .slice(0, 1)
    .map(
      (first) =>
        `${root}: ${others.length} files do not look like ${title} and are not used, such as ${first}`
    )
