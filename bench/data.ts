/**
 * `npm run bench:data -- [--root <folder>] [--rounds 5] [--epochs 3]`: evaluation samples of text detection a second, against a
 * PyTorch DataLoader that does the same work: decode, scale to 640, pad, normalise, and DBNet's targets with OpenCV,
 * pyclipper and numpy. Both have two workers, see every picture in every epoch and keep none; PYTHON names a Python with these packages.
 *
 * They take turns, and are compared turn by turn, so that a busy machine slows both alike. Ends with 1 below a limit.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as WorkersLayer from "../src/layers/data/Workers.ts"
import * as Canvas from "../src/layers/image/Canvas.ts"
import * as ImageCodec from "../src/layers/image/ImageCodec.ts"
import * as Dataset from "../src/pipeline/task/Dataset.ts"
import * as SampleCache from "../src/pipeline/task/SampleCache.ts"
import { ReceiptsData } from "../src/tasks/textDetection/DetectionPlan.ts"
import type { DetectionBatch } from "../src/tasks/textDetection/data/Batch.ts"
import type detectionWorker from "../src/tasks/textDetection/detectionWorker.ts"
import * as AnnotatedFolder from "../src/tasks/textDetection/format/AnnotatedFolder.ts"
import { median } from "./fixtures/median.ts"

const { values } = parseArgs({
  options: {
    root: { type: "string", default: join(import.meta.dirname, "../../shared/data/sroie-bench") },
    rounds: { type: "string", default: "5" },
    epochs: { type: "string", default: "3" }
  }
})
const root = values.root
const rounds = Number(values.rounds)
const epochs = Number(values.epochs)
const batchSize = 8
/** Batches under way: what two workers make, and as many again, which is PyTorch's `prefetch_factor`. */
const ahead = 4

const plan = Schema.decodeUnknownSync(ReceiptsData)({
  kind: "receipts",
  root,
  cache: "none",
  max_side: 1024,
  long_side: 640,
  val_batch_size: batchSize,
  targets: { shrink_ratio: 0.6 }
})

const codecs = Layer.mergeAll(ImageCodec.layer, Canvas.layer, NodeServices.layer)
const services = Layer.merge(codecs, WorkersLayer.layer.pipe(Layer.provide(codecs)))

const mean = [0.485, 0.456, 0.406] as const
const deviation = [0.229, 0.224, 0.225] as const
/** The normalised value of each byte, by channel. */
const tables = mean.map((value, k) =>
  Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - value) / (deviation[k] ?? 1))
)

/** Where a batch is normalised: like an engine, this keeps the memory of the last one. */
let input = new Float32Array()

/** What the net's first operation does to a batch, and PyTorch's loop does in its workers. */
const normalise = ({ images: { data } }: DetectionBatch): void => {
  const bytes = data instanceof Uint8Array ? data : Uint8Array.from(data)
  const [red = new Float32Array(), green = red, blue = red] = tables
  if (input.length < bytes.length) input = new Float32Array(bytes.length)
  const output = input
  for (let i = 0; i + 2 < bytes.length; i += 3) {
    output[i] = red[bytes[i] ?? 0] ?? 0
    output[i + 1] = green[bytes[i + 1] ?? 0] ?? 0
    output[i + 2] = blue[bytes[i + 2] ?? 0] ?? 0
  }
}

const module = new URL("../src/tasks/textDetection/detectionWorker.ts", import.meta.url)

/** Images a second; the clock starts with the first batch, so that the start of the workers does not count. */
const ours = (entries: AnnotatedFolder.Opened["val"]): Effect.Effect<number, Dataset.DataError> =>
  Effect.gen(function* () {
    const setup = { plan, seed: 1, multiple: 32, entries: { train: [], val: entries, test: [] } }
    const cache = yield* SampleCache.open(plan)
    const { val } = yield* Dataset.inWorkers<typeof detectionWorker>(module, setup, { threads: 2, cache })
    let begun = 0
    let count = 0
    const take = (step: number) =>
      Effect.map(val.batch(Math.floor(step / val.length), step % val.length), (batch) => {
        normalise(batch)
        if (begun === 0) begun = performance.now()
        else count += batch.samples.length
      })
    yield* Effect.forEach(Array.from({ length: epochs * val.length }).keys(), take, { concurrency: ahead })
    return (1000 * count) / (performance.now() - begun)
  }).pipe(Effect.scoped, Effect.provide(services))

const python = process.env["PYTHON"] ?? "python3"

const theirs = (targets: boolean): number => {
  const script = join(import.meta.dirname, "fixtures/dataLoader.py")
  const args = [script, root, String(batchSize), targets ? "1" : "0", String(epochs)]
  const { status, stdout, stderr } = spawnSync(python, args, { encoding: "utf8" })
  if (status !== 0) throw new Error(`${python} ${args.join(" ")}:\n${stderr}`)
  return Number(stdout)
}

const entries = await Effect.runPromise(
  AnnotatedFolder.open({ root, valFraction: 0, testFraction: 0 }).pipe(
    Effect.map(({ train }) => train),
    Effect.provide(services)
  )
)

const work = {
  "decode, scale, pad, normalise": { limit: 1.5, targets: false },
  "the same, and targets": { limit: 2, targets: true }
}

console.log(
  `${entries.length} pictures, two workers each, ${rounds} rounds of ${epochs} epochs: images/s of Anneal and of PyTorch, ratio`
)
let slow = false
for (const [name, { limit, targets }] of Object.entries(work)) {
  const own: Array<number> = []
  const other: Array<number> = []
  const served = targets ? entries : entries.map((entry) => ({ ...entry, regions: [] }))
  for (let round = 0; round < rounds; round++) {
    own.push(await Effect.runPromise(ours(served)))
    other.push(theirs(targets))
  }
  const ratio = median(own.map((value, i) => value / (other[i] ?? Number.NaN)))
  const holds = ratio >= limit
  slow ||= !holds
  console.log(
    `${name.padEnd(30)} ${median(own).toFixed(0).padStart(5)} ${median(other).toFixed(0).padStart(5)} ` +
      `${ratio.toFixed(2)}x, at least ${limit}x${holds ? "" : ": too slow"}`
  )
}
process.exitCode = slow ? 1 : 0
