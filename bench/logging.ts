/**
 * What logging 50 numbers a step costs the main thread, sink by sink, with trackers that answer and that hang.
 *
 * Run: npm run bench:logging, or with words of the rows that are wanted: `npm run bench:logging -- "all"`. A step
 * holds the thread for 3 ms without using the processor, as an engine's does, and gives the event loop back; what is
 * told is the processor time of the main thread, a step, beyond the same loop without a logger, everything counted:
 * encoding, writing, delivering. The median of three rounds; ends with 1 where all sinks together pass the limit.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { RunLogger } from "../src/pipeline/run/RunLogger.ts"
import * as LoggedFolder from "./fixtures/loggedFolder.ts"
import { median } from "./fixtures/median.ts"
import * as TrackerServers from "./fixtures/trackerServers.ts"

const rounds = 3
const steps = 2000
const warmUp = 300
/** Microseconds that all sinks together may take. */
const limit = 50
const still = new Int32Array(new SharedArrayBuffer(4))

/** The step of an engine that computes elsewhere, for the main thread: 3 ms gone, and the event loop's turn. */
const engineStep = Effect.andThen(
  Effect.sync(() => Atomics.wait(still, 0, 0, 3)),
  Effect.yieldNow
)

/** Microseconds of the main thread a step. */
const busy = (log: (step: number) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    for (let step = 1; step <= warmUp; step++) yield* Effect.andThen(log(step), engineStep)
    const before = process.threadCpuUsage()
    for (let step = warmUp + 1; step <= warmUp + steps; step++) yield* Effect.andThen(log(step), engineStep)
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / steps
  })

const values = Array.from({ length: warmUp + steps + 1 }, (_, step) => LoggedFolder.valuesAt(step))

const loggedTo = (plan: unknown) =>
  RunLogger.use((logger) => busy((step) => logger.scalars(step, values[step] ?? {}))).pipe(
    Effect.provide(LoggedFolder.layer(plan), { local: true })
  )

const healthy = await TrackerServers.start("is healthy")
const hanging = await TrackerServers.start("hangs")

const offline = { settings: { offline: true } }
const local = { csv: true, jsonl: true, tensorboard: true }
const onServers = ({ wandb, mlflow }: TrackerServers.TrackerServers) => ({
  ...local,
  wandb: { base_url: wandb },
  mlflow: { tracking_uri: mlflow },
  opentelemetry: { endpoint: mlflow },
  finish_timeout: 0.1
})
const plans: ReadonlyArray<readonly [string, unknown]> = [
  ["no sink", {}],
  ["csv", { csv: true }],
  ["jsonl", { jsonl: true }],
  ["tensorboard", { tensorboard: true }],
  ["wandb offline", { wandb: offline }],
  ["wandb", { wandb: { base_url: healthy.wandb } }],
  ["mlflow", { mlflow: { tracking_uri: healthy.mlflow } }],
  ["opentelemetry", { opentelemetry: { endpoint: healthy.mlflow } }],
  ["all files", local],
  ["all sinks", onServers(healthy)],
  ["all sinks, servers hang", onServers(hanging)]
]

const environment = ConfigProvider.layer(ConfigProvider.fromUnknown({ WANDB_API_KEY: "bench" }))
const wanted = process.argv.slice(2)
const chosen = plans.filter(([name]) => wanted.length === 0 || wanted.some((word) => name.includes(word)))

await Effect.runPromise(
  Effect.gen(function* () {
    for (const [name, plan] of chosen) {
      const costs: Array<number> = []
      for (let round = 0; round < rounds; round++) {
        const bare = yield* busy(() => Effect.void)
        costs.push((yield* loggedTo(plan)) - bare)
      }
      const cost = median(costs)
      const over = cost > limit
      if (over) process.exitCode = 1
      const spread = costs.map((one) => one.toFixed(0)).join(" ")
      console.log(
        `${name.padEnd(26)} ${cost.toFixed(0).padStart(4)} µs a step${over ? `  ABOVE ${limit}` : ""}  (${spread})`
      )
    }
  }).pipe(Effect.provide([NodeFileSystem.layer, environment, Logger.layer([])]))
)
await Promise.all([healthy.stop(), hanging.stop()])
