/** Pictures of an opened folder, decoded on demand and cached while they fit. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { ImageCodec, type ImageError, placeOf, type RgbImage } from "../../../pipeline/picture/Images.ts"
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
const textImage = (entry: Entry, image: RgbImage): TextImage => {
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

/** The source over `entries`, the same in each epoch. Pictures are shared with the cache: borrow, never write. */
export const make = Effect.fnUntraced(function* (
  name: string,
  entries: ReadonlyArray<Entry>,
  options: Options = {}
): Effect.fn.Return<ImageSource, DataError, ImageCodec | FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const codec = yield* ImageCodec
  const { cacheBytes = SampleCache.defaultBytes.memory } = options
  const own = yield* (yield* SampleCache.SampleCache) === undefined
    ? Effect.map(SampleCache.memory(cacheBytes), SampleCache.storeOf)
    : Effect.undefined
  const size = options.maxSide === undefined ? {} : { maxSide: options.maxSide }

  const pictureKey = Effect.fnUntraced(function* ({ path }: Entry) {
    const { file, page } = placeOf(path)
    const content = yield* SampleCache.contentOf(file)
    const version = yield* Effect.mapError(codec.version, asData)
    return { content, page, version, ...size }
  })

  const read = Effect.fnUntraced(function* (entry: Entry) {
    const decoded = Effect.map(
      Effect.mapError(codec.read(entry.path, size), asData),
      ({ width, height, rgb }) => ({ width, height, rgb })
    )
    return textImage(entry, yield* SampleCache.cached(DECODED, pictureKey(entry), decoded))
  })

  /** What is done with an entry, in the cache of whoever asks, or the source's own. */
  const withEntry = <A>(
    index: number,
    act: (entry: Entry) => Effect.Effect<A, DataError, FileSystem.FileSystem>
  ): Effect.Effect<A, DataError> =>
    Effect.gen(function* () {
      const entry = entries[index]
      if (entry === undefined) return yield* Effect.die(beyond(name, index, entries.length))
      const asked = yield* SampleCache.SampleCache
      return yield* act(entry).pipe(Effect.provideService(SampleCache.SampleCache, asked ?? own))
    }).pipe(Effect.provideService(FileSystem.FileSystem, fs))

  return {
    name,
    size: entries.length,
    image: (_epoch, index) => withEntry(index, read),
    key: (index) =>
      withEntry(index, (entry) =>
        Effect.map(pictureKey(entry), (picture) => ({ picture, annotation: annotationOf(entry) }))
      )
  }
})

/** All that is known of a picture beside its pixels. */
const annotationOf = ({ name, size, regions }: Entry): Schema.Json => ({
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
