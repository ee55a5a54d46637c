/**
 * `npm run bench:leak-data -- [--root ../shared/data/sroie-bench] [--epochs 20] [--workers 1] [--cache memory]`: makes
 * the training batches of the detector's receipts recipe for so many epochs, in worker threads as a run does, and looks
 * at resident memory after each. `--cache disk` keeps samples in `--cache-dir`.
 *
 * `-- --root <shards> --cache none --samples 50000 --side 256 --crop 64` streams so many samples, smaller ones, and
 * looks twenty times; `anneal data pack` writes shards.
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
import * as SampleCache from "../src/pipeline/task/SampleCache.ts"
import * as DetectionData from "../src/tasks/textDetection/DetectionData.ts"
import { DetectorPlan } from "../src/tasks/textDetection/DetectionPlan.ts"
import { median } from "./fixtures/median.ts"
import { mostGrowth, resident } from "./fixtures/resident.ts"

const { values } = parseArgs({
  options: {
    root: { type: "string", default: "../shared/data/sroie-bench" },
    epochs: { type: "string", default: "20" },
    workers: { type: "string", default: "1" },
    cache: { type: "string", default: "memory" },
    "cache-dir": { type: "string", default: ".anneal/cache" },
    samples: { type: "string" },
    side: { type: "string", default: "1024" },
    crop: { type: "string", default: "320" }
  }
})
/** How often memory is looked at. */
const looks = values.samples === undefined ? Number(values.epochs) : 20
const quarter = Math.max(1, Math.floor(looks / 4))

const plan = Schema.decodeUnknownSync(DetectorPlan)({
  data: {
    kind: "receipts",
    root: values.root,
    workers: Number(values.workers),
    cache: values.cache,
    cache_dir: values["cache-dir"],
    max_side: Number(values.side),
    long_side: Math.min(640, Number(values.side)),
    augment: { crop: Number(values.crop), scale: [0.7, 1.4] }
  }
})

const layer = Workers.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(ImageCodec.layer, Canvas.layer, NodeServices.layer))
)

const program = Effect.gen(function* () {
  const { train, cache } = yield* DetectionData.open(plan, { seed: 1, purpose: "train" })
  // Batches between two looks; they go on from epoch to epoch.
  const batches =
    values.samples === undefined
      ? train.length
      : Math.ceil(Number(values.samples) / looks / plan.data.batch_size)
  console.log(
    `Node ${process.version}, ${train.samples} pictures of ${values.root}, cache=${values.cache}, ${looks} times ${batches} batches`
  )
  const seen: Array<number> = []
  for (let look = 0; look < looks; look++) {
    const begun = performance.now()
    yield* Stream.range(look * batches, (look + 1) * batches - 1).pipe(
      Stream.mapEffect((at) => train.batch(Math.floor(at / train.length), at % train.length), {
        concurrency: 2
      }),
      Stream.runDrain
    )
    const seconds = (performance.now() - begun) / 1000
    const now = resident()
    seen.push(now)
    const samples = (look + 1) * batches * plan.data.batch_size
    console.log(
      `${String(samples).padStart(6)} samples  ${(now / 2 ** 20).toFixed(1)} MiB resident  ${((batches * plan.data.batch_size) / seconds).toFixed(1)} samples/s`
    )
  }
  if (cache !== undefined) console.log(SampleCache.useOf(cache))
  return seen
}).pipe(Effect.scoped, Effect.provide(layer))

const seen = await Effect.runPromise(program)
const growth = median(seen.slice(-quarter)) / median(seen.slice(-2 * quarter, -quarter)) - 1
console.log(
  `${growth < mostGrowth ? "within" : "ABOVE "} resident memory of the last ${quarter} looks against the ${quarter} before: ${(100 * growth).toFixed(1)} %, less than ${100 * mostGrowth} % is asked for`
)
process.exitCode = growth < mostGrowth ? 0 : 1
