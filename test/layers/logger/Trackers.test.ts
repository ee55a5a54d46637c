/** What every tracker must stand: a server that refuses, hangs, fails, asks for time, or cuts the connection. */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import type { ServerResponse } from "node:http"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import * as SpoolSync from "../../../src/layers/logger/delivery/SpoolSync.ts"
import type { RunLogger } from "../../../src/pipeline/run/RunLogger.ts"
import * as MlflowServer from "./MlflowServer.ts"
import * as Recorder from "./Recorder.ts"
import { inFolder, logging } from "./runs.ts"
import * as WandbServer from "./WandbServer.ts"

const secrets = {
  WANDB_API_KEY: "planted-wandb-key-0123456789abcdef01234567",
  MLFLOW_TRACKING_TOKEN: "planted-mlflow-token",
  OTEL_EXPORTER_OTLP_HEADERS: "authorization=planted-otel-header"
}
const withSecrets = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, ConfigProvider.layer(ConfigProvider.fromUnknown(secrets)))

/** Does something with a request instead of answering; true when it did. */
type Fault = (response: ServerResponse) => boolean

interface Tracker {
  readonly url: string
  readonly plan: (timeout: number) => Readonly<Record<string, unknown>>
  /** The fault is asked for each request; `take` lets the server take it all the same, without an answer. */
  readonly break: (fault: (take: () => void) => Fault) => void
  readonly mend: () => void
  /** Steps as the server has them. */
  readonly steps: () => ReadonlyArray<number>
  readonly ended: () => boolean
}

const wandb = Effect.map(
  WandbServer.open,
  (server): Tracker => ({
    url: server.url,
    plan: (finish_timeout) => ({ wandb: { base_url: server.url, project_name: "p" }, finish_timeout }),
    break: (fault) => {
      server.fault = (request, response) => fault(() => server.answer(request))(response)
    },
    mend: () => {
      server.fault = () => false
    },
    steps: () => server.history.map((row) => Number(row["_step"])),
    ended: () => server.ends.length > 0
  })
)

const mlflow = Effect.map(
  MlflowServer.open,
  (server): Tracker => ({
    url: server.recorder.url,
    plan: (finish_timeout) => ({ mlflow: { tracking_uri: server.recorder.url }, finish_timeout }),
    break: (fault) => {
      server.fault = (request, response) => fault(() => server.take(request))(response)
    },
    mend: () => {
      server.fault = () => false
    },
    steps: () => server.steps,
    ended: () => server.statuses.includes("FINISHED")
  })
)

const trackers: ReadonlyArray<readonly [string, Effect.Effect<Tracker, never, Scope.Scope>]> = [
  ["wandb", wandb],
  ["mlflow", mlflow]
]

const count = 40
const allSteps = Array.from({ length: count }, (_, i) => i + 1)

/** Logs steps with a moment between them, so that deliveries happen while the run goes on. */
const logSteps = (logger: RunLogger["Service"]) =>
  Effect.forEach(allSteps, (step) =>
    Effect.andThen(logger.scalars(step, { "train/loss": 1 / step }), Effect.sleep("2 millis"))
  )

const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}): Fault =>
  (response) => {
    response.writeHead(status, headers)
    response.end("no")
    return true
  }
const hang: Fault = () => true
const cut: Fault = (response) => {
  response.socket?.destroy()
  return true
}

const faults: ReadonlyArray<readonly [string, (take: () => void) => Fault]> = [
  ["refuses", () => cut],
  ["hangs", () => hang],
  ["answers 500", () => answer(500)],
  ["answers 429 and asks for an hour", () => answer(429, { "retry-after": "3600" })],
  ["answers 401", () => answer(401)],
  [
    "takes everything and cuts the connection before it answers",
    (take) => {
      take()
      return cut
    }
  ],
  [
    "takes everything and hangs",
    (take) => {
      take()
      return hang
    }
  ]
]

