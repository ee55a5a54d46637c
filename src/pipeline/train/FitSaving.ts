/** The checkpoints of a fit: what retention decides is written, and only then is anything removed. */
import * as Effect from "effect/Effect"
import * as Monotonic from "../internal/Monotonic.ts"
import { Checkpoints, type Snapshot } from "./Checkpoints.ts"
import type { CheckpointRemoved, CheckpointSaved } from "./Event.ts"
import type { Session } from "./Fit.ts"
import * as Fit from "./Fit.ts"
import * as FitCheckpoint from "./FitCheckpoint.ts"
import * as Retention from "./Retention.ts"

const bestAlias = <B, S, I>({ options, state }: Session<B, S, I>, name: string): ReadonlyArray<string> => {
  const retention = options.checkpoint?.retention
  return retention !== undefined && Retention.best(retention, state.kept)?.name === name ? ["best"] : []
}

/** Writes a checkpoint of the session's state, and tells so. */
export const saved = Effect.fnUntraced(function* <B, S, I>(
  session: Session<B, S, I>,
  name: string,
  snapshot: Snapshot
) {
  const checkpoints = yield* Checkpoints
  const { position, metrics } = session.state
  const begun = yield* Monotonic.now
  const { path } = yield* checkpoints.save(name, snapshot)
  const now = yield* Monotonic.now
  session.savedAt = now
  if (name === "last") session.unsaved = false
  const event: CheckpointSaved = {
    _tag: "CheckpointSaved",
    name,
    path,
    epoch: position.epoch,
    step: position.step,
    aliases: name === "last" ? ["last"] : bestAlias(session, name),
    metrics,
    seconds: (now - begun) / 1000
  }
  return event
})

/** What ranked checkpoints hold; `last` is always whole. */
const ranked = <B, S, I>({ options }: Session<B, S, I>, whole: Snapshot): Snapshot =>
  options.checkpoint?.saveWeightsOnly === true ? FitCheckpoint.weightsOnly(whole) : whole

/** Removes what was let go; a run that was killed before it did so does it when it goes on. */
export const removePending = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  const checkpoints = yield* Checkpoints
  const events: Array<CheckpointRemoved> = []
  for (const name of session.state.pendingDeletes) {
    yield* checkpoints.remove(name)
    events.push({ _tag: "CheckpointRemoved", name })
  }
  session.state = { ...session.state, pendingDeletes: [] }
  return events
})

/** Saves what `decision` says of a state that remembers it, and only then removes. */
const carriedOut = Effect.fnUntraced(function* <B, S, I>(
  session: Session<B, S, I>,
  decision: Retention.Decision
) {
  const whole = yield* Fit.snapshot(session)
  const events: Array<CheckpointSaved> = []
  for (const name of decision.save) {
    events.push(yield* saved(session, name, name === "last" ? whole : ranked(session, whole)))
  }
  return [...events, ...(yield* removePending(session))]
})

/** Asks the retention policy what to keep and does so; where that fails, the save point stays due. */
export const savePoint = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  const retention = session.options.checkpoint?.retention
  if (retention === undefined) return []
  const before = session.state
  const { position, metrics, kept } = before
  const decision = Retention.decide(retention, kept, { epoch: position.epoch, step: position.step, metrics })
  const { remove: pendingDeletes } = decision
  session.state = { ...before, kept: decision.kept, pendingDeletes, position: { ...position, saving: false } }
  return yield* carriedOut(session, decision).pipe(
    Effect.tapError(() =>
      Effect.sync(() => {
        session.state = before
      })
    )
  )
})

/** Writes `last` when the newest state is nowhere yet. */
export const saveLast = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  if (!session.unsaved || session.options.checkpoint?.retention.saveLast !== true) return []
  return [yield* saved(session, "last", yield* Fit.snapshot(session))]
})
