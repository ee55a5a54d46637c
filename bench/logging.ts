/**
 * What logging 50 numbers a step costs the main thread, sink by sink, and whether a tracker that hangs costs more.
 *
 * Run: node bench/logging.ts. Steps are 3 ms apart, as if an engine computed meanwhile; what is told is the
 * processor time of the main thread, a step, beyond the same loop without a logger.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as RunLoggerLayer from "../src/layers/logger/RunLogger.ts"
import { LoggerPlan } from "../src/pipeline/LoggerPlan.ts"
import { RunDirectory, RunRecord } from "../src/pipeline/RunDirectory.ts"
import { RunLogger } from "../src/pipeline/RunLogger.ts"

const steps = 1500
const names = Array.from({ length: 50 }, (_, i) => `group${i % 5}/metric_${i}`)
const valuesAt = (step: number) =>
  Object.fromEntries(names.map((name, i) => [name, Math.sin(step * 0.01 + i)]))

const record = new RunRecord({
  id: "benchmrk",
  kind: "train",
  status: "running",
  started: new Date().toISOString(),
  ended: null,
  command: ["bench"],
  seed: 0,
  git: null,
  versions: {},
  engine: null,
  steps: 0,
  metrics: {},
  checkpoints: [],
  error: null,
  parent: null,
  resumes: [],
  overrides: [],
  data: {},
  durations: {},
  peakMemory: null
})

const directoryIn = (folder: string) =>
  RunDirectory.of({
    path: folder,
    id: record.id,
    file: (relative) =>
      Effect.promise(() => import("node:fs/promises")).pipe(
        Effect.flatMap((fs) =>
          Effect.promise(() => fs.mkdir(join(folder, relative, ".."), { recursive: true }))
        ),
        Effect.as(join(folder, relative))
      ),
    write: () => Effect.void,
    update: () => Effect.void,
    record: Effect.succeed(record)
  })

/** Microseconds of the main thread a step. */
const busy = (log: (step: number) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    for (let step = 1; step <= 200; step++) yield* Effect.andThen(log(step), Effect.sleep("1 millis"))
    const before = process.threadCpuUsage()
    for (let step = 201; step <= 200 + steps; step++)
      yield* Effect.andThen(log(step), Effect.sleep("3 millis"))
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / steps
  })

const values = Array.from({ length: 200 + steps + 1 }, (_, step) => valuesAt(step))

const loggedTo = (plan: unknown) => {
  const folder = mkdtempSync(join(tmpdir(), "anneal-bench-"))
  const layer = RunLoggerLayer.layer(Schema.decodeUnknownSync(LoggerPlan)(plan)).pipe(
    Layer.provide(Layer.succeed(RunDirectory, directoryIn(folder)))
  )
  return RunLogger.use((logger) => busy((step) => logger.scalars(step, values[step] ?? {}))).pipe(
    Effect.provide(layer, { local: true }),
    Effect.ensuring(Effect.sync(() => rmSync(folder, { recursive: true })))
  )
}

const hanging = createServer(() => {})
await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", () => resolve()))
const address = hanging.address()
const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`

const wandb = { base_url: url }
const mlflow = { tracking_uri: url }
const offline = { settings: { offline: true } }
const plans: ReadonlyArray<readonly [string, unknown]> = [
  ["no sink", {}],
  ["csv", { csv: true }],
  ["jsonl", { jsonl: true }],
  ["tensorboard", { tensorboard: true }],
  ["wandb, offline", { wandb: offline }],
  ["wandb, server hangs", { wandb, finish_timeout: 0.1 }],
  ["mlflow, server hangs", { mlflow, finish_timeout: 0.1 }],
  ["csv and tensorboard", { csv: true, tensorboard: true }],
  ["all at once", { csv: true, jsonl: true, tensorboard: true, wandb, mlflow, finish_timeout: 0.1 }]
]

const environment = ConfigProvider.layer(ConfigProvider.fromUnknown({ WANDB_API_KEY: "bench" }))

await Effect.runPromise(
  Effect.gen(function* () {
    const bare = yield* busy(() => Effect.void)
    for (const [name, plan] of plans) {
      const cost = (yield* loggedTo(plan)) - bare
      console.log(`${name.padEnd(24)} ${cost.toFixed(0).padStart(5)} µs a step`)
    }
  }).pipe(Effect.provide([NodeFileSystem.layer, environment, Logger.layer([])]))
)
hanging.closeAllConnections()
hanging.close()
