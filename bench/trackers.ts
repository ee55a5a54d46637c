/**
 * Whether a tracker that is broken makes training slower: steps of a small DBNet on the wasm engine, with 50 numbers
 * logged each to Weights & Biases and MLflow, beside the same steps with servers that are well.
 *
 * Run: npm run bench:trackers, or with words of the faults that are wanted: `npm run bench:trackers -- hangs disk`.
 * Blocks of steps with a healthy and a broken tracker take turns within one fit, and what is reported is the median of
 * the ratios within a turn, so that a busy machine slows both sides of each ratio; of the time that passes, and of the
 * main thread's processor time, which other programs disturb less but which does not see waiting. Each with half the
 * width in which the median lies 9 times of 10. Ends with 1 where a fault costs 2 % or more for certain.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as DeviceLayer from "../src/layers/device/Device.ts"
import * as Canvas from "../src/layers/image/Canvas.ts"
import * as ImageCodec from "../src/layers/image/ImageCodec.ts"
import { RunLogger } from "../src/pipeline/run/RunLogger.ts"
import * as FitOptions from "../src/pipeline/train/FitOptions.ts"
import * as Trainer from "../src/pipeline/train/Trainer.ts"
import { DetectorPlan } from "../src/tasks/textDetection/DetectionPlan.ts"
import * as DetectionSource from "../src/tasks/textDetection/DetectionSource.ts"
import * as TextDetection from "../src/tasks/textDetection/TextDetection.ts"
import { MemoryCheckpoints } from "../src/testing/index.ts"
import * as FaultyFileSystem from "../test/layers/FaultyFileSystem.ts"
import * as LoggedFolder from "./fixtures/loggedFolder.ts"
import { median } from "./fixtures/median.ts"
import * as TrackerServers from "./fixtures/trackerServers.ts"

const turns = 6
const steps = 250
/** The first steps of a block, in which its threads start, count as well. */
const limit = 1.02

const plan = Schema.decodeUnknownSync(DetectorPlan)({
  data: { kind: "synthetic", batch_size: 1, augment: { crop: 96 } },
  model: { name: "dbnet_tiny", stem: 8, widths: [16, 24, 32, 48], blocks: 1, neck: 24, head: 24 }
})

/** Calls to the file system after which the disk is full: spools are open by then, and hold the first steps. */
const callsBefore = 22

/** A disk that takes nothing more under spools that are open. */
const fullDisk = Layer.effect(
  FileSystem.FileSystem,
  Effect.map(
    FileSystem.FileSystem,
    (real) => FaultyFileSystem.make(real, "ENOSPC", callsBefore, { lasting: true }).fs
  )
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
  return disk === undefined ? layer : Layer.provide(layer, Layer.fresh(disk))
}

/** Milliseconds: what passed, and what the main thread used of the processor. */
interface Block {
  readonly passed: number
  readonly used: number
}

const now = (): Block => {
  const { user, system } = process.threadCpuUsage()
  return { passed: performance.now(), used: (user + system) / 1000 }
}

/** What each block took, one after the other in one fit; every other is of the second case. */
const blocks = Effect.fnUntraced(function* (healthy: Case, broken: Case) {
  const { task, model } = TextDetection.fromPlan(plan)
  const setup = {
    plan: plan.data,
    seed: 42,
    multiple: model.multiple,
    entries: { train: [], val: [], test: [] }
  }
  const { train } = yield* DetectionSource.build(setup)
  const batch = yield* train.batch(0, 0)
  const dataset = { ...train, batch: () => Effect.succeed(batch) }
  const times: Array<Block> = []
  let scope = yield* Scope.make()
  let logger: RunLogger["Service"] | undefined
  let begun = now()
  const onEvent = Effect.fnUntraced(function* (event: { readonly _tag: string; readonly step?: number }) {
    if (event._tag !== "StepEnded") return
    const step = event.step ?? 0
    if (logger !== undefined) yield* logger.scalars(step, LoggedFolder.valuesAt(step))
    if (step % steps !== 0) return
    const { passed, used } = now()
    if (logger !== undefined) times.push({ passed: passed - begun.passed, used: used - begun.used })
    yield* Scope.close(scope, Exit.void)
    scope = yield* Scope.make()
    // Turns begin with one and the other, by turns.
    const block = times.length
    const second = (block % 2 === 1) !== ((block >> 1) % 2 === 1)
    logger = yield* Layer.buildWithScope(Layer.fresh(loggers(second ? broken : healthy)), scope).pipe(
      Effect.flatMap((context) => Effect.provide(Effect.service(RunLogger), context))
    )
    begun = now()
  })
  yield* Trainer.fit(
    task,
    { train: dataset },
    FitOptions.make({ maxSteps: (2 * turns + 1) * steps, maxEpochs: 1e6 }),
    onEvent
  ).pipe(Stream.runDrain)
  yield* Scope.close(scope, Exit.void)
  return times
})

const ratios = (times: ReadonlyArray<number>) =>
  Array.from({ length: times.length >> 1 }, (_, turn) => {
    const [first = Number.NaN, second = Number.NaN] = times.slice(2 * turn, 2 * turn + 2)
    return turn % 2 === 0 ? second / first : first / second
  })

interface Compared {
  readonly ratio: number
  /** Half of the width in which the median lies 9 times of 10: 1.645 σ √(π/2n), with σ by the quartiles. */
  readonly within: number
}

const compared = (times: ReadonlyArray<number>): Compared => {
  const all = ratios(times).toSorted((a, b) => a - b)
  const [low = Number.NaN, high = Number.NaN] = [0.25, 0.75].map((part) => all[Math.floor(part * all.length)])
  const deviation = (high - low) / 1.349
  return { ratio: median(all), within: 1.645 * deviation * Math.sqrt(Math.PI / (2 * all.length)) }
}

const verdictOf = ({ ratio, within }: Compared): string => {
  if (ratio - within >= limit) return `ABOVE ${limit}`
  return ratio + within < limit ? `within ${limit}` : `not distinguishable from ${limit}`
}

const shown = (one: Compared): string =>
  `x${one.ratio.toFixed(3)} ± ${one.within.toFixed(3)} ${verdictOf(one).padEnd(18)}`

const measured = Effect.fnUntraced(function* (healthy: Case, broken: Case) {
  const times = yield* blocks(healthy, broken)
  const passed = compared(times.map((one) => one.passed))
  const used = compared(times.map((one) => one.used))
  if ([passed, used].some((one) => one.ratio - one.within >= limit)) process.exitCode = 1
  const step = (median(times.map((one) => one.passed)) / steps).toFixed(1)
  console.log(`${broken.name.padEnd(31)} time ${shown(passed)} processor ${shown(used)} ${step} ms a step`)
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
