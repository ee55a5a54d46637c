/** One pass over a data set in evaluation mode, batch by batch, which folds what the task gives into metrics. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { Device, type DeviceError } from "../device/Device.ts"
import * as Monotonic from "../internal/Monotonic.ts"
import * as Thrown from "../internal/Thrown.ts"
import * as HostTensor from "../nn/HostTensor.ts"
import type { Variables } from "../nn/Model.ts"
import type { DataError, Dataset } from "../task/Dataset.ts"
import type { Metrics } from "../task/Metric.ts"
import { type Task, TaskFailed } from "../task/Task.ts"
import type { EvaluationEnded, EvaluationKind, Event } from "./Event.ts"
import type * as Loop from "./Loop.ts"
import * as Prefetch from "./Prefetch.ts"

export interface EvaluationOptions {
  readonly kind: EvaluationKind
  /** Batches to evaluate, at most the data set's length. */
  readonly batches: number
  /** Where training stands, for the record. */
  readonly epoch: number
  readonly step: number
  /** Batches to read ahead. */
  readonly prefetch: number
}

/** A pass under way. */
export interface Pass<B, S> {
  readonly nextBatch: Effect.Effect<B, DataError>
  /** Closes the read-ahead. */
  readonly scope: Scope.Closeable
  /** Monotonic clock at the beginning, milliseconds. */
  readonly begun: number
  /** Batches evaluated so far. */
  readonly batch: number
  readonly metric: S
}

/** The part of a run's state that an evaluation changes. */
export interface Evaluating<B, S> {
  /** Absent while nothing is evaluated. */
  readonly evaluation: Pass<B, S> | undefined
}

/** What an evaluation takes from the run that it is part of. */
export interface Within<State, B, S, O, E> {
  readonly task: Task<B, O, S>
  readonly dataset: Dataset<B>
  /** Closes with the run; the read-ahead ends before, with the pass. */
  readonly scope: Scope.Scope
  readonly options: EvaluationOptions
  /** The variables to evaluate, borrowed. */
  readonly variables: (state: State) => Variables
  /** What the run makes of the metrics. */
  readonly conclude: (state: State, ended: EvaluationEnded) => Effect.Effect<State, E>
}

type Action<State, O, S, E> = Loop.Action<State, Event<O, S>, E, Device>

const placeOf = ({ kind, epoch, step }: EvaluationOptions) => ({ kind, epoch, step })

/** Work of the task on the host, whose exceptions are failures of the task. */
const onHost = <A>(
  task: string,
  part: TaskFailed["part"],
  given: string,
  work: () => A
): Effect.Effect<A, TaskFailed> =>
  Effect.try({
    try: work,
    catch: (cause) =>
      new TaskFailed({ task, part, given, problem: `${Thrown.sentence(cause)}${Thrown.place(cause)}` })
  })

const shapesOf = (read: HostTensor.HostTensors): string =>
  Object.entries(read)
    .map(([name, { shape }]) => `${name} [${shape.join(", ")}]`)
    .join(", ")

/** What the model makes of a batch: the forward pass, its tensors read back and freed, and their interpretation. */
const evaluate = Effect.fnUntraced(function* <B, S, O>(
  task: Task<B, O, S>,
  variables: Variables,
  batch: B
): Effect.fn.Return<O, DeviceError | TaskFailed, Device> {
  const device = yield* Device
  const tensors = yield* Effect.acquireUseRelease(
    device.run(`${task.name}.forward`, (tf) => ({
      ...task.forward({ tf, ops: device.ops }, variables, batch)
    })),
    (made) =>
      Effect.forEach(Object.entries(made), ([name, tensor]) =>
        Effect.map(device.read(tensor), (data) => [name, HostTensor.make(data, tensor.shape)] as const)
      ),
    (made) => Effect.sync(() => device.tf.dispose(made))
  )
  const read = Object.fromEntries(tensors)
  return yield* onHost(task.name, "interpret", shapesOf(read), () => task.interpret(read, batch))
})

