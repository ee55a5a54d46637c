/** The axis of a diagram: round ticks, their labels, and the position of a value. */

export interface Axis {
  readonly low: number
  readonly high: number
  readonly ticks: ReadonlyArray<number>
  readonly label: (value: number) => string
}

/** The step of 1, 2, 2.5 or 5 times a power of ten that gives about `count` intervals over `span`. */
const roundStep = (span: number, count: number): number => {
  const rough = span / count
  const unit = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * unit >= rough * 0.999) ?? 10
  return factor * unit
}

const plain = (step: number): ((value: number) => string) => {
  // As many decimals as the step itself has: 0.25 has two, 0.2 one.
  const decimals =
    [0, 1, 2, 3, 4, 5, 6].find((n) => Math.abs(step * 10 ** n - Math.round(step * 10 ** n)) < 1e-6) ?? 7
  return (value) => value.toFixed(decimals)
}

/** Thousands and millions as `12k` and `3M`; numbers that need more than five decimals as `2e-6`. */
const label = (step: number): ((value: number) => string) => {
  const written = plain(step)
  return (value) => {
    if (value === 0) return "0"
    if (step >= 1e6) return `${plain(step / 1e6)(value / 1e6)}M`
    if (step >= 1000) return `${plain(step / 1000)(value / 1000)}k`
    if (step < 1e-5) return value.toExponential(1)
    return written(value)
  }
}

export interface Options {
  /** Fixed ends; round numbers around the values by default. */
  readonly from?: number
  readonly to?: number
  /** Approximate number of intervals between ticks; 4 by default. */
  readonly count?: number
  /** Whether ticks are whole numbers, such as steps. */
  readonly whole?: boolean
}

/** The smallest and the largest finite value, never equal. */
const extent = (values: Iterable<number>, { from, to }: Options): readonly [number, number] => {
  const finite = [...values].filter(Number.isFinite)
  const low = from ?? finite.reduce((least, value) => Math.min(least, value), finite[0] ?? 0)
  const high = to ?? finite.reduce((most, value) => Math.max(most, value), finite[0] ?? 1)
  if (high - low > 1e-12 * Math.max(1, Math.abs(high))) return [low, high]
  const half = Math.abs(high) / 2 || 0.5
  return [low - (from === undefined ? half : 0), high + half]
}

/** An axis that contains every value. */
export const make = (values: Iterable<number>, options: Options = {}): Axis => {
  const [low, high] = extent(values, options)
  const round = roundStep(high - low, options.count ?? 4)
  const step = options.whole === true ? Math.max(1, Math.round(round)) : round
  const first = options.from ?? Math.floor(low / step + 1e-9) * step
  const last = options.to ?? Math.ceil(high / step - 1e-9) * step
  const ticks: Array<number> = []
  for (let i = Math.ceil(first / step - 1e-9); i * step <= last + 1e-9 * step; i++) ticks.push(i * step)
  return { low: first, high: last, ticks, label: label(step) }
}

/** The position of a value: 0 at the low end, 1 at the high end. */
export const part = ({ low, high }: Axis, value: number): number => (value - low) / (high - low)
