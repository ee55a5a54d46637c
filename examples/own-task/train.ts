// Run: node examples/own-task/train.ts [folder with MNIST's four files]
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as FitOptions from "anneal/FitOptions"
import * as CheckpointDirectory from "anneal/layers/checkpoint/CheckpointDirectory"
import * as AutoDevice from "anneal/layers/device/AutoDevice"
import * as MainProgram from "anneal/MainProgram"
import * as Trainer from "anneal/Trainer"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Classification from "./Classification.ts"
import * as Digits from "./Digits.ts"

const program = Effect.gen(function* () {
  const digits = yield* Digits.open(process.argv[2], 32)
  const task = Classification.make({ ...digits, hidden: 64 })
  const options = FitOptions.make({
    maxEpochs: 3,
    rate: 3e-3,
    retention: FitOptions.keepBest("val/accuracy", "max")
  })
  yield* Trainer.fit(task, digits, options).pipe(
    Stream.filter((event) => event._tag === "EvaluationEnded"),
    Stream.runForEach(({ epoch, metrics }) =>
      Console.log(`epoch ${epoch}: accuracy ${metrics["val/accuracy"]?.toFixed(3)}`)
    )
  )
})

const checkpoints = CheckpointDirectory.layerAt("outputs/own-task")

program.pipe(
  Effect.provide(Layer.mergeAll(AutoDevice.layer, checkpoints.pipe(Layer.provide(NodeServices.layer)))),
  MainProgram.run
)
