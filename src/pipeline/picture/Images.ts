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

/** What the header of a file says. */
export interface ImageHeader extends ImageSize {
  /** Pages of a document or frames of an animation, of which one is read; absent for a single picture. */
  readonly pages?: number
}

/** Where a picture is: a file and, counted from 1, its page. */
export interface ImagePlace {
  readonly file: string
  readonly page: number
}

/**
 * A page of a TIFF or a frame of a GIF or WebP is named as in `scan.tiff#page=2` (RFC 8118 has it for PDF), counted
 * from 1; without it a path is the first.
 */
export const placeOf = (path: string): ImagePlace => {
  const [, file, page] = /^(.+)#page=([1-9]\d{0,8})$/.exec(path) ?? []
  return file === undefined ? { file: path, page: 1 } : { file, page: Number(page) }
}

/** The file of a picture in memory. `path` names it in errors, and the page of it that is meant. */
export interface ImageBytes {
  readonly path: string
  readonly bytes: Uint8Array
}

/** A picture cannot be read or written. */
export class ImageError extends PathError.extend<ImageError>("ImageError")({
  _tag: Schema.tag("ImageError")
}) {}

export class ImageCodec extends Context.Service<
  ImageCodec,
  {
    /** What `read` gives is the same bits where this is the same text: the versions of all that decodes. */
    readonly version: Effect.Effect<string, ImageError>
    /** The upright size and the number of pages from the header of the file, without decoding pixels. */
    readonly probe: (path: string) => Effect.Effect<ImageHeader, ImageError>
    /**
     * Decodes a file, which may be in memory, or the page of it that `placeOf` names, into upright 8-bit sRGB, and shrinks the picture so that
     * its longer side has at most `maxSide` pixels. `scale` is the number of decoded pixels per original pixel.
     *
     * The EXIF orientation is applied, once. Colours are converted by the embedded profile, CMYK without one by a
     * general one for print. 16 bits become 8 by dropping the lower ones, grey and 1-bit pictures three equal channels,
     * and transparent pixels lie on white. A page beyond the last, samples that are not whole numbers of up to 16 bits,
     * truncated or corrupt data, and more pixels than fit in memory are refused; the header is enough for the last.
     */
    readonly read: (
      from: string | ImageBytes,
      options?: { readonly maxSide?: number }
    ) => Effect.Effect<RgbImage & { readonly scale: number }, ImageError>
    readonly encode: (
      image: RgbImage,
      format: "png" | "jpeg" | "webp"
    ) => Effect.Effect<Uint8Array, ImageError>
  }
>()("anneal/pipeline/ImageCodec") {}
