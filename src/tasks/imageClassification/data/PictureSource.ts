/** The pictures of a part, decoded when they are asked for. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import {
  type ImageBytes,
  ImageCodec,
  type ImageError,
  type ImageSize,
  placeOf
} from "../../../pipeline/picture/Images.ts"
import * as Shards from "../../../pipeline/shards/Shards.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as SampleCache from "../../../pipeline/task/SampleCache.ts"
import type { Input } from "./Augment.ts"
import type { Entry, IdxPart, Part, ShardPart } from "./Catalogue.ts"
import * as Idx from "./Idx.ts"
import * as Pixels from "./Pixels.ts"
import * as ShardData from "./ShardData.ts"

export interface Picture extends Pixels.Pixels {
  readonly name: string
  /** Its class, counted from 0; -1 where nobody knows. */
  readonly label: number
}

export interface PictureSource {
  readonly size: number
  /** Shared with a cache: borrow, never write. */
  readonly pixels: (index: number) => Effect.Effect<Picture, DataError>
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
    pixels: (index) => {
      const at = part.indices[index]
      if (at === undefined) return beyond(index, size)
      const area = height * width
      return Effect.succeed({
        name: `${part.name}-${String(at).padStart(digits, "0")}`,
        label: part.labels[index] ?? -1,
        width,
        height,
        channels: 1,
        data: data.subarray(at * area, (at + 1) * area)
      })
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

/** A picture, wherever it is. */
interface Stored {
  readonly name: string
  readonly label: number
  readonly size: ImageSize
  readonly page: number
  /** SHA-256 of its file. */
  readonly content: Effect.Effect<string, DataError, FileSystem.FileSystem>
  /** Its path, or its file in memory. */
  readonly file: Effect.Effect<string | ImageBytes, DataError, FileSystem.FileSystem>
}

const ofStored = Effect.fnUntraced(function* (
  count: number,
  input: Input,
  stored: (index: number) => Effect.Effect<Stored, DataError, FileSystem.FileSystem>
) {
  const fs = yield* FileSystem.FileSystem
  const codec = yield* ImageCodec
  const { channels } = input
  const read = Effect.fnUntraced(function* ({ name, label, size, page, content, file }: Stored) {
    const maxSide = longSideFor(size, input)
    const key = Effect.gen(function* () {
      const version = yield* Effect.mapError(codec.version, asData)
      return { content: yield* content, page, maxSide, channels, version }
    })
    const decoded = Effect.flatMap(file, (from) => Effect.mapError(codec.read(from, { maxSide }), asData))
    const pixels = Effect.map(decoded, (image) => Pixels.ofRgb(image, channels))
    return { name, label, ...(yield* SampleCache.cached(PIXELS, key, pixels)) }
  })
  const source: PictureSource = {
    size: count,
    pixels: (index) => Effect.provideService(Effect.flatMap(stored(index), read), FileSystem.FileSystem, fs)
  }
  return source
})

const ofEntries = (entries: ReadonlyArray<Entry>, input: Input) =>
  ofStored(entries.length, input, (index) => {
    const entry = entries[index]
    if (entry === undefined) return beyond(index, entries.length)
    const { file, page } = placeOf(entry.path)
    const { name, label, size, path } = entry
    return Effect.succeed({
      name,
      label,
      size,
      page,
      content: SampleCache.contentOf(file),
      file: Effect.succeed(path)
    })
  })

const ofShards = ({ opened, part, classes }: ShardPart, input: Input) => {
  const reader = Shards.reader(opened, part)
  return ofStored(
    reader.size,
    input,
    Effect.fnUntraced(function* (index: number) {
      const sample = yield* reader.sample(index)
      const { name, page, size, class: of } = yield* ShardData.aboutOf(sample)
      const path = page === 1 ? sample.where : `${sample.where}#page=${page}`
      return {
        name,
        label: of === null ? -1 : classes.indexOf(of),
        size,
        page,
        content: Effect.succeed(sample.file.content),
        file: Effect.map(sample.file.read, (bytes) => ({ path, bytes }))
      }
    })
  )
}

const nothing: PictureSource = {
  size: 0,
  pixels: (index) => beyond(index, 0)
}

export const make = (
  part: Part,
  input: Input,
  idxs: Idxs = new Map()
): Effect.Effect<PictureSource, DataError, FileSystem.FileSystem | ImageCodec> => {
  if (part.kind === "pictures") return ofEntries(part.entries, input)
  if (part.kind === "shards") return ofShards(part, input)
  return part.indices.length === 0 ? Effect.succeed(nothing) : ofIdx(part, idxs)
}
