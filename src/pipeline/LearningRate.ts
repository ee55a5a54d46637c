/** Learning rates as plain functions of the optimizer step, counted from 0. */

export type LearningRate = (step: number) => number

export const constant =
  (rate: number): LearningRate =>
  () =>
    rate

/**
 * Half a cosine from `rate` down to `final` over `steps` (Loshchilov and Hutter, SGDR, 2017, without restarts),
 * then `final`.
 */
export const cosine = (options: {
  readonly rate: number
  readonly steps: number
  readonly final: number
}): LearningRate => {
  const span = Math.max(1, options.steps)
  return (step) =>
    options.final + ((options.rate - options.final) * (1 + Math.cos(Math.PI * Math.min(1, step / span)))) / 2
}

/** A straight line from `rate / steps` up to `rate`, then `after`, whose steps count from the end of the warm-up. */
export const warmUp = (options: {
  readonly rate: number
  readonly steps: number
  readonly after: LearningRate
}): LearningRate =>
  options.steps === 0
    ? options.after
    : (step) =>
        step < options.steps
          ? (options.rate * (step + 1)) / options.steps
          : options.after(step - options.steps)
