/** What a run directory of somebody else's, and a server that means harm, cannot do. */
import { execFileSync } from "node:child_process"
import type { ServerResponse } from "node:http"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as FileSystem from "effect/FileSystem"
import { HttpClientRequest } from "effect/http"
import * as Logger from "effect/Logger"
import { TestClock } from "effect/testing"
import * as SpoolSync from "../../../src/layers/logger/delivery/SpoolSync.ts"
import * as SpoolSender from "../../../src/layers/logger/spool/Sender.ts"
import * as Http from "../../../src/layers/logger/tracker/Http.ts"
import type { RunLogger } from "../../../src/pipeline/run/RunLogger.ts"
import * as MlflowServer from "./MlflowServer.ts"
import * as Recorder from "./Recorder.ts"
import { inFolder, logging } from "./runs.ts"
import * as WandbServer from "./WandbServer.ts"

const secrets = {
  WANDB_API_KEY: "planted-wandb-key-0123456789abcdef01234567",
  MLFLOW_TRACKING_TOKEN: "planted-mlflow-token",
  NETRC: "/nowhere"
}

const withEnvironment = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  more: Readonly<Record<string, string>> = {}
) => Effect.provide(effect, ConfigProvider.layer(ConfigProvider.fromUnknown({ ...secrets, ...more })))

interface Foreign {
  /** What the head says that the run is. */
  readonly run?: Readonly<Record<string, unknown>>
  readonly entries: ReadonlyArray<unknown>
}

/** A run directory `run` in the folder as somebody may send it, beside a file `secret.txt`. */
const foreignRun = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  sink: string,
  plan: unknown,
  { run = {}, entries }: Foreign
) {
  const path = join(folder, "run")
  yield* fs.makeDirectory(join(path, "spool"), { recursive: true })
  yield* fs.writeFileString(join(folder, "secret.txt"), "planted-file")
  const facts = { id: "k3v9x0ab", path, kind: "train", started: "2026-01-02T03:04:05.678Z", command: ["x"] }
  const head = { _tag: "Spool", sink, plan, run: { ...facts, commit: null, ...run } }
  const lines = [head, ...entries].map((line) => `${JSON.stringify(line)}\n`)
  yield* fs.writeFileString(join(path, `spool/${sink}.jsonl`), lines.join(""))
  return path
})

const scalars = { _tag: "Scalars", time: 1, step: 1, values: { a: 1 } }
const imageAt = (file: string) => ({
  _tag: "Image",
  time: 1,
  step: 1,
  name: "x",
  file,
  sha256: "0",
  bytes: 1,
  width: 1,
  height: 1
})
const artifactAt = (path: string) => ({ _tag: "Artifact", time: 1, name: "last", path, aliases: ["last"] })
const finish = { _tag: "Finish", time: 2, status: "done", summary: {} }

/** Files of the run that are a way out of it, by how they are made. */
const waysOut: ReadonlyArray<
  readonly [string, (fs: FileSystem.FileSystem, folder: string) => Effect.Effect<string, unknown>]
> = [
  ["a path up and out", () => Effect.succeed("../secret.txt")],
  ["a path that is absolute", (_, folder) => Effect.succeed(join(folder, "secret.txt"))],
  ["a way in and out again", () => Effect.succeed("media/../../secret.txt")],
  [
    "a link",
    (fs, folder) =>
      Effect.as(fs.symlink(join(folder, "secret.txt"), join(folder, "run/link.txt")), "link.txt")
  ],
  [
    "a folder that is a link",
    (fs, folder) => Effect.as(fs.symlink(folder, join(folder, "run/up")), "up/secret.txt")
  ]
]

