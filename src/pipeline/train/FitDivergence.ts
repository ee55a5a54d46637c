/** What is left of a fit that diverged: the state before the step, the batch, and the failure. */
import * as Effect from "effect/Effect"
import type { StepDiverged } from "./Event.ts"
import type { Action, Session } from "./Fit.ts"
import * as Fit from "./Fit.ts"
import { Diverged } from "./FitError.ts"
import * as FitSaving from "./FitSaving.ts"

/** The state before a step that diverged, under a name of its own, which no policy removes. */
const savedBefore = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>, { step }: Diverged) {
  if (session.options.checkpoint === undefined) return []
  const name = `diverged_step-${String(step).padStart(6, "0")}`
  return [yield* FitSaving.saved(session, name, yield* Fit.snapshot(session))]
})

/** Keeps the state before the step that diverged, and reports it with the batch. */
export const report = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  const { diverged } = session
  if (diverged === undefined) return []
  const { error, input } = diverged
  const kept = yield* savedBefore(session, error).pipe(
    // That training diverged is the news, whatever else goes wrong.
    Effect.catchTag(["CheckpointError", "StepRefused"], (failed) =>
      Effect.as(Effect.logError(`the state before the divergence was not saved: ${failed.message}`), [])
    )
  )
  const checkpoint = kept[0]?.path
  const { epoch, batch, step, loss, gradientNorm } = error
  const event: StepDiverged = {
    _tag: "StepDiverged",
    epoch,
    batch,
    step,
    loss,
    gradientNorm,
    input,
    checkpoint
  }
  const reported = checkpoint === undefined ? error : new Diverged({ ...error, saved: checkpoint })
  session.diverged = { error: reported, input }
  return [...kept, event]
})

/** Fails with the divergence, if there was one. */
export const fail = <B, S, I>({ diverged }: Session<B, S, I>): Action<I> =>
  diverged === undefined ? Effect.succeed([]) : Effect.fail(diverged.error)
