/** A training that a program starts, observes and stops: one at a time, and each stop leaves a complete checkpoint. */
import type { Checkpoints } from "anneal/Checkpoints"
import type { Device } from "anneal/Device"
import * as FitOptions from "anneal/FitOptions"
import * as Trainer from "anneal/Trainer"
import { TinyTask } from "anneal/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"

export interface Status {
  readonly state: "idle" | "training" | "stopped" | "done" | "failed"
  readonly step: number
  readonly loss: number | null
}

export class Training extends Context.Service<
  Training,
  {
    /** Starts, or resumes from the given checkpoint; a training that is running is left alone. */
    readonly start: (options: { readonly resume?: string }) => Effect.Effect<void>
    /** Returns when the checkpoint is saved. */
    readonly stop: Effect.Effect<void>
    readonly status: Effect.Effect<Status>
  }
>()("examples/Training") {}

const data = { train: TinyTask.dataset({ seed: 1, batches: 50, batchSize: 8 }) }

const make = Effect.gen(function* () {
  const services = yield* Effect.context<Device | Checkpoints>()
  const handle = yield* FiberHandle.make<void, never>()
  const status = yield* Ref.make<Status>({ state: "idle", step: 0, loss: null })
  const become = (state: Status["state"]) => Ref.update(status, (now) => ({ ...now, state }))
  const training = (resume: string | undefined) =>
    Trainer.fit(TinyTask.make(), data, FitOptions.make({ maxEpochs: 100_000, rate: 0.01, resume })).pipe(
      Stream.runForEach((event) =>
        event._tag === "StepEnded"
          ? Ref.update(status, (now): Status => ({ ...now, step: event.step, loss: event.loss }))
          : Effect.void
      ),
      Effect.andThen(become("done")),
      Effect.catch((error) => Effect.andThen(Effect.logError(error.message), become("failed"))),
      Effect.onInterrupt(() => become("stopped")),
      Effect.provide(services)
    )
  return Training.of({
    start: ({ resume }) =>
      Effect.andThen(become("training"), FiberHandle.run(handle, training(resume), { onlyIfMissing: true })),
    stop: FiberHandle.clear(handle),
    status: Ref.get(status)
  })
})

/** Stops with its scope, so that a server that shuts down leaves a checkpoint to resume from. */
export const layer: Layer.Layer<Training, never, Device | Checkpoints> = Layer.effect(Training, make)
