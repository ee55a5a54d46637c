/** The training program: its options, and what it does with the events. Device and checkpoints are provided by the caller. */
import type { Checkpoints } from "anneal/Checkpoints"
import type { Device } from "anneal/Device"
import type { Event } from "anneal/Event"
import * as FitOptions from "anneal/FitOptions"
import * as StopRule from "anneal/StopRule"
import type { Task } from "anneal/Task"
import * as Trainer from "anneal/Trainer"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

const patient = StopRule.earlyStopping({
  monitor: "val/accuracy",
  mode: "max",
  patience: 5
})

export const options = FitOptions.make({
  seed: 42,
  maxEpochs: 30,
  rate: 0.01,
  retention: FitOptions.keepBest("val/accuracy", "max"),
  stopRules: [patient]
})

/** Prints each validation. The trainer calls it, so that a run that is interrupted and resumed prints each of them once. */
const report = (event: Event) =>
  event._tag === "EvaluationEnded"
    ? Console.log(`epoch ${event.epoch}: accuracy ${event.metrics["val/accuracy"]?.toFixed(3)}`)
    : Effect.void

/** The events of a training, as a stream: nothing runs until it is consumed. */
export const program = <B, S, I>(
  task: Task<B, S, I>,
  data: Trainer.FitData<B>,
  resume?: string
): Stream.Stream<Event<I>, Trainer.FitError, Device | Checkpoints> =>
  Trainer.fit(task, data, { ...options, resume }, report)

/** Runs a program to its end, and returns the reason why it ended. */
export const reason = <I, E, R>(events: Stream.Stream<Event<I>, E, R>): Effect.Effect<string, E, R> =>
  Stream.runFold(
    events,
    () => "",
    (before, event) => (event._tag === "FitEnded" ? event.reason : before)
  )
