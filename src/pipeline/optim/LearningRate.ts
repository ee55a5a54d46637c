/**
 * Learning rates as plain functions of the optimizer step and the epoch, both counted from 0.
 *
 * The formulas are those of PyTorch's `lr_scheduler` in closed form, so that a resumed run needs no state. A curve is a
 * function of one count: `perEpoch` makes it count epochs instead of steps.
 */

/** `step` is the number of optimizer steps before this one, `epoch` that of finished epochs. */
export type LearningRate = (step: number, epoch: number) => number

/** A rate as a function of one count, steps or epochs, from 0. */
export type Curve = (count: number) => number

export const constant =
  (rate: number): Curve =>
  () =>
    rate

/** `curve`, counting epochs. */
export const perEpoch =
  (curve: Curve): LearningRate =>
  (_, epoch) =>
    curve(epoch)

/** From `rate · start` to `rate · end` in a straight line over `steps`, then level (LinearLR). */
export const linear = (options: {
  readonly rate: number
  readonly start: number
  readonly end: number
  readonly steps: number
}): Curve => {
  const { rate, start, end } = options
  const span = Math.max(1, options.steps)
  return (count) => rate * (start + (end - start) * Math.min(1, count / span))
}

/** What is left of a half cosine after the fraction `part` of its length: 1 at 0, 0 at 1. */
const cosineLeft = (part: number): number => (1 + Math.cos(Math.PI * part)) / 2

/**
 * Half a cosine from `rate` down to `final` over `steps` (Loshchilov and Hutter, SGDR, 2017, without restarts),
 * then `final`.
 */
export const cosine = (options: {
  readonly rate: number
  readonly steps: number
  readonly final: number
}): Curve => {
  const { rate, final } = options
  const span = Math.max(1, options.steps)
  return (count) => final + (rate - final) * cosineLeft(Math.min(1, count / span))
}

/** The position of `count` within its cycle, in [0, 1); cycles last `first`, `first · multiplier`, … steps. */
const partOfCycle = (count: number, first: number, multiplier: number): number => {
  if (multiplier === 1) return (count % first) / first
  let begin = 0
  let length = first
  while (count >= begin + length) {
    begin += length
    length *= multiplier
  }
  return (count - begin) / length
}

/** Half cosines from `rate` to `final` that restart; each cycle is `multiplier` times as long as the one before (SGDR). */
export const cosineRestarts =
  (options: {
    readonly rate: number
    /** Steps of the first cycle, at least 1. */
    readonly first: number
    /** A whole number, at least 1. */
    readonly multiplier: number
    readonly final: number
  }): Curve =>
  (count) =>
    options.final +
    (options.rate - options.final) * cosineLeft(partOfCycle(count, options.first, options.multiplier))

/** Multiplied by `gamma` every `every` steps (StepLR). */
export const step =
  (options: { readonly rate: number; readonly every: number; readonly gamma: number }): Curve =>
  (count) =>
    options.rate * options.gamma ** Math.floor(count / options.every)

/** Multiplied by `gamma` at each milestone (MultiStepLR). */
export const multiStep =
  (options: {
    readonly rate: number
    readonly milestones: ReadonlyArray<number>
    readonly gamma: number
  }): Curve =>
  (count) =>
    options.rate * options.gamma ** options.milestones.filter((milestone) => milestone <= count).length

/** Multiplied by `gamma` at every step (ExponentialLR). */
export const exponential =
  (options: { readonly rate: number; readonly gamma: number }): Curve =>
  (count) =>
    options.rate * options.gamma ** count

/** `rate · (1 − count / steps)^power`, then 0 (PolynomialLR). */
export const polynomial = (options: {
  readonly rate: number
  readonly steps: number
  readonly power: number
}): Curve => {
  const span = Math.max(1, options.steps)
  return (count) => options.rate * (1 - Math.min(1, count / span)) ** options.power
}

/** How one rate changes to another. */
export type Anneal = "cos" | "linear"

const between = (anneal: Anneal, from: number, to: number, part: number): number =>
  anneal === "cos" ? to + (from - to) * cosineLeft(part) : from + (to - from) * part

/**
 * Up from `rate / divide` to `rate` over the first part of `steps`, then down to `rate / divide / finalDivide`
 * (Smith and Topin, 2018; OneCycleLR in two phases).
 */
export const oneCycle = (options: {
  /** The peak. */
  readonly rate: number
  readonly steps: number
  /** Fraction of the steps in which the rate rises, in (0, 1). */
  readonly rise: number
  readonly divide: number
  readonly finalDivide: number
  readonly anneal: Anneal
}): Curve => {
  const { rate, anneal } = options
  const begin = rate / options.divide
  const end = begin / options.finalDivide
  const last = Math.max(1, options.steps - 1)
  const top = options.rise * options.steps - 1
  return (count) =>
    count <= top
      ? between(anneal, begin, rate, top === 0 ? 1 : count / top)
      : between(anneal, rate, end, Math.min(1, (count - top) / Math.max(1e-9, last - top)))
}

/** Curves one after another, each counting from where it begins; the last one continues (SequentialLR). */
export const sequence =
  (
    parts: ReadonlyArray<{
      readonly curve: Curve
      /** Count at which it begins; ascending, 0 for the first. */
      readonly from: number
    }>
  ): Curve =>
  (count) => {
    const part = parts.findLast(({ from }) => from <= count) ?? parts[0]
    return part === undefined ? 0 : part.curve(count - part.from)
  }

/** A straight line from `rate / steps` up to `rate`, then `after`, which counts steps from the end of the warm-up. */
export const warmUp = (options: {
  readonly rate: number
  readonly steps: number
  readonly after: LearningRate
}): LearningRate =>
  options.steps === 0
    ? options.after
    : (step, epoch) =>
        step < options.steps
          ? (options.rate * (step + 1)) / options.steps
          : options.after(step - options.steps, epoch)

/** From `before` to the constant `rate` within `epochs` epochs from `fromEpoch` on, as SWALR for averaging. */
export const settling = (options: {
  readonly before: LearningRate
  readonly rate: number
  /** Epoch, counted from 0, at whose beginning the change starts. */
  readonly fromEpoch: number
  readonly epochs: number
  readonly anneal: Anneal
}): LearningRate => {
  const { before, rate, fromEpoch, anneal } = options
  return (step, epoch) =>
    epoch < fromEpoch
      ? before(step, epoch)
      : between(
          anneal,
          before(step, epoch),
          rate,
          options.epochs === 0 ? 1 : Math.min(1, (epoch - fromEpoch) / options.epochs)
        )
}
