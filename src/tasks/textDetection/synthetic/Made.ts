/** Pictures as a worker makes them for a folder: drawn, encoded and digested. */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import type { Canvas } from "../../../pipeline/picture/Canvas.ts"
import { ImageCodec } from "../../../pipeline/picture/Images.ts"
import { DataError, type Dataset } from "../../../pipeline/task/Dataset.ts"
import type { Image } from "../data/Annotations.ts"
import type { TextImage } from "../data/TextImage.ts"
import * as Crops from "./Crops.ts"
import type * as Picture from "./Picture.ts"
import * as SynthSource from "./SynthSource.ts"

/** Everything that shapes the bytes of a picture: a plain value. */
export interface Setup {
  readonly count: number
  readonly seed: number
  readonly pictures: Picture.Options
  readonly format: "jpeg" | "png"
  readonly crops: Crops.Options | undefined
  /** So many of the first pictures come along as pixels, for the preview. */
  readonly previewed: number
}

export interface File {
  readonly bytes: Uint8Array
  /** SHA-256, hexadecimal. */
  readonly digest: string
}

export interface CropFile extends File {
  readonly id: string
  readonly text: string
}

export interface Made extends File {
  readonly annotation: Image
  readonly crops: ReadonlyArray<CropFile>
  readonly preview: TextImage | undefined
}

const file = (bytes: Uint8Array): File => ({
  bytes,
  digest: createHash("sha256").update(bytes).digest("hex")
})

const annotation = ({ width, height, regions }: TextImage): Image => ({
  img_w: width,
  img_h: height,
  words: Object.fromEntries(
    regions.map(({ id, polygon, ignore, transcription }) => [
      id,
      {
        points: polygon.map(([x, y]) => [x, y] as const),
        ...(transcription === undefined ? {} : { transcription }),
        ...(ignore ? { illegibility: true } : {})
      }
    ])
  )
})

export interface Sets {
  readonly [name: string]: Dataset<Made>
  readonly pictures: Dataset<Made>
}

export const described = (count: number): Dataset<Made> => ({
  name: "pictures",
  samples: count,
  length: count,
  batch: () => Effect.die("the pictures are in the workers")
})

/** One batch is one picture. */
export const dataset = Effect.fnUntraced(function* (
  setup: Setup
): Effect.fn.Return<Sets, never, Canvas | ImageCodec> {
  const codec = yield* ImageCodec
  const { count, seed, pictures, format, crops, previewed } = setup
  const draw = yield* SynthSource.drawer("receipt", { ...pictures, size: count, seed })
  const made = Effect.fnUntraced(function* (epoch: number, index: number) {
    const drawn = yield* draw(epoch, index)
    const { image } = drawn
    const cut = crops === undefined ? [] : Crops.of(drawn, crops, seed, index)
    return {
      ...file(yield* codec.encode(image, format)),
      annotation: annotation(image),
      crops: yield* Effect.forEach(cut, (crop) =>
        Effect.map(codec.encode(crop.image, "png"), (bytes) => ({
          id: crop.id,
          text: crop.text,
          ...file(bytes)
        }))
      ),
      preview: index < previewed ? image : undefined
    }
  })
  const batch = (epoch: number, index: number): Effect.Effect<Made, DataError> =>
    Effect.mapError(made(epoch, index), (error) =>
      error instanceof DataError
        ? error
        : new DataError({
            where: "synthetic pictures",
            problem: error.message,
            cure: "Install the picture packages."
          })
    )
  return { pictures: { ...described(count), batch } }
})