// These wait for servers and for time, so they wait together.
describe.each(trackers)("%s", { concurrent: true }, (_, open) => {
  it.live.each(faults)(
    "loses and doubles nothing, and ends in time, when its server %s all the time",
    ([, fault]) =>
      inFolder((folder) =>
        Effect.gen(function* () {
          const tracker = yield* open
          tracker.break(fault)
          const [taken] = yield* Effect.timed(withSecrets(logging(folder, tracker.plan(0.5), logSteps)))
          assert.isBelow(Duration.toMillis(taken), 5000)
          tracker.mend()
          const [synced] = yield* withSecrets(SpoolSync.sync(folder, 20, { configured: [tracker.url] }))
          assert.strictEqual(synced?.left, 0)
          assert.strictEqual(synced?.problem, undefined)
          assert.deepStrictEqual(tracker.steps(), allSteps)
          assert.isTrue(tracker.ended())
        })
      )
  )

  it.live("delivers while the run goes on when its server comes back", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const tracker = yield* open
        let failures = 2
        tracker.break((take) => (response) => {
          failures--
          if (failures < 0) return false
          take()
          return cut(response)
        })
        yield* withSecrets(logging(folder, tracker.plan(20), logSteps))
        assert.deepStrictEqual(tracker.steps(), allSteps)
        assert.isTrue(tracker.ended())
        const [synced] = yield* withSecrets(SpoolSync.sync(folder, 5, { configured: [tracker.url] }))
        assert.strictEqual(synced?.delivered, 0)
      })
    )
  )

  it.live("says what is wrong as long as nothing arrives", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const tracker = yield* open
        tracker.break(() => answer(503))
        yield* withSecrets(logging(folder, tracker.plan(0.2), logSteps))
        const [synced] = yield* withSecrets(SpoolSync.sync(folder, 0.5, { configured: [tracker.url] }))
        assert.strictEqual(synced?.delivered, 0)
        assert.isAbove(synced?.left ?? 0, 0)
        assert.match(synced?.problem ?? "", /^503 from http:\/\/127\.0\.0\.1:\d+\/.*: no$/)
      })
    )
  )

  it.live("takes its key nowhere but to the address that was named", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const [tracker, other] = [yield* open, yield* Recorder.open]
        tracker.break(() => answer(307, { location: `${other.url}/elsewhere` }))
        yield* withSecrets(logging(folder, tracker.plan(0.2), logSteps))
        const [synced] = yield* withSecrets(SpoolSync.sync(folder, 0.5, { configured: [tracker.url] }))
        assert.include(synced?.problem, `moved to ${other.url}/elsewhere; use that address`)
        assert.lengthOf(other.requests, 0)
      })
    )
  )
})

describe("SpoolSync", () => {
  it.live("has nothing to do where nothing was spooled, and refuses a spool that a run is delivering", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* SpoolSync.sync(folder, 1), [])
        const tracker = yield* wandb
        const during = yield* withSecrets(
          logging(folder, tracker.plan(1), () => Effect.flip(SpoolSync.sync(folder, 1)))
        )
        assert.include(during.message, `process ${process.pid}`)
      })
    )
  )
})

