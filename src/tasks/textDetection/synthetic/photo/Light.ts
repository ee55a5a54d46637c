/** The light on each pixel of the picture, and the strength of ink there: smooth fields, shadows, creases. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import type { Box } from "../layout/Sheet.ts"

export interface Field {
  readonly width: number
  readonly height: number
  readonly values: Float32Array
}

export const flat = (width: number, height: number, value: number): Field => ({
  width,
  height,
  values: new Float32Array(width * height).fill(value)
})

/** Values in [low, high] at a coarse grid of `columns` × `rows`, bilinear in between. */
export const smooth = (
  random: Random,
  width: number,
  height: number,
  [columns, rows]: readonly [number, number],
  [low, high]: readonly [number, number]
): Field => {
  const grid = Float32Array.from({ length: columns * rows }, () => random.between(low, high))
  const values = new Float32Array(width * height)
  const row = new Float32Array(columns + 1)
  const pace = (columns - 1) / width
  for (let y = 0; y < height; y++) {
    const v = (y / height) * (rows - 1)
    blend(grid, columns, Math.floor(v), v - Math.floor(v), row)
    const from = y * width
    for (let x = 0; x < width; x++) {
      const u = x * pace
      const cell = u | 0
      const left = row[cell] ?? 0
      values[from + x] = left + (u - cell) * ((row[cell + 1] ?? 0) - left)
    }
  }
  return { width, height, values }
}

/** The grid's row between two of its rows. */
const blend = (grid: Float32Array, columns: number, above: number, part: number, row: Float32Array): void => {
  for (let i = 0; i < columns; i++) {
    const top = grid[above * columns + i] ?? 0
    row[i] = top + part * ((grid[(above + 1) * columns + i] ?? 0) - top)
  }
}

/** A shadow on one side of a line, with a soft edge. */
export const shadow = (random: Random, { width, height, values }: Field): void => {
  const angle = random.between(0, 2 * Math.PI)
  const [nx, ny] = [Math.cos(angle), Math.sin(angle)]
  const [px, py] = [random.between(0.15, 0.85) * width, random.between(0.15, 0.85) * height]
  const soft = random.between(8, 90)
  const dark = random.between(0.12, 0.45)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const t = ((x - px) * nx + (y - py) * ny) / soft
      const edge = Math.max(-1, Math.min(1, t))
      const cover = 0.5 + edge * (0.75 - 0.25 * edge * edge)
      const at = y * width + x
      values[at] = (values[at] ?? 0) * (1 - dark * cover)
    }
  }
}

/** Multiplies a box, clipped to the field, by `factor`. */
const scale = (
  field: Field,
  [left, top, right, bottom]: Box,
  factor: (x: number, y: number) => number
): void => {
  const { width, height, values } = field
  const [x1, y1] = [Math.min(width, right), Math.min(height, bottom)]
  for (let y = Math.max(0, top); y < y1; y++) {
    for (let x = Math.max(0, left); x < x1; x++) {
      values[y * width + x] = (values[y * width + x] ?? 0) * factor(x, y)
    }
  }
}

/** A fold: bright on one side of a line and dark on the other, a few pixels wide. */
export const crease = (random: Random, field: Field): void => {
  const upright = random.chance(0.35)
  const across = upright ? field.width : field.height
  const long = upright ? field.height : field.width
  const start = random.between(0.05, 0.95) * across
  const slope = random.normal() * 0.03
  const deep = random.between(0.03, 0.14) * (random.chance(0.5) ? 1 : -1)
  const reach = random.between(1.5, 5)
  const factor = (along: number, off: number): number => {
    const t = (off - start - slope * along) / reach
    return 1 + deep * t * Math.exp(-t * t)
  }
  // The band of the slanting line, with the visible pixels beside it.
  const ends = [start, start + slope * long]
  const from = Math.floor(Math.min(...ends) - 3 * reach)
  const to = Math.ceil(Math.max(...ends) + 3 * reach)
  if (upright) scale(field, [from, 0, to, long], (x, y) => factor(y, x))
  else scale(field, [0, from, long, to], factor)
}

/** Thermal print fades in stripes along the paper, where the head is worn, and in bands across it. */
export const wear = (random: Random, field: Field): void => {
  const { width, height } = field
  for (let i = random.int(4); i > 0; i--) {
    const stripe = random.chance(0.7)
    const from = random.int(stripe ? width : height)
    const to = from + 1 + random.int(stripe ? 3 : 14)
    const left = random.between(0.25, 0.8)
    scale(field, stripe ? [from, 0, to, height] : [0, from, width, to], () => left)
  }
}

/** The shadow of the fold between two pages, darkest at x = `from`. */
export const gutter = ({ width, height, values }: Field, from: number, reach: number, dark: number): void => {
  const row = Float32Array.from({ length: width }, (_, x) => 1 - dark * Math.exp(-Math.abs(x - from) / reach))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      values[at] = (values[at] ?? 0) * (row[x] ?? 1)
    }
  }
}

/** Stains of age: soft dark discs. */
export const stains = (random: Random, field: Field, count: number): void => {
  const { width, height } = field
  for (let i = 0; i < count; i++) {
    const [cx, cy] = [random.int(width), random.int(height)]
    const radius = random.between(3, random.chance(0.3) ? 50 : 14)
    const dark = random.between(0.02, 0.14)
    const box = [cx - radius, cy - radius, cx + radius, cy + radius] as const
    scale(field, [Math.floor(box[0]), Math.floor(box[1]), box[2], box[3]], (x, y) => {
      const far = Math.hypot(x - cx, y - cy) / radius
      return far >= 1 ? 1 : 1 - dark * (1 - far * far)
    })
  }
}