/** The outputs of a batch, and the metric with them; nothing of a batch without samples. */
const evaluated = Effect.fnUntraced(function* <B, S, O>(
  task: Task<B, O, S>,
  variables: Variables,
  batch: B,
  metric: S,
  kind: EvaluationKind
) {
  if (task.sizeOf(batch) === 0) return { outputs: [], metric }
  const outputs = yield* evaluate(task, variables, batch)
  // Predictions have no truth to be measured by.
  if (kind === "predict") return { outputs: [outputs], metric }
  const next = yield* onHost(task.name, "metric", "what interpret returned", () =>
    task.metric.update(metric, outputs)
  )
  return { outputs: [outputs], metric: next }
})

/** The run's state with a pass that has begun. */
const begin = <State extends Evaluating<B, S>, B, S, O, E>({
  task,
  dataset,
  scope,
  options
}: Within<State, B, S, O, E>): Action<State, O, S, never> =>
  Effect.fnUntraced(function* (state) {
    const own = yield* Scope.fork(scope)
    const places = Prefetch.range(options.epoch, options.batches)
    const nextBatch = yield* Scope.provide(Prefetch.make(dataset, places, options.prefetch), own)
    const begun = yield* Monotonic.now
    const evaluation = { nextBatch, scope: own, begun, batch: 0, metric: task.metric.initial }
    const event = { _tag: "EvaluationStarted", ...placeOf(options), batches: options.batches } as const
    return { state: { ...state, evaluation }, events: [event] }
  })

/** Evaluates the next batch, and counts it in the metric. */
const next = <State extends Evaluating<B, S>, B, S, O, E>(
  { task, options, variables }: Within<State, B, S, O, E>,
  pass: Pass<B, S>
): Action<State, O, S, DataError | DeviceError | TaskFailed> => {
  const { kind, batches } = options
  const batch = pass.batch + 1
  const fetched = Effect.andThen(Effect.yieldNow, pass.nextBatch)
  return (state, interruptible) =>
    Effect.map(
      interruptible(
        Effect.flatMap(fetched, (input) => evaluated(task, variables(state), input, pass.metric, kind))
      ),
      ({ outputs, metric }) => ({
        state: { ...state, evaluation: { ...pass, batch, metric } },
        events: outputs.map((one) => ({
          _tag: "EvaluationBatchEnded" as const,
          ...placeOf(options),
          batch,
          batches,
          outputs: one
        }))
      })
    )
}

/** The metrics of the pass, and what the run makes of them. */
const end = <State extends Evaluating<B, S>, B, S, O, E>(
  { task, options, conclude }: Within<State, B, S, O, E>,
  pass: Pass<B, S>
): Action<State, O, S, E> =>
  Effect.fnUntraced(function* (state) {
    const event: EvaluationEnded<S> = {
      _tag: "EvaluationEnded",
      ...placeOf(options),
      metrics: options.kind === "predict" ? {} : named(options.kind, task.metric.result(pass.metric)),
      state: pass.metric,
      seconds: ((yield* Monotonic.now) - pass.begun) / 1000
    }
    yield* Scope.close(pass.scope, Exit.void)
    return { state: yield* conclude({ ...state, evaluation: undefined }, event), events: [event] }
  })

/** The actions of an evaluation, in a run whose state is `State`. */
export function* actions<State extends Evaluating<B, S>, B, S, O, E>(
  within: Within<State, B, S, O, E>
): Loop.Actions<State, Event<O, S>, DataError | DeviceError | TaskFailed | E, Device> {
  let state: State = yield begin(within)
  let pass = state.evaluation
  while (pass !== undefined && pass.batch < within.options.batches) {
    state = yield next(within, pass)
    pass = state.evaluation
  }
  return pass === undefined ? state : yield end(within, pass)
}

/** Metrics under their prefix, as logs name them: `val/hmean`. */
export const named = (prefix: string, metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${prefix}/${name}`, value]))
