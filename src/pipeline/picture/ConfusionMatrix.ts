/** Which classes a model takes for which: a cell for each pair of truth and prediction. */
import * as Effect from "effect/Effect"
import { Canvas, type CanvasError, type Context2D, font } from "./Canvas.ts"
import type { RgbImage } from "./Images.ts"
import * as Style from "./Style.ts"
import { COLOURS, EDGE, HEAD, INK, MUTED, write } from "./Style.ts"

export interface Figure {
  readonly title: string
  /** A line below the title; by default how many samples there are and how many are right. */
  readonly subtitle?: string | undefined
  /** Names of the classes. */
  readonly classes: ReadonlyArray<string>
  /** Samples, `counts[truth][prediction]`, as `Metric.confusion` keeps them; what is missing counts 0. */
  readonly counts: ReadonlyArray<ReadonlyArray<number>>
  /** Samples for which no class was chosen. Default 0. */
  readonly undecided?: number | undefined
}

/** Up to this many classes the numbers are written in, and precision and recall beside them. */
const WRITTEN = 20
/** Longest name, pixels; pixels of a name's line. */
const NAME = 150
const LINE = 13

const [RIGHT, MISTAKEN] = COLOURS
/** A cell without samples. */
const NOBODY = "#f8f9fb"

/** Where the cells stand. */
interface Grid {
  readonly classes: number
  /** Side of a cell. */
  readonly side: number
  readonly left: number
  readonly top: number
  /** Whether names above the columns lie on their side. */
  readonly turned: boolean
  /** Every how many classes one is named. */
  readonly every: number
}

/** Cells that hold numbers of up to five digits, then as many as a screen has room for. */
const sideFor = (classes: number): number => {
  if (classes <= 10) return 52
  return classes <= WRITTEN ? 38 : Math.max(1, Math.floor(900 / classes))
}

const labels = font("Inter", 12)

const bold = font("Inter", 12, 700)

const gridOf = (context: Context2D, classes: ReadonlyArray<string>): Grid => {
  const side = sideFor(classes.length)
  const widest = Math.min(NAME, Math.max(0, ...classes.map((name) => Style.widthOf(context, name, labels))))
  const turned = widest > side - 6
  return {
    classes: classes.length,
    side,
    left: EDGE + 34 + Math.ceil(Math.max(widest, Style.widthOf(context, "precision", bold) - 24)) + 10,
    top: HEAD + 46 + (turned ? Math.ceil(widest) : 14),
    turned,
    every: Math.max(1, Math.ceil(LINE / side))
  }
}

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)

type Counts = ReadonlyArray<ReadonlyArray<number>>

/** A row and a column for each class, whatever was given. */
const whole = ({ classes, counts }: Figure): Counts =>
  classes.map((_, i) => classes.map((__, j) => counts[i]?.[j] ?? 0))

interface Totals {
  /** Samples of each class, chosen as each class, and on the diagonal. */
  readonly actual: ReadonlyArray<number>
  readonly predicted: ReadonlyArray<number>
  readonly hits: ReadonlyArray<number>
}

const totalsOf = (counts: Counts): Totals => ({
  actual: counts.map(sum),
  predicted: counts.map((_, j) => sum(counts.map((row) => row[j] ?? 0))),
  hits: counts.map((row, i) => row[i] ?? 0)
})

/** Few mistakes are to be seen beside many hits, so the shade rises faster than the part. */
const shade = (part: number): number => part ** 0.6

/** What is there differs from what is not, in small cells as well. */
const shadeOf = (part: number, side: number): number => Math.max(shade(part), side < 20 ? 0.2 : 0.05)

