/** Pictures side by side with a caption each; those that a model got wrong have a coloured frame. */
import * as Effect from "effect/Effect"
import { Canvas, type CanvasError, font, type Surface } from "./Canvas.ts"
import type { RgbImage } from "./Images.ts"
import * as Shrink from "./Shrink.ts"
import * as Style from "./Style.ts"
import { AXIS, EDGE, HEAD, INK, MUTED, WRONG, write } from "./Style.ts"

export interface Cell {
  readonly image: RgbImage
  /** Below the picture, on two lines at most. */
  readonly caption: string
  /** Puts the coloured frame around it. Default false. */
  readonly wrong?: boolean | undefined
}

export interface Figure {
  readonly title: string
  /** A line below the title. */
  readonly subtitle?: string | undefined
  /** From left to right, row by row. */
  readonly cells: ReadonlyArray<Cell>
  /** Default: about as many as rows, at most 8. */
  readonly columns?: number | undefined
  /** Longest side of a picture as it is shown, pixels. Default 144. */
  readonly side?: number | undefined
}

const GAP = 16
const CAPTION = { line: 16, top: 18, lines: 2 }
/** Pixels of the frame of a wrong picture. */
const FRAME = 4

/** Small pictures are shown with whole pixels: each becomes `factor` by `factor` of them. */
const enlarged = ({ width, height, rgb }: RgbImage, factor: number): RgbImage => {
  if (factor === 1) return { width, height, rgb }
  const large = {
    width: width * factor,
    height: height * factor,
    rgb: new Uint8Array(rgb.length * factor * factor)
  }
  for (let i = 0; i < large.rgb.length; i++) {
    const [channel, pixel] = [i % 3, Math.floor(i / 3)]
    const x = Math.floor((pixel % large.width) / factor)
    const y = Math.floor(Math.floor(pixel / large.width) / factor)
    large.rgb[i] = rgb[(y * width + x) * 3 + channel] ?? 0
  }
  return large
}

/** The picture as it is shown: by whole factors, and what is left by the canvas. */
const fitted = (image: RgbImage, side: number): { readonly image: RgbImage; readonly scale: number } => {
  const longest = Math.max(image.width, image.height)
  if (longest <= side) return { image: enlarged(image, Math.floor(side / longest)), scale: 1 }
  const shrunk = Shrink.by(image, Math.floor(longest / side))
  return { image: shrunk, scale: side / Math.max(shrunk.width, shrunk.height) }
}

/** Words on as many lines as there may be, the last one cut. */
const wrapped = (surface: Surface, text: string, css: string, room: number): ReadonlyArray<string> => {
  const words = text.split(/\s+/).filter((word) => word !== "")
  const lines: Array<string> = []
  let rest = words
  while (rest.length > 0 && lines.length < CAPTION.lines) {
    const last = lines.length === CAPTION.lines - 1
    let count = rest.length
    while (count > 1 && Style.widthOf(surface.context, rest.slice(0, count).join(" "), css) > room) count--
    lines.push(
      Style.shortened(surface.context, rest.slice(0, last ? rest.length : count).join(" "), css, room)
    )
    rest = rest.slice(count)
  }
  return lines
}

const drawCell = (
  surface: Surface,
  { image, caption, wrong = false }: Cell,
  left: number,
  top: number,
  side: number
): void => {
  const { context } = surface
  const { image: shown, scale } = fitted(image, side)
  const [width, height] = [
    Math.max(1, Math.round(shown.width * scale)),
    Math.max(1, Math.round(shown.height * scale))
  ]
  // On one base line, near their captions.
  const [x, y] = [left + Math.floor((side - width) / 2), top + side - height]
  context.fillStyle = wrong ? WRONG : AXIS
  const frame = wrong ? FRAME : 1
  context.fillRect(x - frame, y - frame, width + 2 * frame, height + 2 * frame)
  surface.put(shown, x, y, width, height)
  const css = font("Inter", 12, wrong ? 700 : 400)
  for (const [i, text] of wrapped(surface, caption, css, side + GAP - 8).entries()) {
    const how = { css, colour: wrong ? WRONG : INK, align: "center" } as const
    write(context, text, left + side / 2, top + side + CAPTION.top + i * CAPTION.line, how)
  }
}

/** Draws the figure. Pictures keep their proportions; small ones are enlarged by whole pixels. */
export const draw = Effect.fn("ImageGrid.draw")(function* (
  figure: Figure
): Effect.fn.Return<RgbImage, CanvasError, Canvas> {
  const canvas = yield* Canvas
  const { cells, side = 144 } = figure
  const columns = Math.max(1, figure.columns ?? Math.min(8, Math.ceil(Math.sqrt(cells.length))))
  const rows = Math.max(1, Math.ceil(cells.length / columns))
  const height = side + CAPTION.top + CAPTION.lines * CAPTION.line + 6
  const left = EDGE + 10
  const width = 2 * left + columns * side + (columns - 1) * GAP
  const surface = yield* canvas.create(Math.max(320, width), HEAD + 20 + rows * height + EDGE)
  Style.heading(surface.context, figure, surface.width)
  if (cells.length === 0) {
    const how = { css: font("Inter", 13), colour: MUTED, align: "left" } as const
    write(surface.context, "nothing to show", left, HEAD + 40, how)
  }
  for (const [i, cell] of cells.entries()) {
    const [column, row] = [i % columns, Math.floor(i / columns)]
    drawCell(surface, cell, left + column * (side + GAP), HEAD + 20 + row * height, side)
  }
  return { width: surface.width, height: surface.height, rgb: surface.rgb() }
})
