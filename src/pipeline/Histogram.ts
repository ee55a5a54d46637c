/** A distribution of values in few numbers, as trackers draw it. */

export interface Histogram {
  readonly min: number
  readonly max: number
  /** Values counted; those that are not finite are left out. */
  readonly count: number
  readonly sum: number
  readonly sumOfSquares: number
  /** Edges of the bins, rising; one more than there are bins. The last bin holds its upper edge. */
  readonly edges: Float64Array
  /** Values in each bin. */
  readonly counts: Float64Array
}

/** Bins of equal width from the least value to the greatest, 64 unless told. */
export const of = (values: ArrayLike<number>, bins = 64): Histogram => {
  let [min, max, count, sum, sumOfSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN
    if (!Number.isFinite(value)) continue
    min = Math.min(min, value)
    max = Math.max(max, value)
    count++
    sum += value
    sumOfSquares += value * value
  }
  if (count === 0) [min, max] = [0, 0]
  const width = (max - min || 1) / bins
  const counts = new Float64Array(bins)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN
    if (!Number.isFinite(value)) continue
    const bin = Math.min(bins - 1, Math.floor((value - min) / width))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) =>
    i === bins && max > min ? max : min + i * width
  )
  return { min, max, count, sum, sumOfSquares, edges, counts }
}
