/**
 * Checks one annotation file against its pictures: every file exists, is complete and has the annotated size, and
 * every polygon is usable.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Formats from "../../../pipeline/picture/Formats.ts"
import { ImageCodec, type ImageHeader, type ImageSize, placeOf } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Annotations from "./Annotations.ts"
import * as Finding from "./Finding.ts"
import * as PictureNames from "./PictureNames.ts"
import type { Region } from "./TextImage.ts"

export interface Options {
  /** Sets of at most this many pictures are decoded completely while opening; default 500. */
  readonly decodeUpTo?: number
  /**
   * What pictures and polygons that cannot be used do: fail the opening (default), or are left out and listed in
   * `skipped`. Then all pictures are decoded completely, so that none fails later. `list` leaves out both, and sorts
   * all of them for an inspection.
   */
  readonly onBadSample?: "fail" | "skip" | "list"
  /** The real folder that links to pictures must not leave. Default: the folder of the pictures. */
  readonly within?: string
}

/** A picture that passed the check; plain data, so that it can be sent to a worker. */
export interface Entry {
  readonly name: string
  /** Absolute. */
  readonly path: string
  /** Upright, pixels; the regions are in them. */
  readonly size: ImageSize
  readonly regions: ReadonlyArray<Region>
}

export interface Checked {
  readonly entries: ReadonlyArray<Entry>
  readonly warnings: ReadonlyArray<string>
  /** Pictures and polygons that were left out, each with its place. */
  readonly skipped: ReadonlyArray<DataError>
  /** Where `onBadSample` is `list`. */
  readonly listed?: ListedBad | undefined
}

/** What is wrong, each with its place. */
export interface ListedBad {
  readonly pictures: ReadonlyArray<Finding.Located>
  readonly polygons: ReadonlyArray<Finding.Located>
  readonly clipped: ReadonlyArray<Finding.Located>
  /** Pictures without a region. */
  readonly empty: ReadonlyArray<Finding.Located>
}

export const LAYOUT = "A data folder holds annotations.json and, beside it, images/."

export const unreadable = (path: string) => (error: PlatformError) =>
  new DataError({
    where: path,
    problem: `it cannot be read (${error.message})`,
    cure: "Check its permissions."
  })

export const requireFolder = Effect.fnUntraced(function* (path: string, cure: string) {
  const fs = yield* FileSystem.FileSystem
  const info = yield* fs.stat(path).pipe(
    Effect.catchReason("PlatformError", "NotFound", () =>
      Effect.fail(new DataError({ where: path, problem: "the folder does not exist", cure }))
    ),
    Effect.catchTag("PlatformError", (error) => Effect.fail(unreadable(path)(error)))
  )
  if (info.type !== "Directory") {
    return yield* new DataError({ where: path, problem: "it is a file, not a folder", cure })
  }
})

/** The picture's header, and what is wrong with its size. */
const inspect = Effect.fnUntraced(function* (path: string, image: Annotations.Image, whole: boolean) {
  const codec = yield* ImageCodec
  const header = yield* codec.probe(path)
  // Even for a small copy the decoder reads every byte, in half the time.
  if (whole) yield* codec.read(path, { maxSide: 64 })
  return { header, problem: sizeProblem(image, header) }
})

/** Whether a path, with all links followed, is outside of a real folder; missing files are reported elsewhere. */
const isOutside = Effect.fnUntraced(function* (path: string, within: string) {
  const fs = yield* FileSystem.FileSystem
  const { sep } = yield* Path.Path
  const real = yield* Effect.option(fs.realPath(placeOf(path).file))
  return Option.isSome(real) && real.value !== within && !real.value.startsWith(within + sep)
})

const sizeProblem = (image: Annotations.Image, { width, height }: ImageSize): string | undefined => {
  const [w, h] = [image.img_w ?? width, image.img_h ?? height]
  if (w === width && h === height) return undefined
  const said = `annotated at ${w} x ${h} pixels, but the picture has ${width} x ${height}`
  if (w === height && h === width) return `${said}, its orientation tag applied`
  // Within the rounding of a side.
  const isCopy = Math.abs(w * height - h * width) <= Math.max(width, height, w, h)
  return isCopy ? `${said}: another size of it; multiply the coordinates by ${round(width / w)}` : said
}

const round = (factor: number): string => String(Number(factor.toPrecision(4)))

interface Seen {
  readonly reach?: Reach
  /** An existing file that its name seems to mean. */
  readonly misnamed?: boolean
  readonly entry?: Entry
  /** That one of several pages is read, and nobody said which. */
  readonly paged?: Finding.Finding
  readonly problems: ReadonlyArray<Finding.Finding>
  readonly refused: ReadonlyArray<Finding.Finding>
  readonly clipped: ReadonlyArray<Finding.Finding>
}