describe("all sinks together", () => {
  const everything = (own: WandbServer.WandbServer, other: MlflowServer.MlflowServer) => ({
    csv: true,
    jsonl: true,
    tensorboard: true,
    wandb: { base_url: own.url, log_model: "all" },
    mlflow: { tracking_uri: other.recorder.url, log_model: "all" },
    opentelemetry: { endpoint: other.recorder.url }
  })

  it.live("hold no planted secret in any file, log line or request body", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const own = yield* WandbServer.open
        const other = yield* MlflowServer.open
        const said: Array<string> = []
        const recorder = Logger.make(({ message, cause }) => {
          said.push(`${String(message)} ${JSON.stringify(cause)}`)
        })
        yield* fs.makeDirectory(join(folder, "ckpt"))
        yield* fs.writeFileString(join(folder, "ckpt/state.json"), "{}")
        // One tracker refuses, so that failures are reported too.
        own.fault = ({ operation }, response) => operation === "CreateArtifact" && answer(401)(response)
        yield* withSecrets(
          logging(folder, everything(own, other), (logger) =>
            Effect.gen(function* () {
              yield* logger.hyperparameters({ seed: 42 })
              yield* logSteps(logger)
              yield* logger.artifact("last", join(folder, "ckpt"), ["last"])
            })
          )
        ).pipe(Effect.withSpan("Train.run"), Effect.provide(Logger.layer([recorder])))
        assert.isAbove(said.length, 0)
        const files = yield* fs.readDirectory(folder, { recursive: true })
        const texts = yield* Effect.forEach(files, (name) =>
          Effect.gen(function* () {
            const path = join(folder, name)
            const { type } = yield* fs.stat(path)
            return type === "File" ? Buffer.from(yield* fs.readFile(path)).toString("latin1") : ""
          })
        )
        const bodies = [...own.requests, ...other.recorder.requests].map(({ url, text }) => url + text)
        assert.isAbove(bodies.length, 5)
        for (const text of [...said, ...texts, ...bodies]) assert.notInclude(text, "planted")
        const headers = JSON.stringify(
          [...own.requests, ...other.recorder.requests].map((one) => one.headers)
        )
        assert.include(headers, "planted-mlflow-token", "the planted secrets were used")
        assert.include(headers, "planted-otel-header")
      })
    )
  )

  it.live("log in with the login in their address, which is shown nowhere", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const { recorder } = yield* MlflowServer.open
        const address = recorder.url.replace("://", "://joe:planted%40pass@")
        const environment = {
          MLFLOW_TRACKING_URI: address,
          WANDB_BASE_URL: address,
          WANDB_API_KEY: secrets.WANDB_API_KEY,
          OTEL_EXPORTER_OTLP_ENDPOINT: address
        }
        const said: Array<string> = []
        const listener = Logger.make(({ message }) => {
          said.push(String(message))
        })
        yield* logging(folder, { mlflow: true, wandb: true, opentelemetry: true }, (logger) =>
          Effect.withSpan(logger.scalars(1, { a: 1 }), "Train.run")
        ).pipe(
          Effect.provide([
            Logger.layer([listener]),
            ConfigProvider.layer(ConfigProvider.fromUnknown(environment))
          ])
        )
        const authorized = (part: string) =>
          recorder.requests
            .filter(({ url }) => url.includes(part))
            .map(({ headers }) => headers["authorization"])
        const basic = `Basic ${Buffer.from("joe:planted@pass").toString("base64")}`
        for (const part of ["/mlflow/runs/", "/v1/traces", "/v1/metrics"]) {
          assert.isAbove(authorized(part).length, 0, part)
          assert.deepStrictEqual([...new Set(authorized(part))], [basic], part)
        }
        assert.deepStrictEqual(authorized("graphql"), [], "a key and a login are one too many")
        assert.include(said.join("\n"), "remove the login from WANDB_BASE_URL")
        for (const name of yield* fs.readDirectory(folder, { recursive: true })) {
          const path = join(folder, name)
          if ((yield* fs.stat(path)).type === "File") said.push(yield* fs.readFileString(path))
        }
        assert.notInclude(said.join("\n"), "planted")
      })
    )
  )

  const root = join(import.meta.dirname, "../../..")
  const program = join(import.meta.dirname, "fixtures/logged.ts")
  /** Modules of the loggers' folder that a process loads for a plan, by name. */
  const loadedFor = (folder: string, plan: unknown): ReadonlyArray<string> => {
    const record = join(folder, "modules.txt")
    const args = ["--import", "./test/support/recordModules.mjs", program]
    execFileSync(process.execPath, [...args, JSON.stringify(plan)], {
      cwd: root,
      env: { ...process.env, ANNEAL_RECORD_MODULES: record, WANDB_API_KEY: "", NETRC: join(folder, "none") }
    })
    return readFileSync(record, "utf8")
      .split("\n")
      .flatMap((url) => {
        const own = /\/src\/layers\/logger\/(.+)\.ts$/.exec(url)?.[1]
        if (own !== undefined) return [own]
        return /effect\/dist\/(http\/HttpClient\.js|observability\/)/.test(url) ? ["(http)"] : []
      })
  }

  it.live(
    "load no code of a sink that is not chosen",
    () =>
      inFolder((folder) =>
        Effect.sync(() => {
          const always = ["RunLogger", "sink/SinkQueue", "sink/Sink"]
          assert.sameMembers([...loadedFor(folder, {})], always)
          assert.sameMembers([...loadedFor(folder, { csv: true })], [...always, "Csv", "sink/CsvTable"])
          const tensorboard = loadedFor(folder, { tensorboard: true })
          assert.include(tensorboard, "tensorboard/TensorBoard")
          assert.notInclude(tensorboard.join(), "andb")
          assert.notInclude(tensorboard, "(http)")
          const off = loadedFor(folder, { csv: true, wandb: { enabled: false }, mlflow: false })
          assert.notInclude(off.join(), "andb")
          assert.notInclude(off.join(), "lflow")
          const offline = loadedFor(folder, { wandb: { settings: { offline: true } } })
          assert.include(offline, "wandb/Wandb")
          assert.notInclude(offline.join(), "lflow")
        })
      ),
    60_000
  )
})
