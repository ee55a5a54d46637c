/**
 * `npm run bench:leak -- [--steps 2000] [--accelerator auto] [--threads 2]`: trains the small DBNet on small crops of
 * receipts drawn on the fly, and looks at tensors after each step and at resident memory now and then.
 *
 * Ends with 1 when the number of tensors is not the same after every step, or resident memory has grown by 5 % over
 * these steps, which follow half as many of warm-up: until then allocators and compilers settle. Before memory is looked at,
 * V8 is asked for all that it can give back: pages that it keeps for young objects come and go by tens of MiB
 * otherwise, and hide what is looked for.
 */
import { parseArgs } from "node:util"
import { Effect, Layer, Schema, Stream } from "effect"
import * as DeviceLayer from "../src/layers/device/Device.ts"
import * as CanvasLayer from "../src/layers/image/Canvas.ts"
import { Device } from "../src/pipeline/device/Device.ts"
import * as FitOptions from "../src/pipeline/train/FitOptions.ts"
import * as Trainer from "../src/pipeline/train/Trainer.ts"
import * as Batch from "../src/tasks/textDetection/data/Batch.ts"
import * as Transform from "../src/tasks/textDetection/data/Transform.ts"
import * as Dbnet from "../src/tasks/textDetection/model/Dbnet.ts"
import * as SynthSource from "../src/tasks/textDetection/synthetic/SynthSource.ts"
import * as TextDetection from "../src/tasks/textDetection/TextDetection.ts"
import { MemoryCheckpoints } from "../src/testing/index.ts"
import { mostGrowth, resident } from "./fixtures/resident.ts"

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "2000" },
    accelerator: { type: "string", default: "auto" },
    threads: { type: "string" }
  }
})
const steps = Number(values.steps)
const warmUp = Math.floor(steps / 2)

const Accelerator = Schema.Literals(["auto", "cpu", "wasm", "native", "gpu", "webgpu"])

interface Seen {
  readonly step: number
  readonly tensors: number
  readonly resident: number
}

const line = ({ step, tensors, resident }: Seen): string =>
  `step ${String(step).padStart(5)}  ${tensors} tensors  ${(resident / 2 ** 20).toFixed(1)} MiB resident`

const program = Effect.gen(function* () {
  const { info, memory } = yield* Device
  console.log(
    `${info.name}, Node ${process.version}, ${warmUp} and ${steps} steps of dbnet_tiny on 64 x 64 pixels, batch 2`
  )
  const source = yield* SynthSource.make("leak", {
    size: 64,
    seed: 1,
    width: [96, 96],
    height: [96, 128],
    textHeight: [8, 12]
  })
  const task = TextDetection.make({ model: Dbnet.make("dbnet_tiny", Dbnet.dbnetTiny) })
  const train = Batch.trainingDataset({
    source,
    seed: 1,
    batchSize: 2,
    repeat: 4,
    augment: { ...Transform.defaults, crop: 64, long_side: 96 }
  })
  const options = { ...FitOptions.make({ maxSteps: warmUp + steps }), checkpoint: undefined }
  const seen: Array<Seen> = []
  const counts = new Set<number>()
  yield* Trainer.fit(task, { train }, options).pipe(
    Stream.runForEach((event) =>
      Effect.gen(function* () {
        if (event._tag !== "StepEnded") return
        const { numTensors } = yield* memory
        counts.add(numTensors)
        if (event.step % Math.max(1, Math.floor(steps / 10)) !== 0) return
        const now = { step: event.step, tensors: numTensors, resident: resident() }
        seen.push(now)
        console.log(line(now))
      })
    )
  )
  return { seen, counts }
}).pipe(
  Effect.provide(
    Layer.mergeAll(
      MemoryCheckpoints.make().layer,
      CanvasLayer.layer,
      DeviceLayer.layer({
        accelerator: Schema.decodeUnknownSync(Accelerator)(values.accelerator),
        devices: 1,
        strategy: "auto",
        precision: "32-true",
        ...(values.threads === undefined ? {} : { threads: Number(values.threads) })
      })
    )
  )
)

const { seen, counts } = await Effect.runPromise(program)
const settled = seen.find(({ step }) => step >= warmUp)?.resident ?? Number.NaN
const growth = (seen.at(-1)?.resident ?? Number.NaN) / settled - 1
// The first step makes the optimizer's slots; from then on every step ends with what it began with.
const constant = counts.size === 1
console.log(
  `${constant ? "within" : "ABOVE "} tensors after a step: ${[...counts].join(", ")}${constant ? ", always" : ""}`
)
console.log(
  `${growth < mostGrowth ? "within" : "ABOVE "} resident memory since step ${warmUp}: ${(100 * growth).toFixed(1)} %, less than ${100 * mostGrowth} % is asked for`
)
process.exitCode = constant && growth < mostGrowth ? 0 : 1
