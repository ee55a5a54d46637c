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

/** Receipts and a net that are as small as can be. */
const small = [
  "model=dbnet_tiny",
  "data.train_size=2",
  "data.val_size=1",
  "data.long_side=128",
  "data.augment.crop=64",
  "data.workers=0",
  "trainer.max_epochs=1",
  "trainer.num_sanity_val_steps=0",
  "figure_images=0"
]

it.live(
  "trains, and tests what it has trained",
  () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const paths = { output_dir: yield* fs.makeTempDirectoryScoped() }
      const overrides = [`paths.output_dir=${paths.output_dir}`, ...small]
      yield* Run.train(module, yield* Run.compose(module, "train", { overrides }), { device: reference })
      const { metrics } = yield* Run.test(
        module,
        { paths, trainer: { limit_test_batches: 1 } },
        { device: reference }
      )
      assert.containsAllKeys(metrics, ["test/precision", "test/recall", "test/hmean"])
    }).pipe(Effect.provide(NodeServices.layer)),
  120_000
)
