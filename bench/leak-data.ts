/**
 * `npm run bench:leak-data -- [--root ../shared/data/sroie-bench] [--epochs 20] [--workers 1]`: makes the training
 * batches of the detector's receipts recipe for so many epochs, in worker threads as a run does, and looks at resident
 * memory after each.
 *
 * Ends with 1 if its median over the last quarter of the epochs is 5 % above that of the quarter before: until then
 * the cache of decoded pictures fills, and allocators settle, which give back pages now and then. Threads are part of the
 * process, so their memory is counted.
 */
import { parseArgs } from "node:util"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Schema, Stream } from "effect"
import * as Workers from "../src/layers/data/Workers.ts"
import * as Canvas from "../src/layers/image/Canvas.ts"
import * as ImageCodec from "../src/layers/image/ImageCodec.ts"
import * as DetectionData from "../src/tasks/textDetection/DetectionData.ts"
import { DetectorPlan } from "../src/tasks/textDetection/DetectionPlan.ts"
import { median } from "./fixtures/median.ts"
import { mostGrowth, resident } from "./fixtures/resident.ts"

const { values } = parseArgs({
  options: {
    root: { type: "string", default: "../shared/data/sroie-bench" },
    epochs: { type: "string", default: "20" },
    workers: { type: "string", default: "1" }
  }
})
const epochs = Number(values.epochs)
const quarter = Math.max(1, Math.floor(epochs / 4))

const plan = Schema.decodeUnknownSync(DetectorPlan)({
  data: {
    kind: "receipts",
    root: values.root,
    workers: Number(values.workers),
    augment: { crop: 320, scale: [0.7, 1.4] }
  }
})

const layer = Workers.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(ImageCodec.layer, Canvas.layer, NodeServices.layer))
)

const program = Effect.gen(function* () {
  const { train } = yield* DetectionData.open(plan, { seed: 1, purpose: "train" })
  console.log(`Node ${process.version}, ${train.samples} pictures of ${values.root}, ${epochs} epochs`)
  const seen: Array<number> = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    const begun = performance.now()
    yield* Stream.range(0, train.length - 1).pipe(
      Stream.mapEffect((index) => train.batch(epoch, index), { concurrency: 2 }),
      Stream.runDrain
    )
    const seconds = (performance.now() - begun) / 1000
    const now = resident()
    seen.push(now)
    console.log(
      `epoch ${String(epoch + 1).padStart(3)}  ${(now / 2 ** 20).toFixed(1)} MiB resident  ${(train.samples / seconds).toFixed(1)} samples/s`
    )
  }
  return seen
}).pipe(Effect.scoped, Effect.provide(layer))

const seen = await Effect.runPromise(program)
const growth = median(seen.slice(-quarter)) / median(seen.slice(-2 * quarter, -quarter)) - 1
console.log(
  `${growth < mostGrowth ? "within" : "ABOVE "} resident memory of the last ${quarter} epochs against the ${quarter} before: ${(100 * growth).toFixed(1)} %, less than ${100 * mostGrowth} % is asked for`
)
process.exitCode = growth < mostGrowth ? 0 : 1
