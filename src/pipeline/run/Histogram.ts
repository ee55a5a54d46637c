/** A distribution of values in a few numbers, for trackers. */

export interface Histogram {
  readonly min: number
  readonly max: number
  /** Number of finite values; others are left out. */
  readonly count: number
  readonly sum: number
  readonly sumOfSquares: number
  /** Edges of the bins, ascending; one more than there are bins. The last bin includes its upper edge. */
  readonly edges: Float64Array
  /** Number of values in each bin. */
  readonly counts: Float64Array
}

/** Bins of equal width from the smallest value to the largest; 64 by default. */
export const of = (values: ArrayLike<number>, bins = 64): Histogram => {
  const finite = Float64Array.from(values).filter(Number.isFinite)
  const any = finite.length > 0
  const min = any ? finite.reduce((least, value) => Math.min(least, value)) : 0
  const max = any ? finite.reduce((most, value) => Math.max(most, value)) : 0
  const width = (max - min || 1) / bins
  const counts = new Float64Array(bins)
  for (const value of finite) {
    const bin = Math.min(bins - 1, Math.floor((value - min) / width))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const edge = (i: number) => (i === bins && max > min ? max : min + i * width)
  return {
    min,
    max,
    count: finite.length,
    sum: finite.reduce((sum, value) => sum + value, 0),
    sumOfSquares: finite.reduce((sum, value) => sum + value * value, 0),
    edges: Float64Array.from({ length: bins + 1 }, (_, i) => edge(i)),
    counts
  }
}
