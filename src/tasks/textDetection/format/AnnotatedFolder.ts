/**
 * A folder of pictures and their annotations, checked completely before any training.
 *
 * How pictures are assigned to splits:
 * 1. `root/val/annotations.json` exists, or `val` is given: those are for validation, and all of the main file for
 * training.
 * 2. Otherwise the main file's pictures are divided by `split`. By default they are sorted by name (by code unit), and
 * the last `valFraction` of them are for validation: at least one, and never all.
 * 3. `root/test/annotations.json` exists, or `test` is given: those are for tests. Otherwise `testFraction` of the main
 * file's pictures are, by default the very last, and if that is 0, those for validation. The main file is
 * `root/annotations.json`, or `root/train/annotations.json`. Pictures are in `images/` beside it.
 *
 * Every header is read, to find missing files and sizes that differ from the annotated ones. Up to `decodeUpTo`
 * pictures are also decoded completely, about 3 ms each, so that a corrupt one is reported now; in larger sets it is
 * reported when it is used.
 *
 * A folder in another tool's layout is divided likewise: what is in a file or folder named `val` or `validation`, or
 * that its file says is for validation, is; and so is what is for tests.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import type { ImageCodec } from "../../../pipeline/picture/Images.ts"
import * as Division from "../../../pipeline/split/Division.ts"
import * as Leaks from "../../../pipeline/split/Leaks.ts"
import * as Split from "../../../pipeline/split/Split.ts"
import * as SplitPlan from "../../../pipeline/split/SplitPlan.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as FolderCheck from "../data/FolderCheck.ts"
import { type Checked, type Entry, LAYOUT } from "../data/FolderCheck.ts"
import * as ForeignLayout from "../data/ForeignLayout.ts"
import { fractions } from "../data/Fractions.ts"
import * as All from "./All.ts"
import type { Format } from "./Format.ts"
import * as Listing from "./Listing.ts"
import type { names } from "./Names.ts"
import * as Reading from "./Reading.ts"

export interface Part {
  /** Relative to the root, or absolute. */
  readonly annotations: string
  /** Default: the folder `images` beside the annotations. */
  readonly images?: string
}

export interface Options extends FolderCheck.Options {
  readonly root: string
  /** The layout: one by name, or one of your own; default `auto`, found by looking into the folder. */
  readonly format?: "auto" | (typeof names)[number] | Format
  readonly train?: Part
  readonly val?: Part
  readonly test?: Part
  /** Fraction of the main file for validation, 0 ≤ fraction < 1; default 0.2; 0 for none. */
  readonly valFraction?: number
  /** Fraction of the main file for tests, 0 ≤ fraction < 1; default 0. */
  readonly testFraction?: number
  /** How the main file's pictures are divided; default: the last by name. */
  readonly split?: SplitPlan.SplitPlan
  /** Default 0. */
  readonly splitSeed?: number
}

export interface Opened {
  readonly train: ReadonlyArray<Entry>
  readonly val: ReadonlyArray<Entry>
  readonly test: ReadonlyArray<Entry>
  /** Whether `test` is `val`, because there is no separate set. */
  readonly testIsVal: boolean
  /** Sentences for people: clipped or skipped polygons, pictures without annotations. */
  readonly warnings: ReadonlyArray<string>
  /** Pictures and polygons that were left out because they cannot be used. */
  readonly skipped: ReadonlyArray<DataError>
  /** What was left out of each file, where `onBadSample` is `list`. */
  readonly listed: ReadonlyArray<FolderCheck.ListedBad>
}

const isFile = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.stat(path).pipe(
    Effect.map((info) => info.type === "File"),
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed(false)),
    Effect.mapError(FolderCheck.unreadable(path))
  )
})

interface Located {
  readonly file: string
  readonly folder: string
  /** The real folder that must contain all pictures: the root, or the given folder. */
  readonly within: string
}

/** The split's file and folder, if it exists or was requested. */
const locate = Effect.fnUntraced(function* (
  root: string,
  asked: Part | undefined,
  usual: ReadonlyArray<string>
): Effect.fn.Return<Located | undefined, DataError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const annotations of asked === undefined ? usual : [asked.annotations]) {
    const file = path.resolve(root, annotations)
    if (yield* isFile(file)) {
      const images = asked?.images
      const folder =
        images === undefined ? path.join(path.dirname(file), "images") : path.resolve(root, images)
      const within = yield* fs
        .realPath(images === undefined ? root : folder)
        .pipe(Effect.catch(() => Effect.succeed(root)))
      return { file, folder, within }
    }
  }
  if (asked === undefined) return undefined
  return yield* absent(path.resolve(root, asked.annotations))
})

/** Annotations of a split. */
export interface Set extends Reading.Set {
  /** The real folder that must contain all pictures. */
  readonly within: string
}

export interface Sets {
  readonly format: Format
  readonly train: Set
  readonly val: Set | undefined
  readonly test: Set | undefined
  readonly warnings: ReadonlyArray<string>
}

