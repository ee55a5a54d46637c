/** Pictures without labels, to predict on: one file, a folder with all in it, or an idx file of pictures. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Formats from "../../../pipeline/picture/Formats.ts"
import { ImageCodec, placeOf } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import type { Entry, Part } from "../data/Catalogue.ts"
import * as Files from "../data/Files.ts"
import * as Idx from "../data/Idx.ts"

const CURE = "Name a picture, a folder of pictures or an idx file: image_dir=<path>"

export interface Inputs {
  readonly part: Part
  /** Why others were left out, each named by its path. */
  readonly skipped: ReadonlyArray<DataError>
}

/** The header of a picture, or why it is none. */
const look = Effect.fnUntraced(function* (name: string, path: string) {
  if (Formats.isForeign(path)) {
    return yield* new DataError({
      where: path,
      problem: "its format is not supported",
      cure: "Convert it to JPEG, PNG or WebP."
    })
  }
  const codec = yield* ImageCodec
  const { width, height } = yield* codec
    .probe(path)
    .pipe(
      Effect.mapError(
        (error) => new DataError({ where: error.path, problem: error.problem, cure: error.cure })
      )
    )
  const entry: Entry = { name, path, label: -1, size: { width, height } }
  return entry
})

const ofPictures = Effect.fnUntraced(function* (
  files: ReadonlyArray<{ readonly name: string; readonly path: string }>,
  strict: boolean
) {
  const skipped: Array<DataError> = []
  const looked = yield* Effect.forEach(
    files,
    ({ name, path }) =>
      look(name, path).pipe(
        Effect.map((entry) => [entry]),
        Effect.catch((error) => {
          if (strict) return Effect.fail(error)
          skipped.push(error)
          return Effect.succeed([])
        })
      ),
    { concurrency: 8 }
  )
  const entries = looked.flat()
  const [first] = skipped
  // Nothing is left to do.
  if (entries.length === 0 && first !== undefined) return yield* first
  const inputs: Inputs = { part: { kind: "pictures", entries }, skipped }
  return inputs
})

const ofIdx = Effect.fnUntraced(function* (file: string, name: string) {
  const { sides } = yield* Idx.read(file, 3)
  const [count = 0] = sides
  const inputs: Inputs = {
    part: {
      kind: "idx",
      name: name.replace(/[.-](images|idx3).*$/, ""),
      file,
      indices: Uint32Array.from({ length: count }, (_, i) => i),
      labels: new Int32Array(count).fill(-1)
    },
    skipped: []
  }
  return inputs
})

/** How a file begins; nothing where it cannot be read, which its own reader then says. */
const beginning = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.open(file).pipe(
    Effect.flatMap((handle) => {
      const bytes = new Uint8Array(4)
      return Effect.map(handle.read(bytes), (read) => bytes.subarray(0, Number(read)))
    }),
    Effect.scoped,
    Effect.mapError(Files.unreadable(file))
  )
})

/** Pictures that cannot be read are left out and listed, or fail all where it is `strict`. */
export const open = Effect.fn("Inputs.open")(function* (
  imageDir: string,
  strict: boolean
): Effect.fn.Return<Inputs, DataError, FileSystem.FileSystem | Path.Path | ImageCodec> {
  const path = yield* Path.Path
  const root = path.resolve(imageDir)
  const { type } = yield* Files.look(placeOf(root).file, CURE)
  if (type === "File") {
    return Idx.isIdx(yield* beginning(placeOf(root).file))
      ? yield* ofIdx(root, path.basename(root))
      : yield* ofPictures([{ name: path.basename(root), path: root }], strict)
  }
  if (type !== "Directory") {
    return yield* new DataError({ where: root, problem: "it is neither a file nor a folder", cure: CURE })
  }
  const names = yield* Files.pictures(root)
  if (names.length === 0) {
    return yield* new DataError({
      where: root,
      problem: "there is no picture in it (.jpg, .png, .webp, .tiff, .avif, .gif)",
      cure: CURE
    })
  }
  return yield* ofPictures(
    names.map((name) => ({ name, path: path.join(root, name) })),
    strict
  )
})
