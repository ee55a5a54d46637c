/** Checkpoints that are never ahead of the log: what was logged before a save is on disk before it. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Checkpoints } from "../../pipeline/Checkpoints.ts"
import { RunLogger } from "../../pipeline/RunLogger.ts"

/** Takes the place of the checkpoints that it is given; a run that goes on from one finds no step missing. */
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
