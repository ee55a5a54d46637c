/** One annotation file against its pictures: every file there, whole, of the annotated size, every polygon usable. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import { DataError } from "../../pipeline/Dataset.ts"
import { ImageCodec, type ImageSize } from "../../pipeline/Images.ts"
import * as Annotations from "./Annotations.ts"
import * as Finding from "./Finding.ts"
import type { Region } from "./TextImage.ts"

export interface Options {
  /** Sets of at most so many pictures are decoded whole while opening; default 500. */
  readonly decodeUpTo?: number
  /** What a refused polygon does: fails the opening (default), or is left out and counted in the warnings. */
  readonly refused?: "fail" | "skip"
}

/** A picture that was found fit; plain data, so that it may be sent to a worker. */
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

/** The picture's size, or what is wrong with it. */
const inspect = Effect.fnUntraced(function* (path: string, image: Annotations.Image, whole: boolean) {
  const codec = yield* ImageCodec
  const size = yield* codec.probe(path)
  // A small copy still makes the decoder read every byte, in half the time.
  if (whole) yield* codec.read(path, { maxSide: 64 })
  return { size, problem: sizeProblem(image, size) }
})

const sizeProblem = (image: Annotations.Image, { width, height }: ImageSize): string | undefined => {
  const [w, h] = [image.img_w ?? width, image.img_h ?? height]
  if (w === width && h === height) return undefined
  const turned = w === height && h === width ? ", its orientation tag applied" : ""
  return `annotated at ${w} x ${h} pixels where the picture has ${width} x ${height}${turned}`
}

interface Seen {
  readonly entry?: Entry
  readonly problems: ReadonlyArray<Finding.Finding>
  readonly refused: ReadonlyArray<Finding.Finding>
  readonly clipped: ReadonlyArray<Finding.Finding>
}

const look = Effect.fnUntraced(function* (
  name: string,
  path: string,
  image: Annotations.Image,
  whole: boolean
) {
  const at = ["images", name]
  const bad = (text: string): Seen => ({
    problems: [{ path: at, text: `image ${name}: ${text}` }],
    refused: [],
    clipped: []
  })
  return yield* inspect(path, image, whole).pipe(
    Effect.map(({ size, problem }): Seen => {
      if (problem !== undefined) return bad(problem)
      const { regions, refused, clipped } = Annotations.regions(name, image, size)
      return { entry: { name, path, size, regions }, problems: [], refused, clipped }
    }),
    Effect.catchTag("ImageError", (error) => Effect.succeed(bad(`${error.problem} (${path})`)))
  )
})

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  Number(a > b) - Number(a < b)

/** Pictures beside those listed: nothing wrong, but worth saying. */
const strangers = Effect.fnUntraced(function* (folder: string, listed: Annotations.Annotations["images"]) {
  const fs = yield* FileSystem.FileSystem
  const files = yield* fs.readDirectory(folder).pipe(Effect.mapError(unreadable(folder)))
  const others = files.filter((file) => /\.(jpe?g|png|webp)$/i.test(file) && !Object.hasOwn(listed, file))
  return others.length === 0
    ? []
    : [`${folder}: ${others.length} pictures are not in the annotations and not used`]
})

/** Checks the pictures of `file`, sorted by name; all problems are in one failure. */
export const check = Effect.fnUntraced(function* (
  file: string,
  folder: string,
  options: Options = {}
): Effect.fn.Return<Checked, DataError, FileSystem.FileSystem | Path.Path | ImageCodec> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const text = yield* fs.readFileString(file).pipe(Effect.mapError(unreadable(file)))
  const { images } = yield* Annotations.decode(file, text)
  const sorted = Object.entries(images).sort(byName)
  if (sorted.length === 0) {
    return yield* new DataError({
      where: file,
      problem: "the data set is empty: no image is listed",
      cure: LAYOUT
    })
  }
  yield* requireFolder(folder, LAYOUT)
  const whole = sorted.length <= (options.decodeUpTo ?? 500)
  const seen = yield* Effect.forEach(
    sorted,
    ([name, image]) => look(name, path.join(folder, name), image, whole),
    { concurrency: 4 }
  )
  const refused = seen.flatMap((one) => one.refused)
  const skip = options.refused === "skip"
  const problems = [...seen.flatMap((one) => one.problems), ...(skip ? [] : refused)]
  if (problems.length > 0) {
    return yield* Finding.failure(file, text, Finding.place(text, problems), CURE)
  }
  const clipped = seen.flatMap((one) => one.clipped)
  return {
    entries: seen.flatMap(({ entry }) => (entry === undefined ? [] : [entry])),
    warnings: [
      ...warning(file, text, clipped, "regions reached slightly outside their pictures and were clipped"),
      ...warning(file, text, skip ? refused : [], "regions are unusable and were left out"),
      ...(yield* strangers(folder, images))
    ]
  }
})

const CURE =
  "Correct the file or take these entries out; data.refused=skip leaves out polygons that cannot be used."

const warning = (file: string, text: string, findings: ReadonlyArray<Finding.Finding>, what: string) => {
  const [first] = Finding.lines(file, text, Finding.place(text, findings))
  return first === undefined ? [] : [`${findings.length} ${what}, the first at ${first}`]
}
