import { spawn } from "node:child_process"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import * as SpoolSync from "../../../../src/layers/logger/delivery/SpoolSync.ts"
import * as Artifacts from "../../../../src/layers/logger/mlflow/Artifacts.ts"
import * as Batch from "../../../../src/layers/logger/mlflow/Batch.ts"
import * as Histogram from "../../../../src/pipeline/run/Histogram.ts"
import type { RunLogger } from "../../../../src/pipeline/run/RunLogger.ts"
import { freePort } from "../../../support/ports.ts"
import * as python from "../../python.ts"
import { inFolder, logging } from "../runs.ts"

describe("Batch", () => {
  it("keeps to MLflow's limits on names, values and numbers of things", () => {
    assert.strictEqual(Batch.keyOf("val/hmean@0.5:x"), "val/hmean_0.5_x")
    assert.strictEqual(Batch.keyOf("x".repeat(300)).length, 250)
    const [parameter] = Batch.parametersOf({ a: { b: "y".repeat(7000) } }, new Set())
    assert.deepStrictEqual([parameter?.key, parameter?.value.length], ["a.b", 6000])
    assert.deepStrictEqual(Batch.parametersOf({ a: 1, b: null }, new Set(["a"])), [
      { key: "b", value: "null" }
    ])
    assert.deepStrictEqual(Batch.chunked([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]])
  })

  it("names the numbers that JSON lacks", () => {
    const scalars = { _tag: "Scalars" as const, time: 5.5, step: 2, values: { a: Number.NaN, b: 1 } }
    assert.deepStrictEqual(Batch.metricsOf([scalars], 0), [
      { key: "a", value: "NaN", timestamp: 6, step: 2 },
      { key: "b", value: 1, timestamp: 6, step: 2 }
    ])
  })

  it("calls what the run takes of its machine as MLflow's own client does", () => {
    const sample = {
      _tag: "System" as const,
      time: 31_000,
      cpuPercent: 50,
      memoryPercent: 25,
      memoryUsedMB: 100,
      memoryAvailableMB: 300,
      processMB: 40,
      processPercent: 10
    }
    assert.deepStrictEqual(Batch.metricsOf([sample], 1000), [
      { key: "system/cpu_utilization_percentage", value: 50, timestamp: 31_000, step: 30 },
      { key: "system/system_memory_usage_megabytes", value: 100, timestamp: 31_000, step: 30 },
      { key: "system/system_memory_usage_percentage", value: 25, timestamp: 31_000, step: 30 }
    ])
  })

  it("finds where a server keeps artifacts, if it is the one to send them to", () => {
    assert.strictEqual(Artifacts.rootOf("mlflow-artifacts:/1/abc/artifacts"), "1/abc/artifacts")
    assert.strictEqual(Artifacts.rootOf("mlflow-artifacts://host:5000/1/abc/artifacts"), "1/abc/artifacts")
    assert.strictEqual(Artifacts.rootOf("s3://bucket/1/abc/artifacts"), undefined)
  })
})

const interpreter = python.withModules("mlflow")
if (interpreter === undefined) python.skipped("a run received by a real MLflow server", ["mlflow"])

const answers = (url: string) =>
  Effect.promise(() =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false
    )
  )

/** A real tracking server in `folder` until the scope closes. */
const mlflowServer = Effect.fnUntraced(function* (folder: string) {
  const port = yield* freePort
  const args = ["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", String(port), "--workers", "1"]
  const stores = [
    "--backend-store-uri",
    `sqlite:///${folder}/mlflow.db`,
    "--artifacts-destination",
    join(folder, "store")
  ]
  const url = `http://127.0.0.1:${port}`
  yield* Effect.acquireRelease(
    // A group of its own, since the server has workers that must end with it.
    Effect.sync(() =>
      spawn(interpreter ?? "", [...args, ...stores], { cwd: folder, stdio: "ignore", detached: true })
    ),
    (child) => Effect.sync(() => process.kill(-(child.pid ?? 0), "SIGKILL"))
  )
  yield* answers(url).pipe(
    Effect.delay("200 millis"),
    Effect.repeat({ until: (up) => up }),
    Effect.timeout("60 seconds")
  )
  return url
})

const Run = Schema.Struct({
  info: Schema.Struct({
    run_id: Schema.String,
    run_name: Schema.String,
    status: Schema.String,
    end_time: Schema.optionalKey(Schema.Finite)
  }),
  data: Schema.Struct({
    params: Schema.optionalKey(Schema.Array(Schema.Struct({ key: Schema.String, value: Schema.String }))),
    tags: Schema.Array(Schema.Struct({ key: Schema.String, value: Schema.String }))
  })
})
const Runs = Schema.Struct({ runs: Schema.optionalKey(Schema.Array(Run)) })
const History = Schema.Struct({
  metrics: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        value: Schema.Union([Schema.Finite, Schema.String]),
        step: Schema.optionalKey(Schema.Union([Schema.Int, Schema.String]))
      })
    )
  )
})
const Files = Schema.Struct({
  files: Schema.optionalKey(Schema.Array(Schema.Struct({ path: Schema.String })))
})

const ask = <A>(url: string, schema: Schema.Codec<A, unknown>, body?: unknown) =>
  Effect.promise(() =>
    fetch(
      url,
      body === undefined
        ? {}
        : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
    ).then((response) => response.json())
  ).pipe(Effect.map(Schema.decodeUnknownSync(schema)))

const runsOf = (url: string) =>
  Effect.map(
    ask(`${url}/api/2.0/mlflow/runs/search`, Runs, { experiment_ids: ["1"] }),
    ({ runs = [] }) => runs
  )

