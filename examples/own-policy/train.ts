// Run: node examples/own-policy/train.ts
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as FitOptions from "anneal/FitOptions"
import * as CheckpointDirectory from "anneal/layers/checkpoint/CheckpointDirectory"
import * as AutoDevice from "anneal/layers/device/AutoDevice"
import * as MainProgram from "anneal/MainProgram"
import * as Trainer from "anneal/Trainer"
import { TinyTask } from "anneal/testing"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { onSpike, publishBest, stopAt } from "./policies.ts"

const data = {
  train: TinyTask.dataset({ seed: 1, batches: 20, batchSize: 8 }),
  val: TinyTask.dataset({ seed: 2, batches: 4, batchSize: 8 })
}

const options = FitOptions.make({
  maxEpochs: 200,
  rate: 0.05,
  retention: FitOptions.keepBest("val/mse", "min")
})

// Called by the trainer itself, so that no checkpoint is missed if the run is interrupted.
const publish = publishBest("outputs/own-policy/published")

const program = Trainer.fit(TinyTask.make({ dropout: 0.1 }), data, options, publish).pipe(
  stopAt("val/mse", 0.1),
  onSpike(2, ({ step, loss, usual }) =>
    Console.log(`step ${step}: loss ${loss.toFixed(3)}, usually ${usual.toFixed(3)}`)
  ),
  Stream.runLast,
  Effect.flatMap((last) => Console.log(`ended with ${last._tag === "Some" ? last.value._tag : "nothing"}`))
)

program.pipe(
  Effect.provide([AutoDevice.layer, CheckpointDirectory.layerAt("outputs/own-policy/checkpoints")]),
  Effect.provide(NodeServices.layer),
  MainProgram.run
)
