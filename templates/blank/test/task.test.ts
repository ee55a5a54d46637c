/** Tests of the task: that it learns, on the reference engine, and that it has a whole run. */
import { fileURLToPath } from "node:url"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import * as Dataset from "anneal/Dataset"
import * as FitOptions from "anneal/FitOptions"
import * as Device from "anneal/layers/device/Device"
import * as Run from "anneal/Run"
import * as Trainer from "anneal/Trainer"
import { MemoryCheckpoints } from "anneal/testing"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Points from "../src/points.ts"
import module, { task } from "../src/task.ts"

/** Plain JavaScript: slow, and the same everywhere. */
const reference = Device.layer({ accelerator: "cpu", devices: 1, strategy: "auto", precision: "32-true" })

it.effect("memorizes a few points", () =>
  Effect.gen(function* () {
    const train = Points.drawn("train", 64, 1).pipe(Dataset.batch(32))
    const losses = yield* Trainer.fit(
      task(32),
      { train },
      FitOptions.make({ maxEpochs: 100, rate: 0.03 })
    ).pipe(
      Stream.filter((event) => event._tag === "EpochEnded"),
      Stream.map(({ loss }) => loss),
      Stream.runCollect
    )
    assert.lengthOf(losses, 100)
    assert.isBelow(losses.at(-1) ?? 1, 0.1 * (losses[0] ?? 0))
  }).pipe(Effect.provide([reference, MemoryCheckpoints.layer]))
)

it.live("trains, tests and predicts", () =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const paths = { output_dir: yield* fs.makeTempDirectoryScoped() }
    yield* Run.train(
      module,
      { paths, data: { points: 128 }, trainer: { max_epochs: 1 } },
      { device: reference }
    )
    const { metrics } = yield* Run.test(module, { paths }, { device: reference })
    assert.hasAllKeys(metrics, ["test/accuracy"])
    const points = fileURLToPath(new URL("../points.csv", import.meta.url))
    const { directory } = yield* Run.predict(module, { paths, points }, { device: reference })
    const rows = yield* fs.readFileString(`${directory}/predictions.csv`)
    assert.match(rows, /^x,y,class\n0\.5,0\.1,(first|second)\n/)
  }).pipe(Effect.provide(NodeServices.layer))
)

it.effect("refuses a line that is no point, with its number", () =>
  Effect.gen(function* () {
    const { message } = yield* Effect.flip(Points.read("points.csv"))
    assert.strictEqual(message, 'points.csv:3: "0.5,left" is not two numbers. Correct the line, or remove it')
  }).pipe(
    Effect.provide(
      Layer.merge(
        NodeServices.layer,
        FileSystem.layerNoop({ readFileString: () => Effect.succeed("x,y\n0.1,0.2\n0.5,left\n") })
      )
    )
  )
)
