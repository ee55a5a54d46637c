/** Numbers that were predicted over those that are true: a point for each sample, and the diagonal of no error. */
import * as Effect from "effect/Effect"
import * as Axis from "./Axis.ts"
import { Canvas, type CanvasError, type Context2D, font } from "./Canvas.ts"
import type { RgbImage } from "./Images.ts"
import * as Style from "./Style.ts"
import { AXIS, COLOURS, crisp, EDGE, GRID, HEAD, INK, line, MUTED, write } from "./Style.ts"

export interface Figure {
  readonly title: string
  /** A line below the title; by default R², the root of the mean squared error, and how many samples there are. */
  readonly subtitle?: string | undefined
  /** One for each sample; what is missing or not finite in either is left out. */
  readonly truth: ArrayLike<number>
  readonly predictions: ArrayLike<number>
  /** What the numbers are, with their unit, as axes have it: `price, €`. */
  readonly quantity?: string | undefined
}

const PANEL = { side: 420, left: 76, right: 26, top: 22, bottom: 54 }

/** Points beyond this many are drawn every so often: they would only cover each other. */
const MOST = 50_000

interface Point {
  readonly truth: number
  readonly prediction: number
}

const pointsOf = ({ truth, predictions }: Figure): ReadonlyArray<Point> =>
  Array.from({ length: Math.min(truth.length, predictions.length) }, (_, i) => ({
    truth: truth[i] ?? Number.NaN,
    prediction: predictions[i] ?? Number.NaN
  })).filter((point) => Number.isFinite(point.truth) && Number.isFinite(point.prediction))

const mean = (values: ReadonlyArray<number>): number =>
  values.reduce((total, value) => total + value, 0) / values.length

/** As `Metric.r2` and `Metric.rmse` have them. */
const quality = (points: ReadonlyArray<Point>): string => {
  const middle = mean(points.map(({ truth }) => truth))
  const error = mean(points.map(({ truth, prediction }) => (truth - prediction) ** 2))
  const spread = mean(points.map(({ truth }) => (truth - middle) ** 2))
  const rmse = `RMSE ${Style.numberText(Math.sqrt(error))}`
  return spread === 0 ? rmse : `R² ${(1 - error / spread).toFixed(3)}, ${rmse}`
}

const subtitleOf = (points: ReadonlyArray<Point>, given: number): string => {
  const left = given - points.length
  const notes = [
    ...(points.length === 0 ? [] : [quality(points)]),
    Style.counted(points.length, "sample"),
    ...(left === 0 ? [] : [`${Style.numberText(left)} not finite`])
  ]
  return notes.join(", ")
}

/** About all numbers, with a little air. */
const axisOf = (points: ReadonlyArray<Point>): Axis.Axis => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { truth, prediction } of points) {
    low = Math.min(low, truth, prediction)
    high = Math.max(high, truth, prediction)
  }
  const air = 0.04 * (high - low)
  return Axis.make([low, high], air > 0 ? { count: 5, from: low - air, to: high + air } : { count: 5 })
}

/** Both axes are one, so that the diagonal is where prediction and truth are equal. */
const drawAxes = (
  context: Context2D,
  axis: Axis.Axis,
  at: (value: number) => readonly [number, number],
  quantity?: string
): void => {
  const { side, left, top } = PANEL
  const [x0, y0, x1, y1] = [left, HEAD + top + side, left + side, HEAD + top]
  const small = { css: font("Inter", 12), colour: MUTED } as const
  context.lineWidth = 1
  context.strokeStyle = GRID
  for (const tick of axis.ticks) {
    const [x, y] = at(tick)
    line(context, x0, crisp(y), x1, crisp(y))
    line(context, crisp(x), y0, crisp(x), y1)
    write(context, axis.label(tick), x0 - 8, y + 4, { ...small, align: "right" })
    write(context, axis.label(tick), x, y0 + 18, { ...small, align: "center" })
  }
  context.strokeStyle = AXIS
  line(context, x0, crisp(y0), x1, crisp(y0))
  line(context, crisp(x0), y0, crisp(x0), y1)
  const of = quantity === undefined ? "" : ` ${quantity}`
  write(context, `true${of}`, (x0 + x1) / 2, y0 + 40, { ...small, align: "center" })
  context.save()
  context.translate(EDGE + 12, (y0 + y1) / 2)
  context.rotate(-Math.PI / 2)
  write(context, `predicted${of}`, 0, 0, { ...small, align: "center" })
  context.restore()
}

const drawDiagonal = (
  context: Context2D,
  { low, high }: Axis.Axis,
  at: (value: number) => readonly [number, number]
): void => {
  context.lineWidth = 1.5
  // White below the dashes, so that they are seen on dark points as well.
  context.strokeStyle = "#ffffff"
  line(context, ...at(low), ...at(high))
  context.strokeStyle = INK
  context.setLineDash([6, 5])
  line(context, ...at(low), ...at(high))
  context.setLineDash([])
}

const drawPoints = (
  context: Context2D,
  points: ReadonlyArray<Point>,
  at: (value: number) => readonly [number, number]
): void => {
  const every = Math.ceil(points.length / MOST)
  const drawn = Math.ceil(points.length / Math.max(1, every))
  context.fillStyle = COLOURS[0]
  // Few points are solid; of many, dark places are dense ones.
  context.globalAlpha = Math.min(0.75, Math.max(0.04, 12 / Math.sqrt(drawn)))
  const radius = drawn > 5000 ? 2 : 3.2
  for (let i = 0; i < points.length; i += every) {
    const { truth, prediction } = points[i] ?? { truth: 0, prediction: 0 }
    context.beginPath()
    context.arc(at(truth)[0], at(prediction)[1], radius, 0, 2 * Math.PI)
    context.fill()
  }
  context.globalAlpha = 1
}

/** Draws the figure. */
export const draw = Effect.fn("Scatter.draw")(function* (
  figure: Figure
): Effect.fn.Return<RgbImage, CanvasError, Canvas> {
  const canvas = yield* Canvas
  const { side, left, right, top, bottom } = PANEL
  const surface = yield* canvas.create(left + side + right + EDGE, HEAD + top + side + bottom + EDGE)
  const { context } = surface
  const points = pointsOf(figure)
  const given = Math.max(figure.truth.length, figure.predictions.length)
  Style.heading(
    context,
    { title: figure.title, subtitle: figure.subtitle ?? subtitleOf(points, given) },
    surface.width
  )
  if (points.length === 0) {
    const how = { css: font("Inter", 13), colour: MUTED, align: "center" } as const
    write(context, "nothing to show", left + side / 2, HEAD + top + side / 2, how)
  } else {
    const axis = axisOf(points)
    const at = (value: number) => {
      const part = Axis.part(axis, value)
      return [left + part * side, HEAD + top + (1 - part) * side] as const
    }
    drawAxes(context, axis, at, figure.quantity)
    drawPoints(context, points, at)
    drawDiagonal(context, axis, at)
  }
  return { width: surface.width, height: surface.height, rgb: surface.rgb() }
})
