/** The metric that a task is judged by: monitors, `best`, sweeps and `runs list` take it from here. */

export interface Objective {
  /** As the task's metric reports it, without a prefix: `accuracy`, not `val/accuracy`. */
  readonly metric: string
  readonly mode: "min" | "max"
}

/** The metric's name in logs and monitors. */
export const monitorOf = ({ metric }: Objective): string => `val/${metric}`

/** Whether `value` is better than `other`; a value that is not a number is better than none. */
export const isBetter = ({ mode }: Objective, value: number, other: number): boolean =>
  mode === "max" ? value > other : value < other