/** The count, in the largest size that fits, or shortened to thousands. */
const countText = (
  context: Context2D,
  count: number,
  side: number
): { readonly text: string; readonly size: number } => {
  const full = Style.numberText(count)
  const sizes = side >= 50 ? [15, 13, 11] : [12, 11, 10]
  const size = sizes.find((one) => Style.widthOf(context, full, font("Inter", one, 700)) <= side - 6)
  if (size !== undefined) return { text: full, size }
  return {
    text: count >= 1e6 ? `${Math.round(count / 1e6)}M` : `${Math.round(count / 1000)}k`,
    size: sizes[1] ?? 11
  }
}

interface Cell {
  readonly x: number
  readonly y: number
  readonly side: number
  readonly count: number
  /** Of the samples of the true class. */
  readonly part: number
}

/** A part of a class that is not worth a look. */
const FEW = 0.03

const inkOn = (part: number): string => {
  if (shade(part) > 0.55) return "#ffffff"
  return part < FEW ? MUTED : INK
}

const writeCount = (context: Context2D, { x, y, side, count, part }: Cell): void => {
  const { text, size } = countText(context, count, side)
  write(context, text, x + side / 2, y + side / 2 + size * 0.36, {
    css: font("Inter", size, part < FEW ? 400 : 700),
    colour: inkOn(part),
    align: "center"
  })
}

const fillOf = ({ count, part, side }: Cell, colour: string): string =>
  count === 0 ? NOBODY : Style.between(NOBODY, colour, shadeOf(part, side))

const drawRow = (
  context: Context2D,
  counts: ReadonlyArray<number>,
  whole: number,
  row: number,
  grid: Grid
): void => {
  const { side, left, top, classes } = grid
  const gap = side >= 20 ? 2 : 0
  const y = top + row * side
  for (const [column, count] of counts.entries()) {
    if (count === 0 && gap === 0) continue
    const part = count / Math.max(1, whole)
    const cell: Cell = { x: left + column * side, y, side: side - gap, count, part }
    context.fillStyle = fillOf(cell, column === row ? RIGHT : MISTAKEN)
    context.fillRect(cell.x, y, cell.side, cell.side)
    if (classes <= WRITTEN && count > 0) writeCount(context, cell)
  }
}

const turn = (context: Context2D, x: number, y: number, draw: () => void): void => {
  context.save()
  context.translate(x, y)
  context.rotate(-Math.PI / 2)
  draw()
  context.restore()
}

const drawNames = (context: Context2D, classes: ReadonlyArray<string>, grid: Grid): void => {
  const { side, left, top, turned, every } = grid
  const how = { css: labels, colour: INK } as const
  for (const [i, name] of classes.entries()) {
    if (i % every !== 0) continue
    const text = Style.shortened(context, name, labels, NAME)
    const middle = i * side + (side * Math.min(every, classes.length - i)) / 2
    write(context, text, left - 10, top + middle + 4, { ...how, align: "right" })
    if (turned)
      turn(context, left + middle + 4, top - 10, () => write(context, text, 0, 0, { ...how, align: "left" }))
    else write(context, text, left + middle, top - 10, { ...how, align: "center" })
  }
  const extent = classes.length * side
  const axis = { css: font("Inter", 12), colour: MUTED, align: "center" } as const
  write(context, "prediction", left + extent / 2, HEAD + 26, axis)
  turn(context, EDGE + 20, top + extent / 2, () => write(context, "truth", 0, 0, axis))
}

const partText = (some: number, all: number): string => (all === 0 ? "–" : Style.percent(some / all))

/** Recall at the right of each row, precision below each column. */
const drawParts = (context: Context2D, grid: Grid, { actual, predicted, hits }: Totals): void => {
  const { side, left, top, classes } = grid
  const small = { css: font("Inter", 12), colour: MUTED } as const
  const [right, bottom] = [left + classes * side, top + classes * side]
  for (const [i, hit] of hits.entries()) {
    const middle = i * side + side / 2
    write(context, partText(hit, actual[i] ?? 0), right + 46, top + middle + 3, { ...small, align: "right" })
    write(context, partText(hit, predicted[i] ?? 0), left + middle - 1, bottom + 18, {
      ...small,
      align: "center"
    })
  }
  write(context, "recall", right + 46, top - 10, { css: bold, colour: MUTED, align: "right" })
  write(context, "precision", left - 10, bottom + 18, { css: bold, colour: MUTED, align: "right" })
}

