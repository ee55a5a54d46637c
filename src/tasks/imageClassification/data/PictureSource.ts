/** The pictures of a part, decoded when they are asked for. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { ImageCodec, type ImageError, type ImageSize, placeOf } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as SampleCache from "../../../pipeline/task/SampleCache.ts"
import type { Input } from "./Augment.ts"
import type { Entry, IdxPart, Part } from "./Catalogue.ts"
import * as Idx from "./Idx.ts"
import * as Pixels from "./Pixels.ts"

export interface PictureSource {
  readonly size: number
  readonly name: (index: number) => string
  /** Its class, counted from 0; -1 where nobody knows. */
  readonly label: (index: number) => number
  /** Shared with a cache: borrow, never write. */
  readonly pixels: (index: number) => Effect.Effect<Pixels.Pixels, DataError>
}

const beyond = (index: number, size: number) =>
  Effect.die(new RangeError(`picture ${index} of ${size} was asked for`))

/** The pictures of an idx file, read at its first part and then kept for the others. */
export type Idxs = Map<string, Idx.Idx>

export const pixelsIn = Effect.fnUntraced(function* (
  file: string,
  idxs: Idxs
): Effect.fn.Return<Idx.Idx, DataError, FileSystem.FileSystem> {
  const idx = idxs.get(file) ?? (yield* Idx.read(file, 3))
  idxs.set(file, idx)
  return idx
})

const ofIdx = Effect.fnUntraced(function* (part: IdxPart, idxs: Idxs) {
  const size = part.indices.length
  const { sides, data } = yield* pixelsIn(part.file, idxs)
  const [count = 0, height = 0, width = 0] = sides
  const digits = String(Math.max(0, count - 1)).length
  const source: PictureSource = {
    size,
    name: (index) => `${part.name}-${String(part.indices[index] ?? 0).padStart(digits, "0")}`,
    label: (index) => part.labels[index] ?? -1,
    pixels: (index) => {
      const at = part.indices[index]
      if (at === undefined) return beyond(index, size)
      const area = height * width
      return Effect.succeed({ width, height, channels: 1, data: data.subarray(at * area, (at + 1) * area) })
    }
  }
  return source
})

/** Long side at which a picture just covers the input, pixels. */
const longSideFor = ({ width, height }: ImageSize, input: Input): number =>
  Math.ceil(Math.max(width, height) * Math.max(input.width / width, input.height / height))

const PIXELS: SampleCache.Kind<Pixels.Pixels> = {
  name: "image-classification/pixels",
  version: 1,
  schema: Schema.Struct({
    width: Schema.Int,
    height: Schema.Int,
    channels: Schema.Literals([1, 3]),
    data: Schema.instanceOf(Uint8Array)
  }),
  // The net's input is written elsewhere.
  borrowed: true
}

const asData = ({ path, problem, cure }: ImageError) => new DataError({ where: path, problem, cure })

const ofEntries = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>, input: Input) {
  const fs = yield* FileSystem.FileSystem
  const codec = yield* ImageCodec
  const { channels } = input
  const read = Effect.fnUntraced(function* ({ path, size }: Entry) {
    const maxSide = longSideFor(size, input)
    const { file, page } = placeOf(path)
    const key = Effect.gen(function* () {
      const content = yield* SampleCache.contentOf(file)
      return { content, page, maxSide, channels, version: yield* Effect.mapError(codec.version, asData) }
    })
    const decoded = Effect.map(Effect.mapError(codec.read(path, { maxSide }), asData), (image) =>
      Pixels.ofRgb(image, channels)
    )
    return yield* SampleCache.cached(PIXELS, key, decoded)
  })
  const source: PictureSource = {
    size: entries.length,
    name: (index) => entries[index]?.name ?? "",
    label: (index) => entries[index]?.label ?? -1,
    pixels: (index) => {
      const entry = entries[index]
      return entry === undefined
        ? beyond(index, entries.length)
        : Effect.provideService(read(entry), FileSystem.FileSystem, fs)
    }
  }
  return source
})

const nothing: PictureSource = {
  size: 0,
  name: () => "",
  label: () => -1,
  pixels: (index) => beyond(index, 0)
}

export const make = (
  part: Part,
  input: Input,
  idxs: Idxs = new Map()
): Effect.Effect<PictureSource, DataError, FileSystem.FileSystem | ImageCodec> => {
  if (part.kind === "pictures") return ofEntries(part.entries, input)
  return part.indices.length === 0 ? Effect.succeed(nothing) : ofIdx(part, idxs)
}
