/** Checkpoints that are never ahead of the log: what was logged before a save is on disk before the save. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type { LoggerPlan } from "../../pipeline/plan/LoggerPlan.ts"
import { RunDirectory } from "../../pipeline/run/RunDirectory.ts"
import { RunLogger } from "../../pipeline/run/RunLogger.ts"
import { type CheckpointError, Checkpoints } from "../../pipeline/train/Checkpoints.ts"
import * as CheckpointDirectory from "../checkpoint/CheckpointDirectory.ts"
import * as CheckpointReference from "../checkpoint/CheckpointReference.ts"
import * as RunLoggerLayer from "./RunLogger.ts"

/** Replaces the given checkpoints; a run that resumes from one finds no step missing in its log. */
export const layer: Layer.Layer<Checkpoints, never, Checkpoints | RunLogger> = Layer.effect(
  Checkpoints,
  Effect.gen(function* () {
    const checkpoints = yield* Checkpoints
    const { flush } = yield* RunLogger
    return Checkpoints.of({
      ...checkpoints,
      save: (name, snapshot) => Effect.andThen(flush, checkpoints.save(name, snapshot))
    })
  })
)

/** No event reports the `last` that an interruption saves: the end of the run writes its step to `run.json`. */
const recorded: Layer.Layer<Checkpoints, never, Checkpoints | RunDirectory> = Layer.effect(
  Checkpoints,
  Effect.gen(function* () {
    const checkpoints = yield* Checkpoints
    const run = yield* RunDirectory
    let last: number | undefined
    const record = Effect.fnUntraced(function* (step: number) {
      const { steps, checkpoints: names } = yield* run.record
      if (steps === step && names.includes("last")) return
      yield* run.update({ steps: step, checkpoints: [...names.filter((name) => name !== "last"), "last"] })
    })
    yield* Effect.addFinalizer(() =>
      last === undefined
        ? Effect.void
        : record(last).pipe(Effect.catch(({ message }) => Effect.logWarning(message)))
    )
    return Checkpoints.of({
      ...checkpoints,
      save: (name, snapshot) =>
        Effect.tap(checkpoints.save(name, snapshot), ({ state }) =>
          Effect.sync(() => {
            if (name === "last") last = state.step
          })
        )
    })
  })
)

/** The step of the checkpoint that a reopened run resumes from; 0 if it starts again. */
const resumedStep = Effect.fnUntraced(function* (resume: string | undefined) {
  const fs = yield* FileSystem.FileSystem
  const run = yield* RunDirectory
  const { resumes } = yield* run.record
  if (resumes.length === 0) return undefined
  if (resume === undefined) return 0
  const { step } = yield* CheckpointReference.stateOf(fs, CheckpointDirectory.folderOf(run), resume)
  return step
})

/**
 * The checkpoints and the logger of a run directory, which agree wherever the run stops: with `RunRecorder` as the
 * last argument of `Trainer.fit`, a run that was interrupted or killed and then resumed has each row of its log once.
 * `resume` is the one given to `Trainer.fit`: its checkpoint decides which part of an earlier session's log is kept.
 */
export const layerWith = (
  plan: LoggerPlan,
  resume: string | undefined
): Layer.Layer<Checkpoints | RunLogger, CheckpointError, RunDirectory | FileSystem.FileSystem> => {
  const logger = Layer.unwrap(
    Effect.map(resumedStep(resume), (step) =>
      RunLoggerLayer.layer(plan, step === undefined ? {} : { resumedFrom: step })
    )
  )
  const checkpoints = Layer.provide(recorded, CheckpointDirectory.layer)
  return layer.pipe(Layer.provide(checkpoints), Layer.provideMerge(logger))
}
