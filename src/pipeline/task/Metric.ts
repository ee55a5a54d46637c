/** A metric folds what a task makes of evaluated batches into named numbers; its state is a plain value. */

export interface Metrics {
  /** Short names such as `hmean`; values are in [0, 1] unless the metric says otherwise. */
  readonly [name: string]: number
}

/** The metrics that are finite, and so can be written as JSON. */
export const finite = (metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)))

export interface Metric<S, I> {
  /** The state before the first batch. */
  readonly initial: S
  readonly update: (state: S, outputs: I) => S
  readonly result: (state: S) => Metrics
}
