/** A training that a program starts, observes and stops: one at a time, and each stop leaves a run that can be resumed. */
import { Progress } from "anneal/Progress"
import * as Run from "anneal/Run"
import * as TaskModule from "anneal/TaskModule"
import { TinyTask } from "anneal/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"

export interface Status {
  readonly state: "idle" | "training" | "stopped" | "done" | "failed"
  readonly step: number
  readonly loss: number | null
}

export class Training extends Context.Service<
  Training,
  {
    /** Starts, or resumes the last run; a training that is running is left alone. */
    readonly start: (options: { readonly resume?: "last" }) => Effect.Effect<void>
    /** Returns when the checkpoint is saved. */
    readonly stop: Effect.Effect<void>
    readonly status: Effect.Effect<Status>
  }
>()("examples/Training") {}

const task = TaskModule.make({
  name: "tiny",
  plan: Schema.Struct({}),
  objective: { metric: "mse", mode: "min" },
  task: () => TinyTask.make(),
  data: (_, { seed }) =>
    Effect.succeed({
      train: TinyTask.dataset({ seed, batches: 50, batchSize: 8 }),
      val: TinyTask.dataset({ seed: seed + 1, batches: 4, batchSize: 8 })
    })
})

const plan = {
  exp_name: "embedded",
  trainer: { max_epochs: 100_000 },
  callbacks: { early_stopping: { enabled: false } }
}

const make = Effect.gen(function* () {
  const handle = yield* FiberHandle.make<void, never>()
  const status = yield* Ref.make<Status>({ state: "idle", step: 0, loss: null })
  const become = (state: Status["state"]) => Ref.update(status, (now) => ({ ...now, state }))
  const progress = Layer.succeed(Progress, {
    watch: (event) =>
      event._tag === "StepEnded"
        ? Ref.update(status, (now): Status => ({ ...now, step: event.step, loss: event.loss }))
        : Effect.void,
    note: Effect.log,
    warn: Effect.logWarning
  })
  const training = (resume: "last" | null) =>
    Run.train(task, { ...plan, resume }, { progress }).pipe(
      Effect.andThen(become("done")),
      Effect.catch((error) => Effect.andThen(Effect.logError(error.message), become("failed"))),
      Effect.onInterrupt(() => become("stopped"))
    )
  return Training.of({
    start: ({ resume = null }) =>
      Effect.andThen(become("training"), FiberHandle.run(handle, training(resume), { onlyIfMissing: true })),
    stop: FiberHandle.clear(handle),
    status: Ref.get(status)
  })
})

/** Stops with its scope, so that a server that shuts down leaves a run to resume. */
export const layer: Layer.Layer<Training> = Layer.effect(Training, make)
