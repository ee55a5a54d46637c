/** A task whose evaluations follow a script: for tests of what a training program does with its metrics. */
import type { Metrics } from "../pipeline/task/Metric.ts"
import type { Task } from "../pipeline/task/Task.ts"

/** Sums of the metrics of the batches, and the number of batches. */
export interface Scripted {
  readonly sums: Metrics
  readonly count: number
}

/** The metrics of each evaluated batch, from 0: a list whose last entry is repeated, or a function. */
export type Script = readonly [Metrics, ...ReadonlyArray<Metrics>] | ((batch: number) => Metrics)

const at = (script: Script, batch: number): Metrics => {
  if (typeof script === "function") return script(batch)
  return script[batch] ?? script.at(-1) ?? script[0]
}

const add = (a: Metrics, b: Metrics): Metrics =>
  Object.fromEntries(Object.entries(b).map(([name, value]) => [name, (a[name] ?? 0) + value]))

/**
 * `task` with its model and loss as they are, evaluated by the script: an evaluation reports the mean over its
 * batches. The script continues from evaluation to evaluation, and starts again with each `over`.
 */
export const over = <B, O, S>(task: Task<B, O, S>, script: Script): Task<B, Metrics, Scripted> => {
  let evaluated = 0
  const names = Object.keys(at(script, 0))
  return {
    name: task.name,
    model: task.model,
    sizeOf: task.sizeOf,
    loss: task.loss,
    forward: () => ({}),
    interpret: () => at(script, evaluated++),
    metric: {
      initial: { sums: Object.fromEntries(names.map((name) => [name, 0])), count: 0 },
      update: ({ sums, count }, outputs) => ({ sums: add(sums, outputs), count: count + 1 }),
      result: ({ sums, count }) =>
        Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / Math.max(1, count)]))
    }
  }
}
