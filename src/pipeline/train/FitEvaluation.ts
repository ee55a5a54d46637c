/** The evaluations of a fit: before the first step and between steps, and the stop rules that hear of them. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Evaluation from "./Evaluation.ts"
import type { EvaluationKind } from "./Event.ts"
import type { Session } from "./Fit.ts"
import * as FitRules from "./FitRules.ts"
import * as FitState from "./FitState.ts"
import * as Triggers from "./Triggers.ts"

export const begin = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>, kind: EvaluationKind) {
  const { task, data, options, totals, state } = session
  if (data.val === undefined) return []
  const scope = yield* Scope.fork(session.scope)
  const pass = yield* Evaluation.open(task, data.val, {
    kind,
    batches: kind === "sanity" ? totals.sanityBatches : totals.valBatches,
    epoch: state.position.epoch,
    step: state.position.step,
    prefetch: options.prefetch
  }).pipe(Scope.provide(scope))
  session.evaluation = { pass, scope }
  return [pass.started]
})

export const next = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  const { evaluation, state } = session
  if (evaluation === undefined) return []
  return [yield* session.interruptible(evaluation.pass.next(FitState.variables(state.tensors)))]
})

/** Lets every rule see the newest metrics; the first that wants to stop gives the reason. */
const consultRules = <B, S, I>(session: Session<B, S, I>): void => {
  const { metrics, position } = session.state
  const observation = { epoch: position.epoch, step: position.step, metrics }
  const observed = session.state.rules.map((rule) => rule.observe(observation))
  const wish = observed.find(({ stop }) => stop !== undefined)?.stop
  session.state = {
    ...session.state,
    rules: observed.map(({ rule }) => rule),
    rateRules: session.state.rateRules.map((rule) => rule.observe(observation)),
    stop: session.state.stop ?? wish
  }
}

export const end = Effect.fnUntraced(function* <B, S, I>(session: Session<B, S, I>) {
  const { evaluation } = session
  if (evaluation === undefined) return []
  const ended = yield* evaluation.pass.ended
  yield* Scope.close(evaluation.scope, Exit.void)
  session.evaluation = undefined
  if (ended.kind === "val") {
    const { position, metrics } = session.state
    const trainLoss = position.lossCount === 0 ? {} : { "train/loss": position.lossSum / position.lossCount }
    session.state = {
      ...session.state,
      position: { ...position, validating: false, saving: Triggers.shouldSaveAfterEpoch(session) },
      metrics: { ...metrics, ...trainLoss, ...ended.metrics }
    }
    session.unsaved = true
    yield* FitRules.checkReported(session.options, session.state.metrics)
    consultRules(session)
  }
  return [ended]
})
