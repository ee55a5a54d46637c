// The Anneal counterpart of train.py in this folder. The same names mean the same, so a recipe keeps its numbers.
// Run: node examples/migrating/train.ts [folder with MNIST's four files]
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as FitOptions from "anneal/FitOptions"
import * as CheckpointDirectory from "anneal/layers/checkpoint/CheckpointDirectory"
import * as AutoDevice from "anneal/layers/device/AutoDevice"
import * as MainProgram from "anneal/MainProgram"
import * as Optimizer from "anneal/Optimizer"
import * as StopRule from "anneal/StopRule"
import * as Trainer from "anneal/Trainer"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Classification from "../own-task/Classification.ts"
import * as Digits from "../own-task/Digits.ts"

// EarlyStopping(monitor="val/accuracy", mode="max", patience=2)
const earlyStopping = StopRule.earlyStopping({
  monitor: "val/accuracy",
  mode: "max",
  patience: 2
})

// L.Trainer(…) and configure_optimizers
const options = FitOptions.make({
  seed: 42,
  maxEpochs: 5,
  gradientClip: { value: 5, algorithm: "norm" },
  accumulateGradBatches: 2,
  optimizer: Optimizer.adamW({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 1e-4 }),
  rate: 3e-3,
  // ModelCheckpoint(monitor="val/accuracy", mode="max", save_last=True)
  retention: FitOptions.keepBest("val/accuracy", "max"),
  stopRules: [earlyStopping]
})

const program = Effect.gen(function* () {
  const digits = yield* Digits.open(process.argv[2], 32)
  const task = Classification.make({ ...digits, hidden: 64 })
  yield* Trainer.fit(task, digits, options).pipe(
    Stream.filter((event) => event._tag === "EvaluationEnded" || event._tag === "FitEnded"),
    Stream.runForEach((event) =>
      Console.log(
        event._tag === "FitEnded" ? event.reason : `val/accuracy ${event.metrics["val/accuracy"]?.toFixed(3)}`
      )
    )
  )
})

const checkpoints = CheckpointDirectory.layerAt("outputs/migrating").pipe(Layer.provide(NodeServices.layer))

program.pipe(Effect.provide([AutoDevice.layer, checkpoints]), MainProgram.run)