describe("A run directory of somebody else", () => {
  const bodies = (requests: ReadonlyArray<{ readonly text: string; readonly url: string }>) =>
    requests.map(({ url, text }) => `${url} ${text}`).join("\n")

  for (const [way, make] of waysOut) {
    for (const [kind, entryAt] of [
      ["picture", imageAt],
      ["checkpoint", artifactAt]
    ] as const) {
      it.live(`sends MLflow no ${kind} that is ${way}`, () =>
        inFolder((folder, fs) =>
          Effect.gen(function* () {
            const server = yield* MlflowServer.open
            const { url } = server.recorder
            const plan = { tracking_uri: url, log_model: "all" }
            const path = yield* foreignRun(fs, folder, "mlflow", plan, { entries: [] })
            const file = yield* make(fs, folder)
            yield* foreignRun(fs, folder, "mlflow", plan, { entries: [entryAt(file), finish] })
            const [synced] = yield* withEnvironment(SpoolSync.sync(path, 5, { configured: [url] }))
            assert.notInclude(bodies(server.recorder.requests), "planted-file")
            assert.strictEqual(synced?.left, 2)
            assert.include(synced?.problem, `it names ${file}, which is`)
          })
        )
      )

      it.live(`sends Weights & Biases no ${kind} that is ${way}`, () =>
        inFolder((folder, fs) =>
          Effect.gen(function* () {
            const server = yield* WandbServer.open
            const plan = { base_url: server.url, log_model: "all" }
            const path = yield* foreignRun(fs, folder, "wandb", plan, { entries: [] })
            const file = yield* make(fs, folder)
            yield* foreignRun(fs, folder, "wandb", plan, { entries: [entryAt(file), finish] })
            const [synced] = yield* withEnvironment(SpoolSync.sync(path, 5, { configured: [server.url] }))
            assert.notInclude(bodies(server.requests), "planted-file")
            assert.include(synced?.problem, `it names ${file}, which is`)
          })
        )
      )
    }
  }

  it.live("sends no folder that holds a link, and no named pipe, which nobody writes to", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const { recorder } = yield* MlflowServer.open
        const plan = { tracking_uri: recorder.url, log_model: "all" }
        const path = yield* foreignRun(fs, folder, "mlflow", plan, { entries: [artifactAt("ckpt"), finish] })
        yield* fs.makeDirectory(join(path, "ckpt"))
        yield* fs.symlink(join(folder, "secret.txt"), join(path, "ckpt/state.json"))
        const options = { configured: [recorder.url] }
        const [linked] = yield* withEnvironment(SpoolSync.sync(path, 5, options))
        assert.include(linked?.problem, "behind a symbolic link")
        assert.notInclude(bodies(recorder.requests), "planted-file")
        execFileSync("sh", ["-c", 'exec mkfifo "$0"', join(path, "pipe.png")])
        yield* foreignRun(fs, folder, "mlflow", plan, { entries: [imageAt("pipe.png")] })
        const [piped] = yield* withEnvironment(SpoolSync.sync(path, 5, options))
        assert.include(piped?.problem, "pipe.png, which is not a file")
      })
    )
  )

  const unnamed: ReadonlyArray<readonly [string, (url: string) => unknown]> = [
    ["mlflow", (url) => ({ tracking_uri: url })],
    ["wandb", (url) => ({ base_url: url })]
  ]

  it.live.each(unnamed)("is not sent to a server that only it names: %s", ([sink, planOf]) =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const recorder = yield* Recorder.open
        const path = yield* foreignRun(fs, folder, sink, planOf(recorder.url), { entries: [scalars] })
        const [synced] = yield* withEnvironment(SpoolSync.sync(path, 5))
        assert.lengthOf(recorder.requests, 0)
        assert.strictEqual(synced?.left, 1)
        assert.include(synced?.problem, `its run directory names ${recorder.url}, which neither`)
      })
    )
  )

  it.live("goes to a server that is confirmed, without a login, and with one to a server that is named", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const server = yield* MlflowServer.open
        const { url, requests } = server.recorder
        const plan = { tracking_uri: url }
        const path = yield* foreignRun(fs, folder, "mlflow", plan, { entries: [scalars] })
        const sync = (options: SpoolSync.SyncOptions, more = {}) =>
          withEnvironment(SpoolSync.sync(path, 5, options), more)
        assert.deepStrictEqual(yield* sync({ confirmed: [`${url}/`] }), [
          { sink: "mlflow", delivered: 1, left: 0, problem: undefined }
        ])
        assert.deepStrictEqual(server.steps, [1])
        assert.isTrue(requests.every(({ headers }) => headers["authorization"] === undefined))
        const named: ReadonlyArray<readonly [SpoolSync.SyncOptions, Readonly<Record<string, string>>]> = [
          [{ configured: [url] }, {}],
          [{}, { MLFLOW_TRACKING_URI: url }]
        ]
        for (const [options, environment] of named) {
          requests.length = 0
          yield* fs.remove(join(path, "spool/mlflow.jsonl.delivered"))
          yield* sync(options, environment)
          assert.isAbove(requests.length, 0)
          for (const { headers } of requests) {
            assert.strictEqual(headers["authorization"], "Bearer planted-mlflow-token")
          }
        }
      })
    )
  )

  it.live("gets the key for its server out of netrc, where that has an entry for it, and no other key", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const server = yield* WandbServer.open
        const plan = { base_url: server.url }
        const path = yield* foreignRun(fs, folder, "wandb", plan, { entries: [scalars, finish] })
        const netrc = join(folder, "netrc")
        const sync = withEnvironment(SpoolSync.sync(path, 5), { NETRC: netrc })
        yield* fs.writeFileString(netrc, "default login any password planted-default")
        yield* sync
        assert.lengthOf(server.requests, 0)
        yield* fs.writeFileString(netrc, "machine 127.0.0.1 login user password planted-own")
        const [synced] = yield* sync
        assert.strictEqual(synced?.left, 0)
        const basic = `Basic ${Buffer.from("api:planted-own").toString("base64")}`
        for (const { method, headers } of server.requests) {
          assert.strictEqual(headers["authorization"], method === "POST" ? basic : undefined)
        }
      })
    )
  )

  it.live("writes nothing outside of itself, whatever id, place and folder it names", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const line = { _tag: "Console", time: 1, text: "planted-line", warning: false }
        const offline = { settings: { offline: true } }
        const up = { id: "/../../../out/x" }
        const path = yield* foreignRun(fs, folder, "wandb", offline, { run: up, entries: [line, finish] })
        yield* withEnvironment(SpoolSync.sync(path, 5))
        const elsewhere = { settings: { offline: true, sync_dir: join(folder, "out") } }
        yield* foreignRun(fs, folder, "wandb", elsewhere, { entries: [line, finish] })
        const [named] = yield* withEnvironment(SpoolSync.sync(path, 5))
        assert.include(named?.problem, `--server ${join(folder, "out")}`)
        yield* fs.makeDirectory(join(folder, "target"))
        yield* fs.symlink(join(folder, "target"), join(path, "wandb"))
        yield* foreignRun(fs, folder, "wandb", offline, { entries: [line, finish] })
        const [linked] = yield* withEnvironment(SpoolSync.sync(path, 5))
        assert.include(linked?.problem, "behind a symbolic link")
        const server = yield* WandbServer.open
        yield* foreignRun(fs, folder, "wandb", { base_url: server.url }, { run: up, entries: [line] })
        yield* withEnvironment(SpoolSync.sync(path, 5, { configured: [server.url] }))
        assert.deepStrictEqual((yield* fs.readDirectory(folder)).sort(), ["run", "secret.txt", "target"])
        assert.deepStrictEqual(yield* fs.readDirectory(join(folder, "target")), [])
        // Where the person named the folder, it is written.
        yield* foreignRun(fs, folder, "wandb", elsewhere, { entries: [line, finish] })
        const [written] = yield* withEnvironment(
          SpoolSync.sync(path, 5, { confirmed: [join(folder, "out")] })
        )
        assert.strictEqual(written?.left, 0)
        assert.isTrue(yield* fs.exists(join(folder, "out/wandb")))
      })
    )
  )

  it.live("has no spool that is a link, neither delivered nor resumed", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const path = yield* foreignRun(fs, folder, "mlflow", {}, { entries: [] })
        const spool = join(path, "spool/mlflow.jsonl")
        yield* fs.remove(spool)
        yield* fs.symlink(join(folder, "secret.txt"), spool)
        const error = yield* Effect.flip(withEnvironment(SpoolSync.sync(path, 5)))
        assert.include(String(error), "behind a symbolic link")
        const server = yield* MlflowServer.open
        const plan = { mlflow: { tracking_uri: server.recorder.url }, finish_timeout: 1 }
        yield* withEnvironment(
          logging(path, plan, (logger) => logger.scalars(1, { a: 1 }), { resumedFrom: 0 })
        )
        assert.strictEqual(yield* fs.readFileString(join(folder, "secret.txt")), "planted-file")
      })
    )
  )

  it.live("sends none of its files out of the run when it is resumed", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const server = yield* MlflowServer.open
        const path = yield* foreignRun(fs, folder, "mlflow", {}, { entries: [imageAt("../secret.txt")] })
        const said: Array<string> = []
        const listener = Logger.make(({ message }) => {
          said.push(String(message))
        })
        const plan = { mlflow: { tracking_uri: server.recorder.url }, finish_timeout: 30 }
        const resumed = logging(path, plan, (logger) => logger.scalars(2, { a: 1 }), { resumedFrom: 1 })
        yield* withEnvironment(resumed).pipe(Effect.provide(Logger.layer([listener])))
        assert.isAbove(server.recorder.requests.length, 0)
        assert.notInclude(bodies(server.recorder.requests), "planted-file")
        assert.include(said.join("\n"), "it names ../secret.txt, which is outside of the run")
      })
    )
  )

  it.live("is delivered where it was moved, though older spools name checkpoints from the root on", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const server = yield* MlflowServer.open
        const { url, requests } = server.recorder
        const before = "/home/somebody/outputs/run"
        const path = yield* foreignRun(
          fs,
          folder,
          "mlflow",
          { tracking_uri: url, log_model: "all" },
          { run: { path: before }, entries: [artifactAt(`${before}/ckpt`), finish] }
        )
        yield* fs.makeDirectory(join(path, "ckpt/deep"), { recursive: true })
        yield* fs.writeFileString(join(path, "ckpt/deep/state.json"), "{}")
        const [synced] = yield* withEnvironment(SpoolSync.sync(path, 5, { configured: [url] }))
        assert.deepStrictEqual([synced?.left, synced?.problem], [0, undefined])
        assert.deepStrictEqual(
          requests.filter(({ method }) => method === "PUT").map(({ url }) => url.split("/checkpoints/")[1]),
          ["last/MLmodel", "last/deep/state.json"]
        )
      })
    )
  )
})

