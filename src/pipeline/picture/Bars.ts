/** Named values as bars, one below the other. */
import * as Effect from "effect/Effect"
import * as Axis from "./Axis.ts"
import { Canvas, type CanvasError, type Context2D, font } from "./Canvas.ts"
import type { RgbImage } from "./Images.ts"
import * as Style from "./Style.ts"
import { AXIS, COLOURS, crisp, EDGE, GRID, HEAD, INK, line, MUTED, write } from "./Style.ts"

export interface Bar {
  readonly name: string
  /** What is not finite has no bar, and a dash for its number. */
  readonly value: number
}

export interface Figure {
  readonly title: string
  /** A line below the title. */
  readonly subtitle?: string | undefined
  /** From top to bottom, as they come. */
  readonly bars: ReadonlyArray<Bar>
  /** Ends of the axis; by default 0 and round numbers about the values. Bars begin at 0, or at the end nearest to it. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

const ROW = { height: 26, bar: 16 }
const PLOT = 380
/** Longest name, pixels, and room for the number at the end of a bar. */
const NAME = 200
const NUMBER = 64

/** Where bars begin and how long they are. */
interface Frame {
  readonly axis: Axis.Axis
  readonly left: number
  /** Where names end. */
  readonly names: number
  readonly text: (value: number) => string
  readonly top: number
  readonly bottom: number
}

const axisOf = ({ bars, from, to }: Figure): Axis.Axis =>
  Axis.make(from === undefined || to === undefined ? [0, ...bars.map(({ value }) => value)] : [from, to], {
    count: 5,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to })
  })

/** All with as many decimals, so that the largest shows three digits. */
const textOf = (bars: ReadonlyArray<Bar>): ((value: number) => string) => {
  const sizes = bars
    .map(({ value }) => Math.abs(value))
    .filter((value) => Number.isFinite(value) && value > 0)
  const largest = Math.max(...sizes)
  if (sizes.every(Number.isInteger) || largest >= 1000 || largest < 1e-4) return Style.numberText
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(largest)))
  return (value) => (Number.isFinite(value) ? value.toFixed(decimals) : Style.numberText(value))
}

const within = ({ low, high }: Axis.Axis, value: number): number => Math.max(low, Math.min(high, value))

const xAt = ({ axis, left }: Frame, value: number): number =>
  left + Axis.part(axis, within(axis, value)) * PLOT

const drawAxis = (context: Context2D, frame: Frame): void => {
  const { axis, top, bottom } = frame
  context.lineWidth = 1
  context.strokeStyle = GRID
  for (const tick of axis.ticks) {
    const x = xAt(frame, tick)
    line(context, crisp(x), top, crisp(x), bottom)
    write(context, axis.label(tick), x, bottom + 18, {
      css: font("Inter", 12),
      colour: MUTED,
      align: "center"
    })
  }
}

const drawBar = (context: Context2D, frame: Frame, { name, value }: Bar, y: number): void => {
  const css = font("Inter", 13)
  const middle = y + ROW.height / 2
  const label = Style.shortened(context, name, css, NAME)
  write(context, label, frame.names, middle + 4.5, { css, colour: INK, align: "right" })
  const zero = xAt(frame, 0)
  const end = Number.isFinite(value) ? xAt(frame, value) : zero
  context.fillStyle = COLOURS[0]
  context.fillRect(Math.min(zero, end), middle - ROW.bar / 2, Math.abs(end - zero), ROW.bar)
  const left = end < zero
  write(context, frame.text(value), end + (left ? -7 : 7), middle + 4.5, {
    css: font("Inter", 12, 700),
    colour: Number.isFinite(value) ? INK : MUTED,
    align: left ? "right" : "left"
  })
}

/** Draws the figure; it grows with the number of bars. */
export const draw = Effect.fn("Bars.draw")(function* (
  figure: Figure
): Effect.fn.Return<RgbImage, CanvasError, Canvas> {
  const canvas = yield* Canvas
  const { context: ruler } = yield* canvas.create(1, 1)
  const { bars } = figure
  const css = font("Inter", 13)
  const widest = Math.min(NAME, Math.max(0, ...bars.map(({ name }) => Style.widthOf(ruler, name, css))))
  // A number stands left of a bar that goes left, where names would be.
  const negative = bars.some(({ value }) => value < 0) ? NUMBER : 0
  const top = HEAD + 22
  const names = EDGE + 10 + Math.ceil(widest)
  const frame: Frame = {
    axis: axisOf(figure),
    names,
    text: textOf(bars),
    left: names + 10 + negative,
    top,
    bottom: top + Math.max(1, bars.length) * ROW.height + 6
  }
  const surface = yield* canvas.create(frame.left + PLOT + NUMBER + EDGE, frame.bottom + 28 + EDGE)
  const { context } = surface
  Style.heading(context, figure, surface.width)
  if (bars.length === 0) {
    const how = { css, colour: MUTED, align: "left" } as const
    write(context, "nothing to show", EDGE + 10, top + 18, how)
  } else {
    drawAxis(context, frame)
    for (const [i, bar] of bars.entries()) drawBar(context, frame, bar, top + 3 + i * ROW.height)
    context.strokeStyle = AXIS
    line(context, crisp(xAt(frame, 0)), top, crisp(xAt(frame, 0)), frame.bottom)
  }
  return { width: surface.width, height: surface.height, rgb: surface.rgb() }
})
