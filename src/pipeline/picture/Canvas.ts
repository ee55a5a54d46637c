/** A surface to draw on in two dimensions, behind a service so that no drawing library loads before it is needed. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { RgbImage } from "./Images.ts"

/** The typefaces that every layer brings along, so that the same drawing has the same pixels on any machine. */
export const FAMILIES = [
  "Courier Prime",
  "Inconsolata",
  "Inter",
  "Roboto Condensed",
  "Roboto Mono",
  "Source Serif 4",
  "VT323"
] as const

export type Family = (typeof FAMILIES)[number]

/** A CSS font of ours; weights 400 and 700 are there, VT323 has 400 only. `size` is in pixels. */
export const font = (family: Family, size: number, weight: 400 | 700 = 400): string =>
  `${weight} ${size}px "${family}"`

/** The part of the browser's 2D context that we draw with. */
export interface Context2D
  extends Pick<
    CanvasRenderingContext2D,
    | "save"
    | "restore"
    | "translate"
    | "rotate"
    | "scale"
    | "fillRect"
    | "strokeRect"
    | "beginPath"
    | "closePath"
    | "moveTo"
    | "lineTo"
    | "arc"
    | "rect"
    | "clip"
    | "stroke"
    | "fillText"
    | "font"
    | "textAlign"
    | "textBaseline"
    | "globalAlpha"
    | "lineWidth"
    | "lineJoin"
    | "lineCap"
    | "setLineDash"
  > {
  fillStyle: string | object
  strokeStyle: string | object
  readonly fill: () => void
  readonly measureText: (
    text: string
  ) => Pick<
    TextMetrics,
    | "width"
    | "actualBoundingBoxAscent"
    | "actualBoundingBoxDescent"
    | "actualBoundingBoxLeft"
    | "actualBoundingBoxRight"
  >
}

/** A surface cannot be had: no drawing library, a missing font file, an impossible size. */
export class CanvasError extends Schema.TaggedError<CanvasError>()("CanvasError", {
  problem: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `${this.problem}. ${this.cure}`
  }
}

export interface Surface {
  readonly width: number
  readonly height: number
  readonly context: Context2D
  /** Draws a picture with its top left corner at (x, y), scaled to `width` × `height` when they are given. */
  readonly put: (image: RgbImage, x: number, y: number, width?: number, height?: number) => void
  /** What was drawn; a copy. */
  readonly rgb: () => Uint8Array
}

export class Canvas extends Context.Service<
  Canvas,
  {
    /** A white surface of whole pixels, at most 16,384 a side; its memory goes with its last reference. */
    readonly create: (width: number, height: number) => Effect.Effect<Surface, CanvasError>
  }
>()("anneal/pipeline/Canvas") {}