const read = (found: Located | undefined) =>
  found === undefined
    ? Effect.undefined
    : Effect.map(
        FolderCheck.listed(found.file),
        (listed): Set => ({ listed, folder: found.folder, within: found.within })
      )

const checked = (set: Set | undefined, options: Options) =>
  set === undefined
    ? Effect.succeed<Checked>({ entries: [], warnings: [], skipped: [] })
    : FolderCheck.check(set.listed, set.folder, { ...options, within: set.within })

/** Pictures with few regions and with many, so that both are in all parts. */
const STRATA = 4

const usual = Schema.decodeSync(SplitPlan.make("name", false))({})

/** The main file's pictures in their parts, as far as the folder has none for them. */
const divide = Effect.fnUntraced(function* (
  main: { readonly file: string; readonly entries: ReadonlyArray<Entry> },
  options: Options,
  fractions: { readonly val: number; readonly test: number }
) {
  const { file, entries } = main
  const { split = usual, splitSeed: seed = 0, root } = options
  // Of what is listed as bad, there may be too little left.
  if (entries.length < 2 && options.onBadSample === "list") {
    return { train: entries, val: [], test: [], warnings: [] }
  }
  const key = fractions.test > 0 ? "data.test_fraction" : "data.val_fraction"
  if (entries.length < 2 && fractions.val + fractions.test > 0) {
    return yield* new DataError({
      where: file,
      problem: "one picture cannot be split into training and validation",
      cure: `Add pictures, or set ${key}=0.`
    })
  }
  const strata = Split.strata(
    entries.map(({ regions }) => regions.length),
    STRATA
  )
  const named = entries.map(({ name }, at) => ({ name, stratum: strata[at] ?? 0 }))
  const { parts, warnings } = yield* Division.divide(named, split, { root, seed, ...fractions })
  const those = (part: Split.Part) => entries.filter((_, at) => parts[at] === part)
  return { train: those("train"), val: those("val"), test: those("test"), warnings }
})

const placed = (part: Split.Part, entries: ReadonlyArray<Entry>) =>
  entries.map(({ name, path }): Leaks.Placed => ({ name, path, part }))

const OTHERS = "Layouts of other tools, such as COCO, ICDAR or PAGE, are recognised by their files."

const absent = (where: string) =>
  new DataError({ where, problem: "the annotation file does not exist", cure: `${LAYOUT} ${OTHERS}` })

/** Maximum bytes of a file that is examined for another tool's layout. */
const MOST_LOOKED_INTO = 50_000_000

/** The layout of the first file that may contain annotations, if there is no annotation file. */
const foreignIn = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = (yield* fs.readDirectory(folder)).filter((name) => /\.(json|txt|xml)$/i.test(name)).toSorted()
  for (const file of names.slice(0, 5).map((name) => path.join(folder, name))) {
    const { size, type } = yield* fs.stat(file)
    if (type !== "File" || Number(size) > MOST_LOOKED_INTO) continue
    const foreign = ForeignLayout.of(yield* fs.readFileString(file))
    if (foreign !== undefined) return new DataError({ where: file, ...foreign })
  }
  return undefined
})

/** Without an annotation file: looks for one under another name, or one of another tool. */
const missing = Effect.fnUntraced(function* (root: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = yield* fs.readDirectory(root).pipe(Effect.mapError(FolderCheck.unreadable(root)))
  const other = names.find((name) => name.toLowerCase() === "annotations.json")
  if (other !== undefined) {
    return yield* new DataError({
      where: path.join(root, other),
      problem: "its name differs in upper and lower case",
      cure: "Rename it to annotations.json."
    })
  }
  for (const folder of [root, path.join(root, "images")]) {
    const foreign = yield* Effect.option(foreignIn(folder))
    if (Option.isSome(foreign) && foreign.value !== undefined) return yield* foreign.value
  }
  return yield* absent(path.join(root, "annotations.json"))
})

/** Whether a file called `annotations.json` is another tool's. */
const isForeign = Effect.fnUntraced(function* (root: string, file: string) {
  const path = yield* Path.Path
  const listing = Listing.make(root, [path.relative(root, file).replaceAll("\\", "/")])
  const [found] = yield* Reading.find(listing, All.looked)
  return found !== undefined && found.format !== All.byName.anneal
})

/** A folder in our own layout. */
const ours = Effect.fnUntraced(function* (root: string, main: Located, options: Options) {
  const train = yield* read(main)
  const val = yield* Effect.flatMap(locate(root, options.val, ["val/annotations.json"]), read)
  const test = yield* Effect.flatMap(locate(root, options.test, ["test/annotations.json"]), read)
  if (train === undefined) return yield* absent(main.file)
  return { format: All.byName.anneal, train, val, test, warnings: [] }
})