describe("A run of this process", () => {
  it.live("names its checkpoints in its spool from its directory on, and leaves out what is elsewhere", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const server = yield* MlflowServer.open
        const run = join(folder, "run")
        yield* fs.makeDirectory(join(run, "ckpt"), { recursive: true })
        yield* fs.writeFileString(join(run, "ckpt/state.json"), "{}")
        yield* fs.writeFileString(join(folder, "other.json"), "{}")
        const said: Array<string> = []
        const listener = Logger.make(({ message }) => {
          said.push(String(message))
        })
        const plan = { mlflow: { tracking_uri: server.recorder.url, log_model: "all" } }
        yield* logging(run, plan, (logger) =>
          Effect.gen(function* () {
            yield* logger.artifact("last", join(run, "ckpt"), ["last"])
            yield* logger.artifact("other", join(folder, "other.json"), [])
            yield* logger.scalars(1, { a: 1 })
          })
        ).pipe(withEnvironment, Effect.provide(Logger.layer([listener])))
        const spool = yield* fs.readFileString(join(run, "spool/mlflow.jsonl"))
        assert.include(spool, '"path":"ckpt"')
        assert.notInclude(spool, "other.json")
        assert.deepStrictEqual(server.steps, [1])
        assert.lengthOf(said, 1)
        assert.include(said[0], "other.json, which is outside of the run")
        const sent = server.recorder.requests.filter(({ method }) => method === "PUT").map(({ url }) => url)
        assert.isTrue(sent.some((url) => url.endsWith("/checkpoints/last/state.json")))
      })
    )
  )
})

