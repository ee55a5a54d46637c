/** A metric folds what evaluation saw into named numbers; its state is a plain value. */

export interface Metrics {
  /** Names as the field writes them, e.g. `hmean`; in [0, 1] unless the metric says otherwise. */
  readonly [name: string]: number
}

/** Those that JSON has a word for. */
export const finite = (metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)))

export interface Metric<S, I> {
  readonly initial: S
  readonly update: (state: S, outputs: I) => S
  readonly result: (state: S) => Metrics
}
