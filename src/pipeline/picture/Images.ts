/** Pictures as bytes, decoded and encoded by a service, so that no library is loaded before it is needed. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PathError } from "../../internal/PathError.ts"

/** RGB, row-major, 3 bytes per pixel. */
export interface RgbImage {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

/** The size in pixels of the upright picture, after its EXIF orientation is applied. */
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
    /** The upright size from the header of the file, without decoding pixels. */
    readonly probe: (path: string) => Effect.Effect<ImageSize, ImageError>
    /**
     * Decodes a file, applies its EXIF orientation, and shrinks the picture so that its longer side has at most `maxSide`
     * pixels. `scale` is the number of decoded pixels per original pixel.
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
