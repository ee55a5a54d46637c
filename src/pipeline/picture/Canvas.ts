/** A surface to draw on, as a service, so that no drawing library is loaded before it is needed. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { RgbImage } from "./Images.ts"

/** The typefaces that every layer provides, so that the same drawing has the same pixels on any machine. */
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

/** A CSS font of one of these families; `size` is in pixels. VT323 has the weight 400 only. */
export const font = (family: Family, size: number, weight: 400 | 700 = 400): string =>
  `${weight} ${size}px "${family}"`

/** Typefaces of books and of typewriters, which are loaded only when asked for: weight 400 only. */
export const OLD_FAMILIES = [
  "EB Garamond",
  "IM Fell English",
  "Old Standard TT",
  "Special Elite",
  "UnifrakturMaguntia"
] as const

export type Typeface = Family | (typeof OLD_FAMILIES)[number]

/** Letters that are files of their own, beside those of western Europe, which every typeface has. */
export const SCRIPTS = ["latin-ext", "cyrillic", "greek"] as const

export type Script = (typeof SCRIPTS)[number]

/** A file of letters to load. */
export interface Face {
  readonly family: Typeface
  /** `latin`: of western Europe. */
  readonly script: "latin" | Script
  readonly italic: boolean
}

/** The CSS families of a typeface with these scripts. */
export const families = (family: Typeface, scripts: ReadonlyArray<Script>): string =>
  [family, ...scripts.map((script) => `${family} ${script}`)].map((name) => `"${name}"`).join(", ")

/** The part of the browser's 2D context that drawings use. */
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

/** A surface cannot be created: the drawing library or a font file is missing, or the size is impossible. */
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
  /** Draws a picture with its top left corner at (x, y), scaled to `width` × `height` if given. */
  readonly put: (image: RgbImage, x: number, y: number, width?: number, height?: number) => void
  /** A copy of the pixels: RGB, row-major, 3 bytes per pixel. */
  readonly rgb: () => Uint8Array
}

export class Canvas extends Context.Service<
  Canvas,
  {
    /** A white surface; sides are whole pixels, at most 16,384. Its memory is freed by garbage collection. */
    readonly create: (width: number, height: number) => Effect.Effect<Surface, CanvasError>
    /** Makes typefaces and scripts known to all surfaces, beside `FAMILIES` in Latin, which always are. */
    readonly load: (faces: ReadonlyArray<Face>) => Effect.Effect<void, CanvasError>
  }
>()("anneal/pipeline/Canvas") {}
