/** Pictures of an opened folder, decoded on demand and cached while they fit. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import {
  type ImageBytes,
  ImageCodec,
  type ImageError,
  placeOf,
  type RgbImage
} from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as SampleCache from "../../../pipeline/task/SampleCache.ts"
import type { Entry } from "./FolderCheck.ts"
import type { ImageSource, Region, TextImage } from "./TextImage.ts"

export interface Options {
  /** Long side after decoding, pixels; regions are scaled too. Default: as stored. */
  readonly maxSide?: number
  /**
   * Decoded bytes to keep in memory where there is no `SampleCache`; default 512 MiB. Pictures that do not fit are
   * decoded each time: every picture is used once per epoch, so evicting an older one would gain nothing.
   */
  readonly cacheBytes?: number
}

const scaled = (region: Region, x: number, y: number): Region => ({
  ...region,
  polygon: region.polygon.map(([px, py]) => [px * x, py * y] as const)
})

/** A picture and its regions in decoded pixels; sides are rounded, so each direction has its own scale. */
const textImage = (entry: Omit<Entry, "path">, image: RgbImage): TextImage => {
  const [x, y] = [image.width / entry.size.width, image.height / entry.size.height]
  return {
    name: entry.name,
    width: image.width,
    height: image.height,
    rgb: image.rgb,
    regions: x === 1 && y === 1 ? entry.regions : entry.regions.map((region) => scaled(region, x, y))
  }
}

const Decoded = Schema.Struct({
  width: Schema.Int,
  height: Schema.Int,
  rgb: Schema.instanceOf(Uint8Array)
})

const DECODED: SampleCache.Kind<RgbImage> = {
  name: "text-detection/picture",
  version: 1,
  schema: Decoded,
  // Crops and fitted pictures are written elsewhere.
  borrowed: true
}

const asData = ({ path, problem, cure }: ImageError) => new DataError({ where: path, problem, cure })

/** A picture, wherever it is. */
export interface Stored {
  readonly entry: Omit<Entry, "path">
  readonly page: number
  /** SHA-256 of its file. */
  readonly content: Effect.Effect<string, DataError, FileSystem.FileSystem>
  /** Its path, or its file in memory. */
  readonly picture: Effect.Effect<string | ImageBytes, DataError, FileSystem.FileSystem>
}

/** `size` pictures, the same in each epoch, of which `stored` finds one. */
export const ofStored = Effect.fnUntraced(function* (
  name: string,
  size: number,
  stored: (index: number) => Effect.Effect<Stored, DataError, FileSystem.FileSystem>,
  options: Options = {}
): Effect.fn.Return<ImageSource, DataError, ImageCodec | FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const codec = yield* ImageCodec
  const { cacheBytes = SampleCache.defaultBytes.memory } = options
  const own = yield* (yield* SampleCache.SampleCache) === undefined
    ? Effect.map(SampleCache.memory(cacheBytes), SampleCache.storeOf)
    : Effect.undefined
  const limits = options.maxSide === undefined ? {} : { maxSide: options.maxSide }

  const pictureKey = Effect.fnUntraced(function* ({ content, page }: Stored) {
    const version = yield* Effect.mapError(codec.version, asData)
    return { content: yield* content, page, version, ...limits }
  })

  const read = Effect.fnUntraced(function* (one: Stored) {
    const decoded = Effect.map(
      Effect.flatMap(one.picture, (from) => Effect.mapError(codec.read(from, limits), asData)),
      ({ width, height, rgb }) => ({ width, height, rgb })
    )
    return textImage(one.entry, yield* SampleCache.cached(DECODED, pictureKey(one), decoded))
  })

  /** Uses a picture with the cache of the caller, or else with the source's own. */
  const withStored = <A>(
    index: number,
    act: (one: Stored) => Effect.Effect<A, DataError, FileSystem.FileSystem>
  ): Effect.Effect<A, DataError> =>
    Effect.gen(function* () {
      const asked = yield* SampleCache.SampleCache
      const done = Effect.flatMap(stored(index), act)
      return yield* Effect.provideService(done, SampleCache.SampleCache, asked ?? own)
    }).pipe(Effect.provideService(FileSystem.FileSystem, fs))

  return {
    name,
    size,
    image: (_epoch, index) => withStored(index, read),
    key: (index) =>
      withStored(index, (one) =>
        Effect.map(pictureKey(one), (picture) => ({ picture, annotation: annotationOf(one.entry) }))
      )
  }
})

/** The source over `entries`, the same in each epoch. Pictures are shared with the cache: borrow, never write. */
export const make = (
  name: string,
  entries: ReadonlyArray<Entry>,
  options: Options = {}
): Effect.Effect<ImageSource, DataError, ImageCodec | FileSystem.FileSystem> =>
  ofStored(
    name,
    entries.length,
    (index) => {
      const entry = entries[index]
      if (entry === undefined) return Effect.die(beyond(name, index, entries.length))
      const { file, page } = placeOf(entry.path)
      return Effect.succeed({
        entry,
        page,
        content: SampleCache.contentOf(file),
        picture: Effect.succeed(entry.path)
      })
    },
    options
  )

/** All that is known of a picture beside its pixels. */
const annotationOf = ({ name, size, regions }: Omit<Entry, "path">): Schema.Json => ({
  name,
  size: [size.width, size.height],
  regions: regions.map(({ id, polygon, ignore, transcription }) => [
    id,
    polygon.flat(),
    ignore,
    transcription ?? null
  ])
})

/** A caller's bug, not the user's. */
const beyond = (name: string, index: number, size: number) =>
  new RangeError(`${name} has ${size} pictures, and picture ${index} was requested`)
