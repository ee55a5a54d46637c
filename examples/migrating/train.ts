// train.py beside this file, in Anneal. The same names mean the same: a recipe moves over with its numbers.
// Run: node examples/migrating/train.ts <folder with MNIST's four files>
import * as MainProgram from "anneal/MainProgram"
import * as Run from "anneal/Run"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import digits from "../own-task/digits.ts"

const program = Effect.gen(function* () {
  const { metrics, reason, best } = yield* Run.train(digits, {
    seed: 42,
    data: { root: process.argv[2] ?? "mnist", batch_size: 32 },
    model: { hidden: 64 },
    // L.Trainer(…)
    trainer: { max_epochs: 5, gradient_clip_val: 5, accumulate_grad_batches: 2 },
    // configure_optimizers
    optimizer: { kind: "adamw", lr: 3e-3, weight_decay: 1e-4 },
    // EarlyStopping(monitor="val/accuracy", mode="max", patience=2); ModelCheckpoint watches the objective as well
    callbacks: { early_stopping: { patience: 2 } }
  })
  yield* Console.log(`${reason}: val/accuracy ${metrics["val/accuracy"]?.toFixed(3)}, best in ${best}`)
})

MainProgram.run(program)
