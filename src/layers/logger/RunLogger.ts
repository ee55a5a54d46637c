/** The one logger factory: from the decoded plan to a layer that fans entries out to the chosen sinks. */
import { join } from "node:path"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { LoggerPlan } from "../../pipeline/plan/LoggerPlan.ts"
import { ConsoleLines } from "../../pipeline/run/ConsoleLines.ts"
import { RunDirectory } from "../../pipeline/run/RunDirectory.ts"
import { RunLogger, type RunStatus } from "../../pipeline/run/RunLogger.ts"
import * as CheckpointReference from "../checkpoint/CheckpointReference.ts"
import type { Entry, Sink, SinkError, SinkOptions, SinkServices } from "./sink/Sink.ts"
import * as SinkQueue from "./sink/SinkQueue.ts"

type Opening = (options: SinkOptions) => Effect.Effect<Sink, SinkError, SinkServices>

interface Chosen {
  readonly name: string
  readonly open: Opening
}

/** Opens a sink and loads its module only then: sinks that are not chosen cost nothing. */
const lazily =
  (load: () => Promise<Opening>): Opening =>
  (options) =>
    Effect.flatMap(Effect.promise(load), (open) => open(options))

/** The client of a tracker is loaded by the thread that delivers to it, never here. */
const tracker = (name: string, plan: unknown) => () =>
  import("./delivery/SpoolThread.ts").then(({ open }) => open(name, plan))

/** The sinks that a plan asks for. */
const chosen = (plan: LoggerPlan): ReadonlyArray<Chosen> => {
  const { csv, jsonl, tensorboard, wandb, mlflow, opentelemetry } = plan
  const sinks = [
    { ...csv, name: "csv", load: () => import("./Csv.ts").then(({ open }) => open) },
    { ...jsonl, name: "jsonl", load: () => import("./JsonLines.ts").then(({ open }) => open) },
    {
      ...tensorboard,
      name: "tensorboard",
      load: () => import("./tensorboard/TensorBoard.ts").then(({ open }) => open)
    },
    { ...wandb, name: "wandb", load: tracker("wandb", wandb) },
    { ...mlflow, name: "mlflow", load: tracker("mlflow", mlflow) },
    {
      ...opentelemetry,
      name: "opentelemetry",
      load: () =>
        import("./OpenTelemetry.ts").then(
          ({ open }) =>
            () =>
              open
        )
    }
  ]
  return sinks.filter(({ enabled }) => enabled).map(({ name, load }) => ({ name, open: lazily(load) }))
}

const statusOf = (exit: Exit.Exit<unknown, unknown>): RunStatus => {
  if (exit._tag === "Success") return "done"
  return Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"
}

/** Opens a sink; one that cannot be opened is reported, and the run goes on without it. */
const opened = ({ open }: Chosen, options: SinkOptions) =>
  open(options).pipe(
    Effect.flatMap(SinkQueue.make),
    Effect.map((queue) => [queue]),
    Effect.catch((error) => Effect.as(Effect.logWarning(`${error.message}; training goes on without it`), []))
  )

const service = (queues: ReadonlyArray<SinkQueue.SinkQueue>): RunLogger["Service"] => {
  let finished = false
  const give = (entryAt: (time: number) => Entry): Effect.Effect<void> =>
    Effect.map(Clock.currentTimeMillis, (time) => {
      const entry = entryAt(time)
      for (const queue of queues) queue.give(entry)
    })
  const closeAll = Effect.forEach(queues, ({ close }) => close, { concurrency: "unbounded" }).pipe(
    Effect.flatMap((said) => Effect.forEach(said.flat(), (line) => Effect.logWarning(line))),
    Effect.asVoid
  )
  return RunLogger.of({
    // A copy, since the values are written later and the caller may change the object meanwhile.
    scalars: (step, values) => give((time) => ({ _tag: "Scalars", time, step, values: { ...values } })),
    image: (step, name, image) => give((time) => ({ _tag: "Image", time, step, name, image })),
    histogram: (step, name, histogram) =>
      give((time) => ({ _tag: "Histogram", time, step, name, histogram })),
    table: (step, name, table) => give((time) => ({ _tag: "Table", time, step, name, table })),
    text: (step, name, text) => give((time) => ({ _tag: "Text", time, step, name, text })),
    hyperparameters: (plan) => give((time) => ({ _tag: "Hyperparameters", time, plan })),
    artifact: (name, path, aliases) => give((time) => ({ _tag: "Artifact", time, name, path, aliases })),
    flush: Effect.suspend(() =>
      finished ? Effect.void : Effect.forEach(queues, ({ flush }) => flush, { discard: true })
    ),
    finish: (status, summary) =>
      Effect.suspend(() => {
        if (finished) return Effect.void
        finished = true
        return Effect.andThen(
          give((time) => ({ _tag: "Finish", time, status, summary })),
          closeAll
        )
      })
  })
}

