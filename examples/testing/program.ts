/** A training program for any task, with early stopping, a logger and checkpoints; its layers are provided by the caller. */
import type { Checkpoints } from "anneal/Checkpoints"
import type { Device } from "anneal/Device"
import type { Event } from "anneal/Event"
import * as FitOptions from "anneal/FitOptions"
import { RunLogger } from "anneal/RunLogger"
import * as StopRule from "anneal/StopRule"
import type { Task } from "anneal/Task"
import * as Trainer from "anneal/Trainer"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"

const patient = StopRule.earlyStopping({
  monitor: "val/accuracy",
  mode: "max",
  patience: 2
})

export const options = FitOptions.make({
  maxEpochs: 20,
  retention: FitOptions.keepBest("val/accuracy", "max"),
  stopRules: [patient]
})

/** Trains, logs every epoch, and returns the reason why it ended. */
export const program = <B, S, I>(
  task: Task<B, S, I>,
  data: Trainer.FitData<B>,
  resume?: string
): Effect.Effect<string, Trainer.FitError, RunLogger | Device | Checkpoints> =>
  Effect.gen(function* () {
    const logger = yield* RunLogger
    const log = (event: Event) =>
      event._tag === "EpochEnded" ? logger.scalars(event.step, { "train/loss": event.loss }) : Effect.void
    return yield* Trainer.fit(task, data, { ...options, resume }, log).pipe(
      Stream.runFold(
        () => "",
        (reason, event) => (event._tag === "FitEnded" ? event.reason : reason)
      ),
      Effect.onExit((exit) => logger.finish(Exit.isSuccess(exit) ? "done" : "failed", {}))
    )
  })
