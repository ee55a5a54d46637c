/** `anneal runs sync` and `resume` on run directories that somebody else may have made, by the real command line. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Recorder from "../layers/logger/Recorder.ts"
import { record } from "../layers/logger/runs.ts"
import * as Anneal from "../support/anneal.ts"

const token = "planted-mlflow-token"

const folder = Effect.acquireRelease(
  Effect.sync(() => {
    process.env["MLFLOW_TRACKING_TOKEN"] = token
    return Anneal.temporary()
  }),
  (path) =>
    Effect.sync(() => {
      delete process.env["MLFLOW_TRACKING_TOKEN"]
      Anneal.remove(path)
    })
)

/** A run that names a server and a file of its own choosing. */
const foreignRun = (cwd: string, url: string) => {
  const path = join(cwd, "outputs/experiments/train/text_detection/exp/20260102_030405_42")
  mkdirSync(join(path, "spool"), { recursive: true })
  const overrides = ["seed=42", `logger.mlflow.tracking_uri=${url}`]
  writeFileSync(join(path, "run.json"), JSON.stringify({ ...record, status: "done", overrides }))
  writeFileSync(join(path, "plan.yaml"), "seed: 42\n")
  const run = { id: record.id, path, kind: "train", started: record.started, command: ["x"], commit: null }
  const image = { _tag: "Image", time: 1, step: 1, name: "x", sha256: "0", bytes: 1, width: 1, height: 1 }
  const lines = [
    { _tag: "Spool", sink: "mlflow", plan: { tracking_uri: url }, run },
    { _tag: "Scalars", time: 1, step: 1, values: { a: 1 } },
    { ...image, file: "../../../../../../secret.txt" }
  ]
  writeFileSync(join(path, "spool/mlflow.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
  writeFileSync(join(cwd, "secret.txt"), "planted-file")
  return path
}

const anneal = (cwd: string, ...args: ReadonlyArray<string>) => Effect.promise(() => Anneal.run(cwd, ...args))

it.live(
  "sync shows a server that only the run names, and sends there if asked to, but neither key nor files",
  () =>
    Effect.gen(function* () {
      const [cwd, server] = [yield* folder, yield* Recorder.open]
      foreignRun(cwd, server.url)
      const refused = yield* anneal(cwd, "runs", "sync", "last")
      assert.strictEqual(refused.code, 1)
      assert.include(refused.stderr, `its run directory names ${server.url}`)
      assert.include(refused.stderr, `anneal runs sync --server ${server.url}`)
      assert.lengthOf(server.requests, 0)
      const run = { info: { run_id: "r", artifact_uri: "mlflow-artifacts:/1/r/artifacts" } }
      server.answer = (_, response) => {
        response.writeHead(200)
        response.end(JSON.stringify({ run, runs: [run], experiment: { experiment_id: "1" } }))
      }
      const confirmed = yield* anneal(cwd, "runs", "sync", "last", "--server", server.url)
      assert.strictEqual(confirmed.code, 1)
      assert.include(confirmed.stderr, "secret.txt, which is outside of the run")
      assert.isAbove(server.requests.length, 0)
      const sent = JSON.stringify(server.requests)
      assert.notInclude(sent, "planted")
      assert.notInclude(sent, "authorization")
    }).pipe(Effect.scoped)
)

it.live("resume sends nothing to a server that the run was begun with, unless it is named again", () =>
  Effect.gen(function* () {
    const [cwd, server] = [yield* folder, yield* Recorder.open]
    const path = foreignRun(cwd, server.url)
    // A plan of `anneal train`: the run of another program would be refused before.
    const { stdout: plan } = yield* anneal(cwd, "train", "--cfg", "job", "--resolve")
    writeFileSync(join(path, "plan.yaml"), plan)
    const override = `logger.mlflow.tracking_uri=${server.url}`
    const refused = yield* anneal(cwd, "runs", "resume", "last")
    assert.strictEqual(refused.code, 2)
    assert.include(refused.stderr, `anneal runs resume ${record.id} ${override}`)
    // Another override that is none ends it before it trains.
    const again = yield* anneal(cwd, "runs", "resume", "last", override, "no.such=1")
    assert.include(again.stderr, `anneal train seed=42 ${override} no.such=1 resume=`)
    assert.lengthOf(server.requests, 0)
  }).pipe(Effect.scoped)
)