/** Lets the network go on for a while without the clock moving. */
const settle = Effect.promise(() => new Promise<void>((resolve) => setTimeout(resolve, 50)))

const logSome = (logger: RunLogger["Service"]) => logger.scalars(1, { "train/loss": 1 })

/** Writes without end, as fast as it is read; counts the bytes. */
const endless = (status: number, count: (bytes: number) => void) => (response: ServerResponse) => {
  response.writeHead(status)
  const chunk = Buffer.alloc(1 << 16, "x")
  const more = () => {
    do count(chunk.length)
    while (response.writable && response.write(chunk))
  }
  response.on("drain", more)
  more()
}

/** Why a request to a server that answers so fails. */
const failureOf = Effect.fnUntraced(function* (answer: (response: ServerResponse) => void) {
  const recorder = yield* Recorder.open
  recorder.answer = (_, response) => answer(response)
  return yield* Effect.flip(Http.send(yield* Http.client, HttpClientRequest.get(recorder.url)))
})

/** Logs to an MLflow server that answers so, and what was said then. */
const heard = Effect.fnUntraced(function* (
  folder: string,
  answer: (response: ServerResponse, request: Recorder.Request) => void,
  more: Readonly<Record<string, string>> = {}
) {
  const recorder = yield* Recorder.open
  recorder.answer = (request, response) => answer(response, request)
  const said: Array<string> = []
  const listener = Logger.make(({ message }) => {
    said.push(String(message))
  })
  const address = recorder.url.replace("://", `://${more["LOGIN"] ?? ""}`)
  const plan = { mlflow: true, finish_timeout: 30 }
  const environment = { MLFLOW_TRACKING_URI: address, ...more }
  yield* withEnvironment(logging(folder, plan, logSome), environment).pipe(
    Effect.provide(Logger.layer([listener]))
  )
  return { recorder, said: said.join("\n") }
})

