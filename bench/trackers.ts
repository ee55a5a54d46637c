/**
 * Whether a tracker that is broken makes training slower: steps of a small DBNet on the wasm engine, with 50 numbers
 * logged each to Weights & Biases and MLflow, beside the same steps with servers that are well.
 *
 * Run: npm run bench:trackers, or with words of the faults that are wanted: `npm run bench:trackers -- hangs disk`.
 * Blocks of steps with a healthy and a broken tracker take turns within one fit, and what is told is the median of
 * the ratios within a turn, so that a busy machine slows both sides of each ratio. Ends with 1 where a fault costs 2 %
 * or more beyond what two healthy blocks differ by.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { type PlatformError, systemError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as DeviceLayer from "../src/layers/device/Device.ts"
import * as Canvas from "../src/layers/image/Canvas.ts"
import * as ImageCodec from "../src/layers/image/ImageCodec.ts"
import * as FitDefaults from "../src/pipeline/FitDefaults.ts"
import { RunLogger } from "../src/pipeline/RunLogger.ts"
import * as Trainer from "../src/pipeline/Trainer.ts"
import * as DetectionSource from "../src/runs/DetectionSource.ts"
import * as Detector from "../src/runs/Detector.ts"
import { DetectorPlan } from "../src/tasks/textDetection/DetectionPlan.ts"
import { MemoryCheckpoints } from "../src/testing/index.ts"
import * as LoggedFolder from "./fixtures/loggedFolder.ts"
import * as TrackerServers from "./fixtures/trackerServers.ts"

const turns = 9
const steps = 60
/** The first steps of a block, in which its threads start, count as well. */
const limit = 1.02

const plan = Schema.decodeUnknownSync(DetectorPlan)({
  data: { kind: "synthetic", batch_size: 1, augment: { crop: 96 } },
  model: { name: "dbnet_tiny", stem: 8, widths: [16, 24, 32, 48], blocks: 1, neck: 24, head: 24 }
})

const full = (path: string): PlatformError =>
  systemError({
    _tag: "Unknown",
    module: "FileSystem",
    method: "writeAll",
    pathOrDescriptor: path,
    cause: Object.assign(new Error("no space left on device"), { code: "ENOSPC" })
  })

/** A disk that takes nothing more under a spool that is open. */
const fullDisk = Layer.effect(
  FileSystem.FileSystem,
  Effect.map(FileSystem.FileSystem, (real) => ({
    ...real,
    open: (path: string, options?: Parameters<typeof real.open>[1]) =>
      Effect.map(real.open(path, options), (file) =>
        path.includes("/spool/") ? { ...file, writeAll: () => Effect.fail(full(path)) } : file
      )
  }))
)

interface Case {
  readonly name: string
  readonly servers: { readonly wandb: string; readonly mlflow: string }
  readonly disk?: typeof fullDisk
}

const loggers = ({ servers, disk }: Case) => {
  const layer = LoggedFolder.layer({
    wandb: { base_url: servers.wandb },
    mlflow: { tracking_uri: servers.mlflow },
    finish_timeout: 0.1
  })
  return disk === undefined ? layer : Layer.provide(layer, disk)
}