const historyOf = (url: string, run: string, key: string) =>
  Effect.map(
    ask(
      `${url}/api/2.0/mlflow/metrics/get-history?run_id=${run}&metric_key=${encodeURIComponent(key)}`,
      History
    ),
    ({ metrics = [] }) => metrics.map(({ step, value }) => [Number(step ?? 0), value])
  )

const filesOf = (url: string, run: string, path: string) =>
  Effect.map(
    ask(`${url}/api/2.0/mlflow/artifacts/list?run_id=${run}&path=${encodeURIComponent(path)}`, Files),
    ({ files = [] }) => files.map((file) => file.path)
  )

const image = { width: 2, height: 1, rgb: Uint8Array.of(1, 2, 3, 4, 5, 6) }

const logRun = (checkpoint: string) => (logger: RunLogger["Service"]) =>
  Effect.gen(function* () {
    yield* logger.hyperparameters({ seed: 42, model: { name: "db" } })
    for (let step = 1; step <= 3; step++) yield* logger.scalars(step, { "train/loss": 1 / step })
    yield* logger.scalars(3, { bad: Number.NaN })
    yield* logger.image(3, "val/worst", image)
    yield* logger.text(3, "note", "words")
    yield* logger.table(3, "val/cases", { columns: ["a"], rows: [[1]] })
    yield* logger.histogram(3, "weights", Histogram.of([1, 2], 2))
    yield* logger.artifact("best-hmean-0.5000", checkpoint, ["best"])
    yield* logger.finish("done", { "val/hmean": 0.5 })
  })

const makeCheckpoint = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, folder: string) {
  const path = join(folder, "ckpt")
  yield* fs.makeDirectory(path)
  yield* fs.writeFileString(join(path, "state.json"), "{}")
  return path
})

describe.skipIf(interpreter === undefined)("Mlflow, with a real server", () => {
  it.live(
    "sends a run that its interface gives back: once, though sent twice, and again after its end",
    () =>
      inFolder((folder, fs) =>
        Effect.gen(function* () {
          const url = yield* mlflowServer(folder)
          const plan = {
            mlflow: { tracking_uri: url, experiment_name: "receipts", tags: { team: "x" }, log_model: true },
            finish_timeout: 60
          }
          const checkpoint = yield* makeCheckpoint(fs, folder)
          yield* logging(folder, plan, logRun(checkpoint))

          const check = Effect.gen(function* () {
            const [run, ...others] = yield* runsOf(url)
            assert.strictEqual(others.length, 0)
            const id = run?.info.run_id ?? ""
            assert.strictEqual(run?.info.status, "FINISHED")
            assert.isAbove(run?.info.end_time ?? 0, 0)
            assert.deepStrictEqual(run?.data.params?.map(({ key, value }) => [key, value]).sort(), [
              ["model.name", "db"],
              ["seed", "42"]
            ])
            const tags = Object.fromEntries(run?.data.tags.map(({ key, value }) => [key, value]) ?? [])
            assert.strictEqual(tags["team"], "x")
            assert.strictEqual(tags["mlflow.source.name"], "anneal train seed=42")
            assert.deepStrictEqual(yield* historyOf(url, id, "train/loss"), [
              [1, 1],
              [2, 0.5],
              [3, 1 / 3]
            ])
            assert.deepStrictEqual(yield* historyOf(url, id, "val/hmean"), [[3, 0.5]])
            assert.deepStrictEqual(
              (yield* historyOf(url, id, "bad")).map(([, value]) => String(value)),
              ["NaN"]
            )
            assert.deepStrictEqual(yield* filesOf(url, id, "images/val"), ["images/val/worst_3.png"])
            assert.deepStrictEqual(yield* filesOf(url, id, "texts"), ["texts/note_3.txt"])
            assert.deepStrictEqual(yield* filesOf(url, id, "tables/val"), ["tables/val/cases_3.json"])
            assert.deepStrictEqual(yield* filesOf(url, id, "histograms"), ["histograms/weights_3.json"])
            assert.deepStrictEqual(yield* filesOf(url, id, "checkpoints/best-hmean-0.5000"), [
              "checkpoints/best-hmean-0.5000/MLmodel",
              "checkpoints/best-hmean-0.5000/state.json"
            ])
            return id
          })
          const id = yield* check

          // Sent again from the beginning, as after a crash that lost the note of it.
          yield* fs.remove(join(folder, "spool/mlflow.jsonl.delivered"))
          assert.deepStrictEqual(yield* SpoolSync.sync(folder, 30), [
            { sink: "mlflow", delivered: 11, left: 0, problem: undefined }
          ])
          assert.strictEqual(yield* check, id)
          assert.deepStrictEqual(yield* SpoolSync.sync(folder, 30), [
            { sink: "mlflow", delivered: 0, left: 0, problem: undefined }
          ])

          yield* logging(
            folder,
            plan,
            (logger) =>
              Effect.gen(function* () {
                yield* logger.hyperparameters({ seed: 43, more: 1 })
                yield* logger.scalars(4, { "train/loss": 0.25 })
                yield* logger.finish("interrupted", {})
              }),
            { resumedFrom: 3 }
          )
          const [run] = yield* runsOf(url)
          assert.strictEqual(run?.info.status, "KILLED")
          assert.deepStrictEqual((yield* historyOf(url, id, "train/loss")).at(-1), [4, 0.25])
          assert.deepInclude(run?.data.params ?? [], { key: "seed", value: "42" })
          assert.deepInclude(run?.data.params ?? [], { key: "more", value: "1" })
        })
      ),
    120_000
  )
})