// These wait for servers, so they wait together.
describe("A server that means harm", { concurrent: true }, () => {
  it.live.each([200, 500])("is not read without end when it answers %i so", (status) =>
    Effect.gen(function* () {
      let bytes = 0
      const { message, final } = yield* failureOf(
        endless(status, (more) => {
          bytes += more
        })
      )
      assert.include(message, "an answer that cannot be read to its end")
      assert.isFalse(final)
      assert.isAbove(bytes, 0)
      assert.isBelow(bytes, 32 << 20)
    }).pipe(Effect.scoped)
  )

  it.effect("has a minute for an answer and its body, and no longer by sending it drop by drop", () =>
    Effect.gen(function* () {
      const recorder = yield* Recorder.open
      const begun = yield* Deferred.make<void>()
      let closed = false
      recorder.answer = (_, response) => {
        response.on("close", () => {
          closed = true
        })
        response.writeHead(200)
        response.write("{", () => Deferred.doneUnsafe(begun, Effect.void))
      }
      const client = yield* Http.client
      const asked = yield* Effect.forkChild(
        Effect.flip(Http.send(client, HttpClientRequest.get(`${recorder.url}/x?secret`)))
      )
      yield* Deferred.await(begun)
      yield* settle
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined(asked.pollUnsafe())
      yield* TestClock.adjust("1 second")
      const { message } = yield* Fiber.join(asked)
      assert.strictEqual(message, `no answer from ${recorder.url}/x in 60 s`)
      yield* settle
      assert.isTrue(closed)
    }).pipe(Effect.scoped)
  )

  it.live.each([
    ["0", 8],
    ["-5", 8],
    ["nonsense", 8],
    ["", 8],
    ["5", 8],
    ["30", 30],
    ["1e308", 86_400],
    ["Infinity", 86_400]
  ] as const)("that asks for %j seconds is asked the fourth time after %i", ([after, seconds]) =>
    Effect.gen(function* () {
      const error = yield* failureOf((response) => {
        response.writeHead(429, { "retry-after": after })
        response.end("busy")
      })
      assert.strictEqual(SpoolSender.patience(3, error), seconds)
    }).pipe(Effect.scoped)
  )

  it.live.each([
    ["a token", { MLFLOW_TRACKING_TOKEN: secrets.MLFLOW_TRACKING_TOKEN }],
    ["a password", { MLFLOW_TRACKING_TOKEN: "", LOGIN: "joe:planted-pass@" }]
  ] as const)("cannot make a message repeat %s that it was sent", ([, environment]) =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const echoes = [
          (value: string) => value,
          (value: string) => value.toLowerCase(),
          (value: string) => Buffer.from(value.split(" ")[1] ?? "", "base64").toString(),
          (value: string) => JSON.stringify({ errors: [{ message: value.slice(0, -3) }] })
        ]
        for (const echo of echoes) {
          const answer = (response: ServerResponse, { headers }: Recorder.Request) => {
            response.writeHead(401)
            response.end(`you said: ${echo(String(headers["authorization"]))}`)
          }
          const { said, recorder } = yield* heard(folder, answer, environment)
          assert.match(String(recorder.requests[0]?.headers["authorization"]), /^(Bearer|Basic) /)
          assert.include(said, "401 from")
          const spool = yield* fs.readFileString(join(folder, "spool/mlflow.jsonl"))
          const word = String(recorder.requests[0]?.headers["authorization"]).split(" ")[1] ?? ""
          for (const text of [said, spool]) {
            for (const secret of ["planted", word.slice(0, 10)]) {
              assert.notInclude(text.toLowerCase(), secret.toLowerCase())
            }
          }
        }
      })
    )
  )

  it.live("cannot make Weights & Biases' messages, output or spool repeat the key", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const server = yield* WandbServer.open
        server.fault = ({ headers }, response) => {
          response.writeHead(200, { "content-type": "application/json" })
          const message = `unauthorized ${headers["authorization"]} ${secrets.WANDB_API_KEY}\u001b]0;owned\u0007`
          response.end(JSON.stringify({ data: null, errors: [{ message }] }))
          return true
        }
        const said: Array<string> = []
        const listener = Logger.make(({ message }) => {
          said.push(String(message))
        })
        const plan = { wandb: { base_url: server.url } }
        yield* withEnvironment(logging(folder, plan, logSome)).pipe(Effect.provide(Logger.layer([listener])))
        assert.include(said.join(), "the server refused")
        const spool = yield* fs.readFileString(join(folder, "spool/wandb.jsonl"))
        for (const text of [said.join(), spool]) {
          assert.notInclude(text, "planted")
          assert.notInclude(text, Buffer.from("api:planted").toString("base64").slice(0, 12))
          assert.notInclude(text, "\u001b")
        }
      })
    )
  )

  it.live("cannot command a terminal by what it answers", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const answer = (response: ServerResponse) => {
          response.writeHead(400)
          response.end("\u001b[2J\u001b]8;;http://x\u0007no\u0000\u009b1m \u202eevil\r\nsecond line")
        }
        const { said } = yield* heard(folder, answer)
        assert.include(said, "400 from")
        assert.include(said, "second line")
        for (const line of said.split("\n")) assert.notMatch(line, /[\p{Cc}\p{Cf}]/u)
      })
    )
  )

  it.live(
    "is not needed to say so where a password with a slash in it, or a key with a line end, stands",
    () =>
      inFolder((folder) =>
        Effect.gen(function* () {
          const answer = (response: ServerResponse) => {
            response.writeHead(401)
            response.end("no")
          }
          const login = { MLFLOW_TRACKING_TOKEN: "", LOGIN: "joe:pla/nted?x#y@" }
          const slashed = yield* heard(folder, answer, login)
          const basic = `Basic ${Buffer.from("joe:pla/nted?x#y").toString("base64")}`
          assert.strictEqual(slashed.recorder.requests[0]?.headers["authorization"], basic)
          assert.notMatch(slashed.said, /pla\/|nted/)
          const ended = yield* heard(folder, answer, { MLFLOW_TRACKING_TOKEN: "planted\n" })
          assert.include(
            ended.said,
            "a key or password contains a character that is not allowed in a request"
          )
          assert.notInclude(ended.said, "planted")
        })
      )
  )
})
