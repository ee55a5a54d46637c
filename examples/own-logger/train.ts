// Run: node examples/own-logger/train.ts
import type { Event } from "anneal/Event"
import * as FitOptions from "anneal/FitOptions"
import * as AutoDevice from "anneal/layers/device/AutoDevice"
import * as MainProgram from "anneal/MainProgram"
import { RunLogger } from "anneal/RunLogger"
import * as Trainer from "anneal/Trainer"
import { MemoryCheckpoints, TinyTask } from "anneal/testing"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as ChartLogger from "./ChartLogger.ts"

const data = {
  train: TinyTask.dataset({ seed: 1, batches: 20, batchSize: 8 }),
  val: TinyTask.dataset({ seed: 2, batches: 4, batchSize: 8 })
}

const program = Effect.gen(function* () {
  const logger = yield* RunLogger
  const log = (event: Event) => {
    if (event._tag === "EpochEnded") return logger.scalars(event.step, { "train/loss": event.loss })
    return event._tag === "EvaluationEnded" ? logger.scalars(event.step, event.metrics) : Effect.void
  }
  const options = FitOptions.make({ maxEpochs: 12, rate: 0.05 })
  yield* Stream.runDrain(Trainer.fit(TinyTask.make(), data, options, log))
  yield* logger.finish("done", {})
})

program.pipe(Effect.provide([AutoDevice.layer, MemoryCheckpoints.layer, ChartLogger.layer]), MainProgram.run)