/** A folder in another layout. */
const others = Effect.fnUntraced(function* (listing: Listing.Listing, found: Reading.Found) {
  const fs = yield* FileSystem.FileSystem
  const { train, val, test, warnings } = yield* Reading.read(listing, found)
  const within = yield* fs.realPath(listing.root).pipe(Effect.mapError(FolderCheck.unreadable(listing.root)))
  const inside = (set: Reading.Set | undefined) => (set === undefined ? undefined : { ...set, within })
  return {
    format: found.format,
    train: { ...train, within },
    val: inside(val),
    test: inside(test),
    warnings
  }
})

const alsoThere = (root: string, [used, ...unused]: ReadonlyArray<Reading.Found>): ReadonlyArray<string> =>
  used === undefined || unused.length === 0
    ? []
    : [
        `${root} is read as ${used.format.title}, and has also ${unused.map(({ format }) => format.title).join(" and ")}: data.format=${unused[0]?.format.name}`
      ]

/** Looks into the folder for a layout. */
const sought = Effect.fnUntraced(function* (root: string, options: Options) {
  const main = yield* locate(root, options.train, ["annotations.json", "train/annotations.json"])
  if (main !== undefined && (options.train !== undefined || !(yield* isForeign(root, main.file)))) {
    return yield* ours(root, main, options)
  }
  const listing = yield* Listing.of(root)
  const all = yield* Reading.find(
    listing,
    All.looked.filter((format) => format !== All.byName.anneal)
  )
  const [found] = all
  if (found === undefined) return yield* main === undefined ? missing(root) : ours(root, main, options)
  const sets = yield* others(listing, found)
  return { ...sets, warnings: [...alsoThere(root, all), ...sets.warnings] }
})

/** Reads the annotations of a folder, and looks at no picture. */
export const sets = Effect.fn("AnnotatedFolder.sets")(function* (
  options: Options
): Effect.fn.Return<Sets, DataError, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  const root = path.resolve(options.root)
  yield* FolderCheck.requireFolder(root, `Name an existing folder: data.root=<folder>. ${LAYOUT}`)
  const { format = "auto" } = options
  if (format === "auto") return yield* sought(root, options)
  const named = typeof format === "string" ? All.byName[format] : format
  if (named === All.byName.anneal) {
    const main = yield* locate(root, options.train, ["annotations.json", "train/annotations.json"])
    return yield* main === undefined ? missing(root) : ours(root, main, options)
  }
  const listing = yield* Listing.of(root)
  return yield* others(listing, yield* Reading.named(listing, named))
})

/** Lists of names beside files of the parts' own would contradict each other. */
const checkLists = (root: string, { split }: Options, own: Set | undefined) =>
  split?.by === "files" && own !== undefined
    ? Effect.fail(
        new DataError({
          where: own.listed.where,
          problem: `data.split.by=files and the folder ${root} both say what is in which part`,
          cure: "Move the file away, or set data.split.by=name."
        })
      )
    : Effect.void

/** Fractions of the main file, as far as a part has no file. */
const fractionsOf = (
  { valFraction = fractions.val, testFraction = fractions.test }: Options,
  { val, test }: Sets
) => ({
  val: val === undefined ? valFraction : 0,
  test: test === undefined ? testFraction : 0
})

/** Warnings of what parts share. With `onBadSample: "list"` there are none: the caller lists leaks itself. */
const leaksOf = (
  root: string,
  { onBadSample, split = usual }: Options,
  { train, val, test }: Pick<Opened, Split.Part>
) =>
  onBadSample === "list"
    ? Effect.succeed([])
    : Leaks.check(root, split, {
        samples: [...placed("train", train), ...placed("val", val), ...placed("test", test)],
        usual: split.by === "name" && split.group === null
      })

/** Opens and checks a folder; one failure lists all problems of a file, each with name and line. */
export const open = Effect.fn("AnnotatedFolder.open")(function* (
  options: Options
): Effect.fn.Return<Opened, DataError, FileSystem.FileSystem | Path.Path | ImageCodec> {
  const found = yield* sets(options)
  const { val, test, warnings } = found
  const mains = yield* checked(found.train, options)
  const vals = yield* checked(val, options)
  const tests = yield* checked(test, options)
  const root = (yield* Path.Path).resolve(options.root)
  yield* checkLists(root, options, val ?? test)
  const main = { file: found.train.listed.where, entries: mains.entries }
  const divided = yield* divide(main, { ...options, root }, fractionsOf(options, found))
  const parts = {
    train: divided.train,
    val: val === undefined ? divided.val : vals.entries,
    test: test === undefined ? divided.test : tests.entries
  }
  const leaks = yield* leaksOf(root, options, parts)
  const testIsVal = parts.test.length === 0
  return {
    ...parts,
    test: testIsVal ? parts.val : parts.test,
    testIsVal,
    listed: [mains, vals, tests].flatMap(({ listed }) => listed ?? []),
    warnings: [
      ...warnings,
      ...mains.warnings,
      ...vals.warnings,
      ...tests.warnings,
      ...divided.warnings,
      ...leaks
    ],
    skipped: [...mains.skipped, ...vals.skipped, ...tests.skipped]
  }
})