interface Place {
  readonly folder: string
  /** The real folder that must not be left. */
  readonly within: string
  readonly whole: boolean
  readonly hint: (name: string) => string | undefined
}

const OUTSIDE = "it leads outside of the data folder; put the picture into images/ and use its name there"

/** How far the corners of a picture's words reach. */
interface Reach {
  readonly words: number
  /** In widths and heights of the picture. */
  readonly sides: number
  readonly pixels: number
}

const reachOf = (image: Annotations.Image, { width, height }: ImageSize): Reach => {
  const words = Object.values(image.words ?? {})
  const points = words.flatMap((word) => word.points)
  return {
    words: words.length,
    sides: points.reduce((most, [x, y]) => Math.max(most, x / width, y / height), 0),
    pixels: points.reduce((most, [x, y]) => Math.max(most, x, y), 0)
  }
}

const pagedOf = (name: string, { pages }: ImageHeader): Pick<Seen, "paged"> =>
  pages === undefined || placeOf(name).file !== name
    ? {}
    : {
        paged: {
          path: PictureNames.pathOf(name),
          text: `image ${name} has ${pages}; ${name}#page=2 is its second`
        }
      }

const look = Effect.fnUntraced(function* (name: string, image: Annotations.Image, place: Place) {
  const bad = (text: string): Seen => ({
    problems: [{ path: PictureNames.pathOf(name), text: `image ${name}: ${text}` }],
    refused: [],
    clipped: []
  })
  if (PictureNames.leaves(name)) return bad(OUTSIDE)
  const path = (yield* Path.Path).join(place.folder, name)
  if (yield* isOutside(path, place.within)) return bad(OUTSIDE)
  return yield* inspect(path, image, place.whole).pipe(
    Effect.map(({ header, problem }): Seen => {
      if (problem !== undefined) return bad(problem)
      const size = { width: header.width, height: header.height }
      const { regions, refused, clipped } = Annotations.regions(name, image, size)
      const reach = reachOf(image, size)
      const paged = pagedOf(name, header)
      return { reach, entry: { name, path, size, regions }, ...paged, problems: [], refused, clipped }
    }),
    Effect.catchTag("ImageError", (error) => {
      const hint = place.hint(placeOf(name).file)
      const seen = bad(hint ?? `${error.problem} (${path})`)
      return Effect.succeed({ ...seen, misnamed: hint !== undefined })
    })
  )
})

/** One cure for all if most words have the same mistake. */
const cureOf = (seen: ReadonlyArray<Seen>): string => {
  if (seen.some(({ misnamed }) => misnamed === true)) return "Use the names of the files in images/."
  const marked = seen.flatMap(({ reach }) => (reach === undefined || reach.words === 0 ? [] : [reach]))
  const words = marked.reduce((sum, reach) => sum + reach.words, 0)
  const refused = seen.reduce((sum, one) => sum + one.refused.length, 0)
  if (2 * refused <= words) return CURE
  if (marked.every(({ pixels }) => pixels <= 1.5)) {
    return "The coordinates are fractions of the pictures' sides, from 0 to 1: multiply them by width and height."
  }
  const sides = marked.map((reach) => reach.sides).sort((a, b) => a - b)
  const middle = sides[sides.length >> 1] ?? 1
  if (middle <= 1) return CURE
  return (
    `The corners reach ${middle.toFixed(1)} times as far as the pictures: they were annotated on larger copies. ` +
    "Scale the coordinates down, or use the pictures that were annotated."
  )
}

/** The names in a folder, for hints; empty for a folder that cannot be read. */
const hintsIn = (folder: string) =>
  FileSystem.FileSystem.use((fs) => fs.readDirectory(folder)).pipe(
    Effect.map(PictureNames.hints),
    Effect.mapError(unreadable(folder))
  )

const UTF8 = "Save it as UTF-8."

/** The text of an annotation file, which is UTF-8; a byte order mark is left out. */
export const textOf = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const bytes = yield* fs.readFile(file).pipe(Effect.mapError(unreadable(file)))
  const [first, second] = bytes
  // A byte order mark, or ASCII in two bytes a character.
  if (
    (first === 0xff && second === 0xfe) ||
    (first === 0xfe && second === 0xff) ||
    bytes.subarray(0, 2).includes(0)
  ) {
    return yield* new DataError({ where: file, problem: "its text is UTF-16", cure: UTF8 })
  }
  return yield* Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => new DataError({ where: file, problem: "its text is not UTF-8", cure: UTF8 })
  })
})

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  Number(a > b) - Number(a < b)

/** Pictures that are not listed: not an error, but worth a warning. */
const strangers = Effect.fnUntraced(function* (folder: string, listed: Annotations.Annotations["images"]) {
  const fs = yield* FileSystem.FileSystem
  const files = yield* fs.readDirectory(folder).pipe(Effect.mapError(unreadable(folder)))
  const names = new Set(Object.keys(listed).map((name) => placeOf(name).file))
  const others = files.filter((file) => Formats.isPicture(file) && !names.has(file))
  return others.length === 0
    ? []
    : [`${folder}: ${others.length} pictures are not in the annotations and are not used`]
})

