/** Learning curves as small diagrams side by side: loss, metrics and learning rate over optimizer steps. */
import * as Effect from "effect/Effect"
import * as Axis from "./Axis.ts"
import { Canvas, type CanvasError, type Context2D, font } from "./Canvas.ts"
import type { RgbImage } from "./Images.ts"
import * as Style from "./Style.ts"
import { AXIS, COLOURS, crisp, EDGE, GRID, HEAD, INK, line, MUTED, write } from "./Style.ts"

export interface Sample {
  /** Optimizer steps. */
  readonly step: number
  /** A value that is not finite leaves a gap. */
  readonly value: number
}

export interface Series {
  /** Written above the diagram in the line's colour. */
  readonly name: string
  readonly samples: ReadonlyArray<Sample>
  /** `line` joins the samples; `noisy` draws them faintly and a running mean over them; `points` marks each. */
  readonly form: "line" | "noisy" | "points"
}

export interface Panel {
  readonly title: string
  readonly series: ReadonlyArray<Series>
  /** Ends of the vertical axis; round numbers around the values by default. */
  readonly from?: number
  readonly to?: number
  /** What `step` is, written below the horizontal axis. Default `step`. */
  readonly across?: string
}

export interface Figure {
  readonly title: string
  /** A line below the title. */
  readonly subtitle?: string
  readonly panels: ReadonlyArray<Panel>
}

const PANEL = { width: 420, height: 300, left: 62, right: 26, top: 58, bottom: 46 }

