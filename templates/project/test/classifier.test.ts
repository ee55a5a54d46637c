/** Tests that the task learns, which no double can show, on the reference engine: plain JavaScript. */
import { assert, it } from "@effect/vitest"
import * as Dataset from "anneal/Dataset"
import * as FitOptions from "anneal/FitOptions"
import * as Device from "anneal/layers/device/Device"
import * as Trainer from "anneal/Trainer"
import { MemoryCheckpoints } from "anneal/testing"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { task } from "../src/classifier.ts"
import * as Points from "../src/points.ts"

const reference = Device.layer({ accelerator: "cpu", devices: 1, strategy: "auto", precision: "32-true" })

it.effect("memorizes a few points", () =>
  Effect.gen(function* () {
    const train = Dataset.firstEpochOnly(Points.dataset({ seed: 1, batches: 2, batchSize: 32 }))
    const losses = yield* Trainer.fit(task, { train }, FitOptions.make({ maxEpochs: 100, rate: 0.03 })).pipe(
      Stream.filter((event) => event._tag === "EpochEnded"),
      Stream.map(({ loss }) => loss),
      Stream.runCollect
    )
    assert.lengthOf(losses, 100)
    assert.isBelow(losses.at(-1) ?? 1, 0.1 * (losses[0] ?? 0))
  }).pipe(Effect.provide([reference, MemoryCheckpoints.layer]))
)
