/** Tests of the task: that its whole run works, on the reference engine. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import * as Device from "anneal/layers/device/Device"
import * as Run from "anneal/Run"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import module from "../src/task.ts"

/** Plain JavaScript: slow, and the same everywhere. */
const reference = Device.layer({ accelerator: "cpu", devices: 1, strategy: "auto", precision: "32-true" })

it.live(
  "trains, tests and predicts",
  () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const paths = { output_dir: yield* fs.makeTempDirectoryScoped() }
      const overrides = [`paths.output_dir=${paths.output_dir}`, "data.workers=0"]
      const plan = yield* Run.compose(module, "train", {
        overrides: [
          ...overrides,
          "model.widths=[4,8]",
          "trainer.max_epochs=1",
          "trainer.limit_train_batches=4"
        ]
      })
      yield* Run.train(module, plan, { device: reference })
      const { metrics } = yield* Run.test(module, { paths }, { device: reference })
      assert.containsAllKeys(metrics, ["test/accuracy", "test/recall/circle"])
      const image_dir = "shapes/t10k-images-idx3-ubyte.gz"
      const { samples } = yield* Run.predict(module, { paths, image_dir }, { device: reference })
      assert.strictEqual(samples, 150)
    }).pipe(Effect.provide(NodeServices.layer)),
  60_000
)

it.live("refuses a class that the data has not", () =>
  Effect.gen(function* () {
    const plan = yield* Run.compose(module, "train", { overrides: ["data.classes=[circle,square]"] })
    const { message } = yield* Effect.flip(Run.train(module, plan, { device: reference }))
    assert.match(message, /shapes\/train-labels-idx1-ubyte\.gz/)
  })
)