export interface RunLoggerOptions {
  /**
   * The optimizer step of the checkpoint that a run resumes from; what was logged later is removed. Without it, a
   * reopened run directory resumes from its `last`. `LoggedCheckpoints.layerWith` determines it by itself.
   */
  readonly resumedFrom?: number
  /** Seconds between samples of the machine, for trackers; 15 by default. */
  readonly sampleEvery?: number
}

/** Reports the run's use of its machine to trackers. */
const watchSystem = (trackers: ReadonlyArray<SinkQueue.SinkQueue>, interval: number | undefined) =>
  Effect.flatMap(
    Effect.promise(() => import("./SystemWatch.ts")),
    ({ start }) =>
      start((sample) => {
        for (const tracker of trackers) tracker.give(sample)
      }, interval)
  )

/** Passes the console lines of the process to the sinks that keep them. */
const watchConsole = Effect.fnUntraced(function* (keepers: ReadonlyArray<SinkQueue.SinkQueue>) {
  const subscribe = yield* ConsoleLines
  const clock = yield* Clock.Clock
  yield* subscribe((line) => {
    const time = clock.currentTimeMillisUnsafe()
    for (const keeper of keepers) keeper.give({ _tag: "Console", time, ...line })
  })
})

const doneWithout = ({ message }: SinkError) =>
  Layer.effectDiscard(Effect.logWarning(`${message}; training goes on without it`))

/** Traces of the run, if a collector is configured. */
const telemetry = ({ opentelemetry, finish_timeout }: LoggerPlan): Layer.Layer<never, never, RunDirectory> =>
  opentelemetry.enabled
    ? Layer.unwrap(
        Effect.map(
          Effect.promise(() => import("./OpenTelemetry.ts")),
          ({ layer }) => layer(opentelemetry, finish_timeout).pipe(Layer.catch(doneWithout))
        )
      )
    : Layer.empty

/** The step of a reopened run's `last`; that of its record if its checkpoints are elsewhere. */
const reopenedFrom = Effect.fnUntraced(function* ({ path, record }: RunDirectory["Service"]) {
  const fs = yield* FileSystem.FileSystem
  const { resumes, steps } = yield* record
  if (resumes.length === 0) return undefined
  const last = yield* Effect.option(CheckpointReference.stateOf(fs, join(path, "checkpoints"), "last"))
  return Option.match(last, { onNone: () => steps, onSome: ({ step }) => step })
})

/**
 * Writes to the sinks of `plan`. It never fails: a sink that fails is reported once, and again at the end. At the end
 * of the scope the run is finished with the status of the exit and the metrics of its record, unless `finish` was
 * called.
 */
export const layer = (
  plan: LoggerPlan,
  options: RunLoggerOptions = {}
): Layer.Layer<RunLogger, never, RunDirectory | FileSystem.FileSystem> =>
  Layer.effect(
    RunLogger,
    Effect.gen(function* () {
      const run = yield* RunDirectory
      const resumedFrom = options.resumedFrom ?? (yield* reopenedFrom(run))
      const sinkOptions = { resumedFrom, closeWithin: plan.finish_timeout }
      const queues = yield* Effect.forEach(chosen(plan), (one) => opened(one, sinkOptions))
      const trackers = queues.flat().filter(({ name }) => name === "wandb" || name === "mlflow")
      if (trackers.length > 0) yield* watchSystem(trackers, options.sampleEvery)
      const keepers = trackers.filter(({ name }) => name === "wandb")
      if (keepers.length > 0) yield* watchConsole(keepers)
      return yield* Effect.acquireRelease(
        Effect.sync(() => service(queues.flat())),
        (logger, exit) => Effect.flatMap(run.record, ({ metrics }) => logger.finish(statusOf(exit), metrics))
      )
    })
    // The exporter closes after the sinks, so that it posts their last numbers.
  ).pipe(Layer.provideMerge(telemetry(plan)))