/** Milliseconds of each block, one after the other in one fit; every other is of the second case. */
const blocks = Effect.fnUntraced(function* (healthy: Case, broken: Case) {
  const { task, model } = Detector.make(plan)
  const setup = {
    plan: plan.data,
    seed: 42,
    multiple: model.multiple,
    entries: { train: [], val: [], test: [] }
  }
  const { train } = yield* DetectionSource.build(setup)
  const batch = yield* train.batch(0, 0)
  const dataset = { ...train, batch: () => Effect.succeed(batch) }
  const times: Array<number> = []
  let scope = yield* Scope.make()
  let logger: RunLogger["Service"] | undefined
  let begun = 0
  const tell = Effect.fnUntraced(function* (event: { readonly _tag: string; readonly step?: number }) {
    if (event._tag !== "StepEnded") return
    const step = event.step ?? 0
    if (logger !== undefined) yield* logger.scalars(step, LoggedFolder.valuesAt(step))
    if (step % steps !== 0) return
    if (logger !== undefined) times.push(performance.now() - begun)
    yield* Scope.close(scope, Exit.void)
    scope = yield* Scope.make()
    // Turns begin with one and the other, by turns.
    const block = times.length
    const second = (block % 2 === 1) !== ((block >> 1) % 2 === 1)
    logger = yield* Layer.buildWithScope(Layer.fresh(loggers(second ? broken : healthy)), scope).pipe(
      Effect.flatMap((context) => Effect.provide(Effect.service(RunLogger), context))
    )
    begun = performance.now()
  })
  yield* Trainer.fit(
    task,
    { train: dataset },
    FitDefaults.make({ maxSteps: (2 * turns + 1) * steps, maxEpochs: 1e6 }),
    tell
  ).pipe(Stream.runDrain)
  yield* Scope.close(scope, Exit.void)
  return times
})

const median = (all: ReadonlyArray<number>): number => {
  const sorted = all.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2
}

const ratios = (times: ReadonlyArray<number>) =>
  Array.from({ length: times.length >> 1 }, (_, turn) => {
    const [first = Number.NaN, second = Number.NaN] = times.slice(2 * turn, 2 * turn + 2)
    return turn % 2 === 0 ? second / first : first / second
  })

const measured = Effect.fnUntraced(function* (healthy: Case, broken: Case) {
  const times = yield* blocks(healthy, broken)
  const all = ratios(times)
  const ratio = median(all)
  // Half of the width in which the median lies 9 times of 10: 1.645 σ √(π/2n), σ by the quartiles.
  const sorted = all.toSorted((a, b) => a - b)
  const quartiles =
    (sorted[Math.floor(0.75 * sorted.length)] ?? 0) - (sorted[Math.floor(0.25 * sorted.length)] ?? 0)
  const within = 1.645 * (quartiles / 1.349) * Math.sqrt(Math.PI / (2 * all.length))
  const over = ratio - within >= limit
  if (over) process.exitCode = 1
  const settled = ratio + within < limit ? `within ${limit}` : `not told from ${limit}`
  const verdict = over ? `ABOVE ${limit}` : settled
  console.log(
    `${broken.name.padEnd(30)} x${ratio.toFixed(3)} ± ${within.toFixed(3)}  ${verdict.padEnd(20)} (${(median(times) / steps).toFixed(1)} ms a step)`
  )
})

const healthy = await TrackerServers.start("is healthy")
const well = { name: "is healthy", servers: healthy }
const nobody = { wandb: "http://127.0.0.1:9", mlflow: "http://127.0.0.1:9" }
const broken = await Promise.all(
  TrackerServers.faultNames.map(async (name) => ({ name, servers: await TrackerServers.start(name) }))
)
const cases: ReadonlyArray<Case> = [
  well,
  { name: "refuses", servers: nobody },
  ...broken,
  { name: "fills the disk under the spool", servers: healthy, disk: fullDisk }
]
const wanted = process.argv.slice(2)
const chosen = cases.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)))

const device = DeviceLayer.layer({
  accelerator: "wasm",
  devices: 1,
  strategy: "auto",
  precision: "32-true",
  threads: 1
})
const environment = ConfigProvider.layer(ConfigProvider.fromUnknown({ WANDB_API_KEY: "bench" }))

await Effect.runPromise(
  Effect.forEach(chosen, (one) => measured(well, one), { discard: true }).pipe(
    Effect.provide([device, MemoryCheckpoints.layer, ImageCodec.layer, Canvas.layer]),
    Effect.provide([NodeServices.layer, environment, Logger.layer([])])
  )
)
await Promise.all([healthy, ...broken.map(({ servers }) => servers)].map(({ stop }) => stop()))
