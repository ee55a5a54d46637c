// Run: npm start; to resume the last run: npm start -- last
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CheckpointDirectory from "anneal/layers/checkpoint/CheckpointDirectory"
import * as AutoDevice from "anneal/layers/device/AutoDevice"
import * as MainProgram from "anneal/MainProgram"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Classifier from "./classifier.ts"
import * as Points from "./points.ts"
import { program, reason } from "./program.ts"

const data = {
  train: Points.dataset({ seed: 1, batches: 40, batchSize: 32 }),
  val: Points.dataset({ seed: 2, batches: 10, batchSize: 32 })
}

const checkpoints = CheckpointDirectory.layerAt("outputs/points").pipe(Layer.provide(NodeServices.layer))

program(Classifier.task, data, process.argv[2]).pipe(
  reason,
  Effect.flatMap((why) => Console.log(`${why}. Checkpoints are in outputs/points`)),
  Effect.provide([AutoDevice.layer, checkpoints]),
  MainProgram.run
)