/** Pixels of what says what the shades mean. */
const SCALE = 462

/** What the shades mean. */
const drawScale = (context: Context2D, left: number, y: number): void => {
  const small = { css: font("Inter", 12), colour: MUTED, align: "left" } as const
  const width = 90
  let x = left
  for (const [name, colour] of [
    ["right", RIGHT],
    ["mistaken", MISTAKEN]
  ] as const) {
    for (let i = 0; i < width; i++) {
      context.fillStyle = Style.between(NOBODY, colour, shade(i / (width - 1)))
      context.fillRect(x + i, y, 1, 10)
    }
    write(context, name, x + width + 8, y + 10, small)
    x += width + 20 + Style.widthOf(context, name, small.css)
  }
  write(context, "0 to 100% of the true class", x, y + 10, small)
}

/** The pair that is mistaken most, which nobody finds among thousands of cells. */
const worstOf = (classes: ReadonlyArray<string>, counts: Counts): string => {
  let worst = { truth: 0, prediction: 0, count: 0 }
  for (const [truth, row] of counts.entries()) {
    for (const [prediction, count] of row.entries())
      if (truth !== prediction && count > worst.count) worst = { truth, prediction, count }
  }
  const { truth, prediction, count } = worst
  const often = Style.counted(count, "time")
  return count === 0 ? "" : `; most often ${classes[truth]} is taken for ${classes[prediction]}, ${often}`
}

const subtitleOf = ({ classes, undecided = 0 }: Figure, counts: Counts, { actual, hits }: Totals): string => {
  const samples = sum(actual) + undecided
  if (samples === 0) return "no samples"
  const without = undecided === 0 ? "" : `, ${Style.numberText(undecided)} without a class`
  const worst = classes.length > WRITTEN ? worstOf(classes, counts) : ""
  return `${Style.counted(samples, "sample")}, ${Style.percent(sum(hits) / samples, 1)} right${without}${worst}`
}

/**
 * Draws the figure. Up to 20 classes have their counts in the cells, and recall and precision beside them; of more the
 * shades alone tell, and not every class is named. A cell has a pixel at least, so that some 16,000 classes fail.
 */
export const draw = Effect.fn("ConfusionMatrix.draw")(function* (
  figure: Figure
): Effect.fn.Return<RgbImage, CanvasError, Canvas> {
  const canvas = yield* Canvas
  const { context: ruler } = yield* canvas.create(1, 1)
  const grid = gridOf(ruler, figure.classes)
  const counts = whole(figure)
  const totals = totalsOf(counts)
  const written = grid.classes <= WRITTEN
  const extent = grid.classes * grid.side
  const below = written ? 30 : 8
  const surface = yield* canvas.create(
    Math.max(EDGE + 10 + SCALE + EDGE, grid.left + extent + (written ? 60 : 10) + EDGE),
    grid.top + extent + below + 20 + 10 + EDGE
  )
  const { context } = surface
  if (!written) {
    context.fillStyle = NOBODY
    context.fillRect(grid.left, grid.top, extent, extent)
  }
  Style.heading(
    context,
    { title: figure.title, subtitle: figure.subtitle ?? subtitleOf(figure, counts, totals) },
    surface.width
  )
  for (const [i, row] of counts.entries()) drawRow(context, row, totals.actual[i] ?? 0, i, grid)
  drawNames(context, figure.classes, grid)
  if (written) drawParts(context, grid, totals)
  drawScale(context, Math.min(grid.left, surface.width - SCALE - EDGE), grid.top + extent + below + 14)
  return { width: surface.width, height: surface.height, rgb: surface.rgb() }
})
