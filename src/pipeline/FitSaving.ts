/** The checkpoints of a fit: what retention decides is written, and only then is anything removed. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Checkpoints } from "./Checkpoints.ts"
import type { CheckpointRemoved, CheckpointSaved } from "./Event.ts"
import type { Session } from "./Fit.ts"
import * as Fit from "./Fit.ts"
import * as Retention from "./Retention.ts"

const bestAlias = (options: Retention.RetentionOptions, kept: ReadonlyArray<Retention.Kept>, name: string) =>
  Retention.best(options, kept)?.name === name ? ["best"] : []

/** Asks the retention policy what to keep, writes it, and only then removes what it lets go. */
export const savePoint = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  const retention = session.options.checkpoint?.retention
  if (retention === undefined) return []
  const checkpoints = yield* Checkpoints
  const { position, metrics, kept } = session.state
  const { epoch, step } = position
  const decision = Retention.decide(retention, kept, { epoch, step, metrics })
  session.state = { ...session.state, kept: decision.kept, position: { ...position, saving: false } }
  const whole = yield* Fit.snapshot(session)
  const events: Array<CheckpointSaved | CheckpointRemoved> = []
  for (const name of decision.save) {
    const begun = yield* Clock.currentTimeMillis
    const saved = yield* checkpoints.save(name, whole)
    const now = yield* Clock.currentTimeMillis
    events.push({
      _tag: "CheckpointSaved",
      name,
      path: saved.path,
      epoch,
      step,
      aliases: name === "last" ? ["last"] : bestAlias(retention, decision.kept, name),
      metrics,
      seconds: (now - begun) / 1000
    })
    session.savedAt = now
  }
  for (const name of decision.remove) {
    yield* checkpoints.remove(name)
    events.push({ _tag: "CheckpointRemoved", name })
  }
  if (decision.save.includes("last")) session.unsaved = false
  return events
}, Effect.uninterruptible)

/** Writes `last` when the newest state is nowhere yet. */
export const saveLast = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  if (!session.unsaved || session.options.checkpoint?.retention.saveLast !== true) return []
  const begun = yield* Clock.currentTimeMillis
  const saved = yield* Fit.saveLast(session)
  const now = yield* Clock.currentTimeMillis
  const { position, metrics } = session.state
  const event: CheckpointSaved = {
    _tag: "CheckpointSaved",
    name: saved.name,
    path: saved.path,
    epoch: position.epoch,
    step: position.step,
    aliases: ["last"],
    metrics,
    seconds: (now - begun) / 1000
  }
  return [event]
})
