/** The pictures of a part, decoded when they are asked for. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import { ImageCodec, type ImageSize } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
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

/** Decoded bytes kept; what no longer fits is decoded each time. */
const CACHE_BYTES = 512 * 1024 ** 2

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

const ofEntries = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>, input: Input) {
  const codec = yield* ImageCodec
  const kept = new Map<number, Pixels.Pixels>()
  let bytes = 0
  const read = Effect.fnUntraced(function* (index: number, { path, size }: Entry) {
    const image = yield* codec
      .read(path, { maxSide: longSideFor(size, input) })
      .pipe(
        Effect.mapError(
          (error) => new DataError({ where: error.path, problem: error.problem, cure: error.cure })
        )
      )
    const pixels = Pixels.ofRgb(image, input.channels)
    if (!kept.has(index) && bytes + pixels.data.byteLength <= CACHE_BYTES) {
      kept.set(index, pixels)
      bytes += pixels.data.byteLength
    }
    return pixels
  })
  const source: PictureSource = {
    size: entries.length,
    name: (index) => entries[index]?.name ?? "",
    label: (index) => entries[index]?.label ?? -1,
    pixels: (index) => {
      const cached = kept.get(index)
      if (cached !== undefined) return Effect.succeed(cached)
      const entry = entries[index]
      return entry === undefined ? beyond(index, entries.length) : read(index, entry)
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
