/** Pictures as bytes: decoding, encoding and drawing, behind services so that nothing heavy loads before it is needed. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PathError } from "../../internal/PathError.ts"

/** RGB, row-major, 3 bytes a pixel. */
export interface RgbImage {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

/** Pixels of the upright picture, EXIF orientation already applied. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** A picture cannot be read or written. */
export class ImageError extends PathError.extend<ImageError>("ImageError")({
  _tag: Schema.tag("ImageError")
}) {}

export class ImageCodec extends Context.Service<
  ImageCodec,
  {
    /** Upright size from the file's header alone: under a millisecond, no pixel decoded. */
    readonly probe: (path: string) => Effect.Effect<ImageSize, ImageError>
    /**
     * Decodes a file, applies its EXIF orientation once, and shrinks it so that its long side is at most
     * `maxSide` pixels. `scale` is decoded pixels per original (upright) pixel.
     */
    readonly read: (
      path: string,
      options?: { readonly maxSide?: number }
    ) => Effect.Effect<RgbImage & { readonly scale: number }, ImageError>
    readonly encode: (
      image: RgbImage,
      format: "png" | "jpeg" | "webp"
    ) => Effect.Effect<Uint8Array, ImageError>
  }
>()("anneal/pipeline/ImageCodec") {}