/** Where values are on the surface. */
interface Frame {
  readonly x: Axis.Axis
  readonly y: Axis.Axis
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const xAt = ({ x, left, right }: Frame, step: number): number => left + Axis.part(x, step) * (right - left)
const yAt = ({ y, top, bottom }: Frame, value: number): number =>
  bottom - Axis.part(y, value) * (bottom - top)

const axes = (context: Context2D, frame: Frame, across: string) => {
  const { x, y, left, right, bottom } = frame
  const small = { css: font("Inter", 12), colour: MUTED }
  context.lineWidth = 1
  context.strokeStyle = GRID
  for (const tick of y.ticks) {
    const at = crisp(yAt(frame, tick))
    line(context, left, at, right, at)
    write(context, y.label(tick), left - 8, at + 4, { ...small, align: "right" })
  }
  context.strokeStyle = AXIS
  line(context, left, crisp(bottom), right, crisp(bottom))
  for (const tick of x.ticks) {
    const at = crisp(xAt(frame, tick))
    line(context, at, bottom, at, bottom + 4)
    write(context, x.label(tick), at, bottom + 18, { ...small, align: "center" })
  }
  write(context, across, (left + right) / 2, bottom + 36, { ...small, align: "center" })
}

/** Lines between finite samples; a single sample between gaps is not drawn. */
const curve = (context: Context2D, frame: Frame, samples: ReadonlyArray<Sample>) => {
  context.beginPath()
  let down = false
  for (const { step, value } of samples) {
    if (!Number.isFinite(value)) down = false
    else {
      const [x, y] = [xAt(frame, step), yAt(frame, value)]
      if (down) context.lineTo(x, y)
      else context.moveTo(x, y)
      down = true
    }
  }
  context.stroke()
}

const dots = (context: Context2D, frame: Frame, samples: ReadonlyArray<Sample>) => {
  for (const { step, value } of samples) {
    if (!Number.isFinite(value)) continue
    context.beginPath()
    context.arc(xAt(frame, step), yAt(frame, value), 3.2, 0, 2 * Math.PI)
    context.fill()
  }
}

/** The mean of a fortieth of the samples around each, without those that are not finite. */
export const runningMean = (samples: ReadonlyArray<Sample>): ReadonlyArray<Sample> => {
  const reach = Math.max(1, Math.floor(samples.length / 80))
  const sums = new Float64Array(samples.length + 1)
  const counts = new Float64Array(samples.length + 1)
  for (const [i, { value }] of samples.entries()) {
    const finite = Number.isFinite(value)
    sums[i + 1] = (sums[i] ?? 0) + (finite ? value : 0)
    counts[i + 1] = (counts[i] ?? 0) + (finite ? 1 : 0)
  }
  return samples.map(({ step }, i) => {
    const [from, to] = [Math.max(0, i - reach), Math.min(samples.length, i + reach + 1)]
    const count = (counts[to] ?? 0) - (counts[from] ?? 0)
    return { step, value: ((sums[to] ?? 0) - (sums[from] ?? 0)) / count }
  })
}

const drawSeries = (context: Context2D, frame: Frame, { form, samples }: Series, colour: string) => {
  context.strokeStyle = colour
  context.fillStyle = colour
  context.lineJoin = "round"
  context.lineWidth = 2
  if (form === "noisy") {
    context.globalAlpha = 0.25
    context.lineWidth = 1
    curve(context, frame, samples)
    context.globalAlpha = 1
    context.lineWidth = 2
    curve(context, frame, runningMean(samples))
    return
  }
  curve(context, frame, samples)
  if (form === "points" || samples.length === 1) dots(context, frame, samples)
}

/** The title, and the names in the colours of their lines; one line alone needs no name. */
const panelHeading = (context: Context2D, { left, right, top }: Frame, { title, series }: Panel) => {
  write(context, title, left, top - 22, { css: font("Inter", 14, 700), colour: INK, align: "left" })
  if (series.length < 2) return
  const css = font("Inter", 12, 700)
  let x = right
  for (const [i, { name }] of [...series.entries()].reverse()) {
    write(context, name, x, top - 22, { css, colour: COLOURS[i % COLOURS.length] ?? INK, align: "right" })
    x -= context.measureText(name).width + 14
  }
}

const drawPanel = (context: Context2D, panel: Panel, left: number, top: number) => {
  const samples = panel.series.flatMap((one) => one.samples)
  const values = samples.map((one) => one.value)
  const positive = values.every((value) => !(value < 0))
  const frame: Frame = {
    x: Axis.make(
      samples.map((one) => one.step),
      { from: 0, count: 5, whole: true }
    ),
    // Heights can be compared only from zero; negative values set their own low end.
    y: Axis.make(panel.from === undefined && positive ? [0, ...values] : values, panel),
    left: left + PANEL.left,
    right: left + PANEL.width - PANEL.right,
    top: top + PANEL.top,
    bottom: top + PANEL.height - PANEL.bottom
  }
  panelHeading(context, frame, panel)
  if (!values.some(Number.isFinite)) {
    const middle = (frame.left + frame.right) / 2
    const how = { css: font("Inter", 13), colour: MUTED, align: "center" } as const
    write(context, "nothing recorded", middle, (frame.top + frame.bottom) / 2, how)
    return
  }
  axes(context, frame, panel.across ?? "step")
  for (const [i, one] of panel.series.entries())
    drawSeries(context, frame, one, COLOURS[i % COLOURS.length] ?? INK)
}

/** Draws the figure, with its panels in rows of three. */
export const draw = Effect.fn("LearningCurves.draw")(function* (
  figure: Figure
): Effect.fn.Return<RgbImage, CanvasError, Canvas> {
  const canvas = yield* Canvas
  const columns = Math.max(1, Math.min(3, figure.panels.length))
  const rows = Math.max(1, Math.ceil(figure.panels.length / columns))
  const surface = yield* canvas.create(columns * PANEL.width + 2 * EDGE, HEAD + rows * PANEL.height + EDGE)
  const { context } = surface
  Style.heading(context, figure, surface.width)
  for (const [i, panel] of figure.panels.entries()) {
    drawPanel(
      context,
      panel,
      EDGE + (i % columns) * PANEL.width,
      HEAD + Math.floor(i / columns) * PANEL.height
    )
  }
  return { width: surface.width, height: surface.height, rgb: surface.rgb() }
})