/** Refuses a folder of pictures that is a link to elsewhere. */
const folderAt = Effect.fnUntraced(function* (folder: string, options: Options, pictures: number) {
  const fs = yield* FileSystem.FileSystem
  const real = yield* fs.realPath(folder).pipe(Effect.mapError(unreadable(folder)))
  const within = options.within ?? real
  if (yield* isOutside(folder, within)) {
    return yield* new DataError({
      where: folder,
      problem: `it is a link that leads outside of the data folder, to ${real}`,
      cure: "Put the pictures into the data folder, or name the real folder of both: data.root=<folder>."
    })
  }
  const whole = options.onBadSample === "skip" || pictures <= (options.decodeUpTo ?? 500)
  return { folder, within, whole, hint: yield* hintsIn(folder) }
})

/** What annotation files say, whatever their layout. */
export interface Listed {
  /** The file, or the folder of many. */
  readonly where: string
  readonly images: Annotations.Annotations["images"]
  /** Finds the places of findings, whose paths are those of the layout. */
  readonly place: (findings: ReadonlyArray<Finding.Finding>) => ReadonlyArray<Finding.Placed>
}

/** The contents of an annotation file in our layout. */
export const listed = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<Listed, DataError, FileSystem.FileSystem> {
  const text = yield* textOf(file)
  const { images } = yield* Annotations.decode(file, text)
  return { where: file, images, place: (findings) => Finding.place({ file, text }, findings) }
})

const bad = (seen: ReadonlyArray<Seen>, placed: Listed["place"]): ListedBad => {
  const all = (findings: ReadonlyArray<Finding.Finding>) => Finding.located(placed(findings))
  const empty = seen.flatMap(({ entry, refused }) =>
    entry === undefined || entry.regions.length + refused.length > 0 ? [] : [entry.name]
  )
  return {
    pictures: all(seen.flatMap(({ problems }) => problems)),
    polygons: all(seen.flatMap(({ refused }) => refused)),
    clipped: all(seen.flatMap(({ clipped }) => clipped)),
    empty: all(empty.map((name) => ({ path: PictureNames.pathOf(name), text: `image ${name}: no region` })))
  }
}

/** Checks the pictures of `listed`, sorted by name; one failure lists all problems. */
export const check = Effect.fnUntraced(function* (
  { where, images, place: placed }: Listed,
  folder: string,
  options: Options = {}
): Effect.fn.Return<Checked, DataError, FileSystem.FileSystem | Path.Path | ImageCodec> {
  const sorted = Object.entries(images).sort(byName)
  if (sorted.length === 0) {
    return yield* new DataError({
      where,
      problem: "the data set is empty: no image is listed",
      cure: LAYOUT
    })
  }
  yield* requireFolder(folder, LAYOUT)
  const place = yield* folderAt(folder, options, sorted.length)
  const seen = yield* Effect.forEach(sorted, ([name, image]) => look(name, image, place), { concurrency: 4 })
  const unusable = placed(seen.flatMap((one) => one.problems))
  const refused = placed(seen.flatMap((one) => one.refused))
  const entries = seen.flatMap(({ entry }) => (entry === undefined ? [] : [entry]))
  if (options.onBadSample === "list") {
    return { entries, warnings: yield* strangers(folder, images), skipped: [], listed: bad(seen, placed) }
  }
  const skip = options.onBadSample === "skip"
  const problems = skip ? [] : [...unusable, ...refused]
  // Nothing is left to do.
  if (problems.length > 0 || entries.length === 0) {
    return yield* Finding.failure(where, skip ? unusable : problems, cureOf(seen))
  }
  return {
    entries,
    warnings: [
      ...warning(
        placed(seen.flatMap((one) => one.clipped)),
        "regions reached slightly outside their pictures and were clipped"
      ),
      ...warning(
        placed(seen.flatMap(({ paged }) => (paged === undefined ? [] : [paged]))),
        "pictures have several pages or frames, of which the first is used"
      ),
      ...warning(unusable, "pictures cannot be used and were skipped"),
      ...warning(refused, "regions are unusable and were skipped"),
      ...(yield* strangers(folder, images))
    ],
    skipped: Finding.errors([...unusable, ...refused], MEND)
  }
})

const MEND = "Correct the file or remove these entries."

const CURE = "Correct the file or remove these entries; data.on_bad_sample=skip skips what cannot be used."

const warning = (placed: ReadonlyArray<Finding.Placed>, what: string) => {
  const [first] = Finding.lines(placed)
  return first === undefined ? [] : [`${placed.length} ${what}, the first at ${first}`]
}
