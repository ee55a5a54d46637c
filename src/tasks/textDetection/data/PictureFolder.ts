/** Pictures without annotations, for prediction: one file, those of a folder by name, or those that a pattern names. */
import { globSync } from "node:fs"
import { basename } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Formats from "../../../pipeline/picture/Formats.ts"
import { ImageCodec, type ImageError, type ImageSize, placeOf } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import { unreadable } from "./FolderCheck.ts"
import type { ImageSource } from "./TextImage.ts"

export interface PictureFolder extends ImageSource {
  /** Absolute, in the order of the source. */
  readonly paths: ReadonlyArray<string>
  /** The upright size of the same picture. */
  readonly sizes: ReadonlyArray<ImageSize>
  /** Why others were skipped, each named by its path. */
  readonly skipped: ReadonlyArray<DataError>
}

export interface Options {
  /** What an unreadable picture does: fails the opening (default), or is skipped and listed in `skipped`. */
  readonly unreadable?: "fail" | "skip"
}

/** Except hidden files, such as those that macOS writes for each picture on foreign disks (`._a.jpg`). */
const isWanted = (name: string): boolean =>
  !name.startsWith(".") && (Formats.isPicture(name) || Formats.isForeign(name))

const asData = (error: ImageError) =>
  new DataError({ where: error.path, problem: error.problem, cure: error.cure })

const isPattern = (name: string): boolean => /[*?[{]/.test(name)

const CURE = "Name a picture, a folder of pictures or a pattern, such as 'scans/*.jpg': image_dir=<folder>"

/** The pictures of a pattern, by path. Results are known by their names, so no two may have the same. */
const matching = Effect.fnUntraced(function* (pattern: string) {
  const paths = yield* Effect.try({
    try: () => globSync(pattern),
    catch: unreadablePattern(pattern)
  })
  const pictures = paths.filter((file) => isWanted(basename(file))).sort()
  const known = new Map<string, string>()
  for (const file of pictures) {
    const other = known.get(basename(file))
    if (other !== undefined) {
      return yield* new DataError({
        where: file,
        problem: `it has the name of ${other}, and results are known by their names`,
        cure: "Rename one, or predict their folders one after the other."
      })
    }
    known.set(basename(file), file)
  }
  return pictures
})

const unreadablePattern = (pattern: string) => (cause: unknown) =>
  new DataError({ where: pattern, problem: `it cannot be looked up (${String(cause)})`, cure: CURE })

const listed = Effect.fnUntraced(function* (root: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const exists = yield* fs.exists(placeOf(root).file).pipe(Effect.mapError(unreadable(root)))
  if (!exists && isPattern(root)) return yield* matching(root)
  const info = yield* fs.stat(placeOf(root).file).pipe(
    Effect.catchReason("PlatformError", "NotFound", () =>
      Effect.fail(
        new DataError({
          where: root,
          problem: "no such file or folder",
          cure: CURE
        })
      )
    ),
    Effect.catchTag("PlatformError", (error) => Effect.fail(unreadable(root)(error)))
  )
  if (info.type === "File") return [root]
  if (info.type !== "Directory") {
    return yield* new DataError({
      where: root,
      problem: "it is neither a file nor a folder",
      cure: CURE
    })
  }
  const names = yield* fs.readDirectory(root).pipe(Effect.mapError(unreadable(root)))
  return names
    .filter(isWanted)
    .toSorted()
    .map((name) => path.join(root, name))
})

/** A picture's size, or why it has none. */
const look = Effect.fnUntraced(function* (file: string, alone: boolean) {
  const codec = yield* ImageCodec
  if (!alone && Formats.isForeign(file)) {
    return yield* new DataError({
      where: file,
      problem: "its format is not supported",
      cure: "Convert it to JPEG, PNG or WebP."
    })
  }
  return yield* codec.probe(file).pipe(Effect.mapError(asData))
})

/** Reads the headers, so that broken pictures are reported before the first prediction. */
const examined = Effect.fnUntraced(function* (files: ReadonlyArray<string>, strict: boolean) {
  const found: Array<{ readonly path: string; readonly size: ImageSize }> = []
  const skipped: Array<DataError> = []
  for (const path of files) {
    yield* look(path, files.length === 1).pipe(
      Effect.map((size) => found.push({ path, size })),
      Effect.catch((error) => (strict ? Effect.fail(error) : Effect.succeed(skipped.push(error))))
    )
  }
  const [first] = skipped
  // Nothing is left to do.
  if (found.length === 0 && first !== undefined) return yield* first
  return { found, skipped }
})

/** Every picture is decoded at its full size, so that predictions are in its pixels. */
export const open = Effect.fn("PictureFolder.open")(function* (
  folder: string,
  options: Options = {}
): Effect.fn.Return<PictureFolder, DataError, FileSystem.FileSystem | Path.Path | ImageCodec> {
  const path = yield* Path.Path
  const codec = yield* ImageCodec
  const root = path.resolve(folder)
  const files = yield* listed(root)
  if (files.length === 0) {
    return yield* new DataError({
      where: root,
      problem: "it contains no picture (.jpg, .png, .webp, .tiff, .avif, .gif)",
      cure: "Name another folder: image_dir=<folder>"
    })
  }
  const { found, skipped } = yield* examined(files, options.unreadable !== "skip")
  return {
    name: root,
    size: found.length,
    paths: found.map((one) => one.path),
    sizes: found.map((one) => one.size),
    skipped,
    image: (_epoch, index) => {
      const file = found[index]?.path
      if (file === undefined) return Effect.die(new RangeError(`${root} has ${found.length} pictures`))
      return codec.read(file).pipe(
        Effect.map(({ rgb, width, height }) => ({
          name: path.basename(file),
          width,
          height,
          rgb,
          regions: []
        })),
        Effect.mapError(asData)
      )
    }
  }
})
