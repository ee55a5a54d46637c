/** A number that changes smoothly over the plane: a cubic B-spline with independent points on a grid. */
import type * as Random from "../nn/Random.ts"

export interface SmoothField {
  /** Pixels between the points of the grid. */
  readonly spacing: number
  readonly columns: number
  readonly rows: number
  /** Row-major, `[rows, columns]`; beyond the grid its edge goes on. */
  readonly points: ReadonlyArray<number>
}

/** Over `width` × `height` pixels and a little beyond; the points are drawn evenly from -`most` to `most`. */
export const draw = (
  random: Random.Random,
  width: number,
  height: number,
  spacing: number,
  most: number
): SmoothField => {
  const columns = Math.ceil(width / spacing) + 3
  const rows = Math.ceil(height / spacing) + 3
  const points = Array.from({ length: columns * rows }, () => random.between(-most, most))
  return { spacing, columns, rows, points }
}

/** The four weights of the spline at `t` in [0, 1) between its middle two points. */
const weights = (t: number): readonly [number, number, number, number] => [
  (1 - t) ** 3 / 6,
  (3 * t ** 3 - 6 * t ** 2 + 4) / 6,
  (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6,
  t ** 3 / 6
]

const clamp = (value: number, high: number): number => Math.min(high, Math.max(0, value))

/** The values of one column of the grid for each of its columns at the height `y`. */
export const rowAt = ({ spacing, columns, rows, points }: SmoothField, y: number): Float64Array => {
  const row = Float64Array.from({ length: columns }, () => 0)
  const top = Math.floor(y / spacing)
  for (const [k, weight] of weights(y / spacing - top).entries()) {
    const from = clamp(top + k, rows - 1) * columns
    for (let i = 0; i < columns; i++) row[i] = (row[i] ?? 0) + weight * (points[from + i] ?? 0)
  }
  return row
}

/** The value at `x` in a row that `rowAt` gave. */
export const along = (row: Float64Array, spacing: number, x: number): number => {
  const left = Math.floor(x / spacing)
  const most = row.length - 1
  const [a, b, c, d] = weights(x / spacing - left)
  return (
    a * (row[clamp(left, most)] ?? 0) +
    b * (row[clamp(left + 1, most)] ?? 0) +
    c * (row[clamp(left + 2, most)] ?? 0) +
    d * (row[clamp(left + 3, most)] ?? 0)
  )
}

export const at = ({ spacing, columns, rows, points }: SmoothField, x: number, y: number): number => {
  const left = Math.floor(x / spacing)
  const top = Math.floor(y / spacing)
  const across = weights(x / spacing - left)
  let value = 0
  for (const [k, weight] of weights(y / spacing - top).entries()) {
    const from = clamp(top + k, rows - 1) * columns
    for (let i = 0; i < 4; i++)
      value += weight * (across[i] ?? 0) * (points[from + clamp(left + i, columns - 1)] ?? 0)
  }
  return value
}
