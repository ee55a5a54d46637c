/** Numbers in short: quantiles and a histogram. Pure. */
import type { Distribution } from "./Subject.ts"

/** Of equal width, over what lies between the first and the 99th percentile; what is beyond counts at the ends. */
export interface Bins {
  readonly from: number
  readonly to: number
  readonly counts: ReadonlyArray<number>
}

export interface Summary {
  readonly name: string
  readonly unit: string
  readonly count: number
  readonly min: number
  readonly p5: number
  readonly median: number
  readonly mean: number
  readonly p95: number
  readonly max: number
  readonly bins: Bins
}

const BINS = 24

/** The value at a part of sorted values, by the nearest rank. */
const quantile = (sorted: Float64Array, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0

const binned = (sorted: Float64Array): Bins => {
  const [from, to] = [quantile(sorted, 0.01), quantile(sorted, 0.99)]
  const counts = Array.from({ length: BINS }, () => 0)
  for (const value of sorted) {
    const bin = to > from ? Math.floor((BINS * (value - from)) / (to - from)) : 0
    const at = Math.min(BINS - 1, Math.max(0, bin))
    counts[at] = (counts[at] ?? 0) + 1
  }
  return { from, to, counts }
}

/** Of no value there is nothing to say. */
export const of = ({ name, unit, values }: Distribution): Summary | undefined => {
  if (values.length === 0) return undefined
  const sorted = Float64Array.from(values).sort()
  return {
    name,
    unit,
    count: sorted.length,
    min: sorted[0] ?? 0,
    p5: quantile(sorted, 0.05),
    median: quantile(sorted, 0.5),
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p95: quantile(sorted, 0.95),
    max: sorted.at(-1) ?? 0,
    bins: binned(sorted)
  }
}

/** A number for people: whole numbers as they are, others with three digits or so; thousands apart. */
export const text = (value: number): string =>
  (Number.isInteger(value) ? value : Number(value.toPrecision(3))).toLocaleString("en-US", {
    maximumFractionDigits: 6
  })
