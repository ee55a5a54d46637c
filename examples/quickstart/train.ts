// Run: node examples/quickstart/train.ts
import * as FitOptions from "anneal/FitOptions"
import * as AutoDevice from "anneal/layers/device/AutoDevice"
import * as MainProgram from "anneal/MainProgram"
import * as Trainer from "anneal/Trainer"
import { MemoryCheckpoints, TinyTask } from "anneal/testing"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

const data = { train: TinyTask.dataset({ seed: 1, batches: 20, batchSize: 8 }) }
const program = Trainer.fit(TinyTask.make(), data, FitOptions.make({ maxEpochs: 10, rate: 0.05 })).pipe(
  Stream.filter((event) => event._tag === "EpochEnded"),
  Stream.runForEach(({ epoch, loss }) => Effect.log(`epoch ${epoch}: loss ${loss.toFixed(4)}`))
)
MainProgram.run(Effect.provide(program, [AutoDevice.layer, MemoryCheckpoints.layer]))
