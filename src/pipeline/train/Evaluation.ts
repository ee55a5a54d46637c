/** One pass over a data set in evaluation mode, batch by batch, folding what the task saw into metrics. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Device, DeviceError } from "../device/Device.ts"
import * as Monotonic from "../internal/Monotonic.ts"
import type { Variables } from "../nn/Model.ts"
import type { DataError, Dataset } from "../task/Dataset.ts"
import type { Task } from "../task/Task.ts"
import type { EvaluationBatchEnded, EvaluationEnded, EvaluationKind, EvaluationStarted } from "./Event.ts"
import * as Prefetch from "./Prefetch.ts"

export interface EvaluationOptions {
  readonly kind: EvaluationKind
  /** Batches to see, at most the data set's length. */
  readonly batches: number
  readonly epoch: number
  readonly step: number
  /** Batches to make ahead. */
  readonly prefetch: number
}

export interface Evaluation<I> {
  readonly started: EvaluationStarted
  readonly more: () => boolean
  readonly next: (
    variables: Variables
  ) => Effect.Effect<EvaluationBatchEnded<I>, DataError | DeviceError, Device>
  readonly ended: Effect.Effect<EvaluationEnded>
}

const prefixOf: Record<EvaluationKind, string> = { sanity: "sanity", val: "val", test: "test" }

/** Begins an evaluation; its read-ahead ends with the scope. */
export const open = Effect.fnUntraced(function* <B, S, I>(
  task: Task<B, S, I>,
  dataset: Dataset<B>,
  options: EvaluationOptions
): Effect.fn.Return<Evaluation<I>, never, Scope.Scope> {
  const { kind, epoch, step, batches } = options
  const nextBatch = yield* Prefetch.make(dataset, Prefetch.range(epoch, batches), options.prefetch)
  const begun = yield* Monotonic.now
  let state = task.metric.initial
  let batch = 0
  const next = Effect.fnUntraced(function* (variables: Variables) {
    const input = yield* nextBatch
    const outputs = yield* task.evaluate(variables, input)
    state = task.metric.update(state, outputs)
    batch += 1
    yield* Effect.yieldNow
    return { _tag: "EvaluationBatchEnded", kind, epoch, step, batch, batches, outputs } as const
  })
  return {
    started: { _tag: "EvaluationStarted", kind, epoch, step, batches },
    more: () => batch < batches,
    next,
    ended: Effect.map(Monotonic.now, (now) => ({
      _tag: "EvaluationEnded",
      kind,
      epoch,
      step,
      metrics: named(prefixOf[kind], task.metric.result(state)),
      seconds: (now - begun) / 1000
    }))
  }
})

/** Metrics under their prefix, as logs name them: `val/hmean`. */
export const named = (prefix: string, metrics: { readonly [name: string]: number }) =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${prefix}/${name}`, value]))
