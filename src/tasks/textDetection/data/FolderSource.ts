/** Pictures of an opened folder, decoded on demand and cached while they fit. */
import * as Effect from "effect/Effect"
import { ImageCodec, type RgbImage } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import type { Entry } from "./FolderCheck.ts"
import type { ImageSource, Region, TextImage } from "./TextImage.ts"

export interface Options {
  /** Long side after decoding, pixels; regions are scaled too. Default: as stored. */
  readonly maxSide?: number
  /**
   * Decoded bytes to cache; default 512 MiB. Pictures that do not fit are decoded each time: every picture is used
   * once per epoch, so evicting an older one would gain nothing.
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

/** The source over `entries`, the same in each epoch. Pictures are shared with the cache: borrow, never write. */
export const make = Effect.fnUntraced(function* (
  name: string,
  entries: ReadonlyArray<Entry>,
  options: Options = {}
): Effect.fn.Return<ImageSource, never, ImageCodec> {
  const codec = yield* ImageCodec
  const kept = new Map<number, TextImage>()
  const bound = options.cacheBytes ?? 512 * 1024 * 1024
  let bytes = 0

  const read = Effect.fnUntraced(function* (index: number, entry: Entry) {
    const image = yield* codec
      .read(entry.path, options.maxSide === undefined ? {} : { maxSide: options.maxSide })
      .pipe(
        Effect.mapError(
          (error) => new DataError({ where: error.path, problem: error.problem, cure: error.cure })
        )
      )
    const made = textImage(entry, image)
    if (!kept.has(index) && bytes + made.rgb.byteLength <= bound) {
      kept.set(index, made)
      bytes += made.rgb.byteLength
    }
    return made
  })

  return {
    name,
    size: entries.length,
    image: (_epoch, index) => {
      const cached = kept.get(index)
      if (cached !== undefined) return Effect.succeed(cached)
      const entry = entries[index]
      return entry === undefined ? Effect.die(beyond(name, index, entries.length)) : read(index, entry)
    }
  }
})

/** A caller's bug, not the user's. */
const beyond = (name: string, index: number, size: number) =>
  new RangeError(`${name} has ${size} pictures, and picture ${index} was requested`)
