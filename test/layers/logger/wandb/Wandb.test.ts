import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Choice from "../../../../src/layers/logger/tracker/CheckpointChoice.ts"
import * as Netrc from "../../../../src/layers/logger/tracker/Netrc.ts"
import * as Rows from "../../../../src/layers/logger/wandb/Rows.ts"
import * as TransactionLog from "../../../../src/layers/logger/wandb/TransactionLog.ts"
import { ConsoleLines } from "../../../../src/pipeline/run/ConsoleLines.ts"
import * as Histogram from "../../../../src/pipeline/run/Histogram.ts"
import type { Image, RunLogger } from "../../../../src/pipeline/run/RunLogger.ts"
import * as python from "../../python.ts"
import { inFolder, logging } from "../runs.ts"
import * as WandbServer from "../WandbServer.ts"

const key = "0123456789abcdef0123456789abcdef01234567"
const id = "k3v9x0ab"

const withKey = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, ConfigProvider.layer(ConfigProvider.fromUnknown({ WANDB_API_KEY: key })))

const image: Image = {
  width: 4,
  height: 4,
  rgb: Uint8Array.from({ length: 48 }, (_, i) => i),
  caption: "c",
  boxes: { predictions: [{ minX: 1, minY: 0, maxX: 2, maxY: 4, label: "text", score: 0.5 }] }
}

/** Two lines of the console, as soon as somebody listens. */
const speaking = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, ConsoleLines, (listener) =>
    Effect.sync(() => {
      listener({ text: "engine wasm: four threads", warning: false })
      listener({ text: "warning: the disk is getting full", warning: true })
    })
  )

const outputText = "engine wasm: four threads\nwarning: the disk is getting full\n"

/** The lines of the stream, times aside; each has one to the microsecond. */
const outputOf = (server: WandbServer.WandbServer) =>
  (server.files.get("output.log") ?? []).map((line) =>
    line.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} /, "AT ")
  )

const streamedOutput = ["AT engine wasm: four threads", "ERROR AT warning: the disk is getting full"]

/** The same run that `theirs` below logs with their own client. */
const logRun = (checkpoint: string) => (logger: RunLogger["Service"]) =>
  Effect.gen(function* () {
    yield* logger.hyperparameters({ lr: 0.1, model: { k: "a" } })
    for (let step = 1; step <= 3; step++) {
      yield* logger.scalars(step, { "train/loss": 1 / step })
      yield* logger.scalars(step, { lr: 0.001 })
    }
    yield* logger.scalars(4, { bad: Number.NaN, inf: Number.NEGATIVE_INFINITY })
    yield* logger.image(5, "img", image)
    yield* logger.histogram(6, "h", Histogram.of([0, 0.5, 1, 1, 1.5, 2], 2))
    yield* logger.table(7, "tab", { columns: ["a", "b"], rows: [[1, "x"]] })
    yield* logger.artifact("best-hmean-0.5000", checkpoint, ["best"])
    // Long enough for samples of the machine, where they are asked for.
    yield* Effect.sleep("100 millis")
    yield* logger.finish("done", { "best/val/hmean": 0.5 })
  })

const plan = (over: Readonly<Record<string, unknown>> = {}) => ({
  wandb: {
    project_name: "p",
    name: "exp",
    tags: ["t"],
    group: "g",
    notes: "n",
    log_model: true,
    ...over
  }
})

const makeCheckpoint = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, folder: string) {
  const path = join(folder, "ckpt")
  yield* fs.makeDirectory(path)
  yield* fs.writeFileString(join(path, "f.txt"), "hello")
  return path
})

/** The records of a `.wandb` file, by a reading of its own. */
const payloadsOf = (file: Uint8Array): ReadonlyArray<Buffer> => {
  const bytes = Buffer.from(file)
  const payloads: Array<Buffer> = []
  let pending: Array<Buffer> = []
  for (let at = 7; at < bytes.length; ) {
    if (32_768 - (at % 32_768) < 7) at += 32_768 - (at % 32_768)
    const length = bytes.readUInt16LE(at + 4)
    const type = bytes[at + 6]
    pending.push(bytes.subarray(at + 7, at + 7 + length))
    if (type === 1 || type === 4) {
      payloads.push(Buffer.concat(pending))
      pending = []
    }
    at += 7 + length
  }
  return payloads
}

describe("TransactionLog", () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

  it("writes the known bytes of a short record", () => {
    const record = TransactionLog.record(new TextEncoder().encode("hello"), TransactionLog.header.length)
    assert.strictEqual(hex(TransactionLog.header) + hex(record), "3a572642e1be009d23ac8a05000168656c6c6f")
  })

  it("ends a block with zeros where no fragment begins any more, and cuts a long record into fragments", () => {
    for (const at of [32_761, 32_762, 32_767, 32_768]) {
      const bytes = TransactionLog.record(Uint8Array.of(1), at)
      const pad = at === 32_761 || at === 32_768 ? 0 : 32_768 - at
      assert.isTrue(
        bytes.subarray(0, pad).every((byte) => byte === 0),
        `at ${at}`
      )
      assert.strictEqual(bytes[pad + 6], at === 32_761 ? 2 : 1, `at ${at}`)
    }
    const types: Array<number> = []
    const bytes = TransactionLog.record(new Uint8Array(70_000), 7)
    for (let at = 0; at < bytes.length; ) {
      types.push(bytes[at + 6] ?? 0)
      at += 7 + ((bytes[at + 4] ?? 0) | ((bytes[at + 5] ?? 0) << 8))
    }
    assert.deepStrictEqual(types, [2, 3, 4])
  })

  const vector = join(import.meta.dirname, "../../../../shared/vectors/wandb/sample.wandb")
  it("frames the records of a real file as their own client did", (context) => {
    if (!existsSync(vector)) {
      process.stderr.write("skipped: a real .wandb file framed again (../shared/vectors is not there)\n")
      return context.skip()
    }
    const real = readFileSync(vector)
    const payloads = payloadsOf(real)
    let file = Buffer.from(TransactionLog.header)
    for (const payload of payloads) file = Buffer.concat([file, TransactionLog.record(payload, file.length)])
    assert.strictEqual(payloads.length, 10)
    assert.isTrue(file.equals(real))
  })
})

describe("Rows", () => {
  const scalars = (step: number, values: Readonly<Record<string, number>>) => ({
    _tag: "Scalars" as const,
    time: 1000 * step,
    step,
    values
  })

  it("gives a row when a later step begins, and everything a step got in one row", () => {
    const first = Rows.fold(Rows.empty, [scalars(1, { a: 1 }), scalars(1, { b: 2 }), scalars(2, { a: 3 })], 0)
    assert.deepStrictEqual(first.complete, [
      { step: 1, values: { a: "1", b: "2", _step: "1", _timestamp: "1", _runtime: "1" } }
    ])
    const rest = Rows.fold(first.rows, [{ _tag: "Finish", time: 5000, status: "done", summary: { a: 9 } }], 0)
    assert.strictEqual(
      Rows.lineOf(rest.complete[0] ?? { step: 0, values: {} }),
      '{"a":3,"_step":2,"_timestamp":2,"_runtime":2}'
    )
    assert.strictEqual(rest.rows.lines, 2)
    assert.strictEqual(rest.rows.summary["a"], "9")
    assert.strictEqual(rest.rows.summary["b"], "2")
  })
})

describe("Choice", () => {
  const artifact = (name: string, ...aliases: ReadonlyArray<string>) => ({
    _tag: "Artifact" as const,
    time: 0,
    name,
    path: `/${name}`,
    aliases
  })
  const finish = { _tag: "Finish" as const, time: 0, status: "done" as const, summary: {} }

  it("sends every checkpoint, the best at the end, or none", () => {
    const entries = [artifact("best-1", "best"), artifact("last", "last"), artifact("best-2", "best")]
    const names = (chosen: Choice.Chosen) => chosen.now.map(({ name }) => name)
    assert.deepStrictEqual(names(Choice.choose("all", {}, entries)), ["best-1", "last", "best-2"])
    assert.deepStrictEqual(names(Choice.choose(false, {}, [...entries, finish])), [])
    const { now, waiting } = Choice.choose(true, {}, entries)
    assert.deepStrictEqual(now, [])
    assert.deepStrictEqual(names(Choice.choose(true, waiting, [finish])), ["best-2"])
    assert.deepStrictEqual(names(Choice.choose(true, {}, [artifact("last", "last"), finish])), ["last"])
    assert.deepStrictEqual(Choice.aliasesOf(artifact("x", "best")), ["best", "latest"])
    assert.deepStrictEqual(Choice.aliasesOf(artifact("x", "last")), ["latest"])
  })
})

describe("Netrc", () => {
  const text = `machine other login me password wrong
# machine api.wandb.ai password commented
machine api.wandb.ai
  login user
  password right
default login any password fallback`

  it("finds the password of a host, and the default for others where any host may have it", () => {
    const found = Netrc.passwordFor(text, "api.wandb.ai", true)
    assert.strictEqual(found === undefined ? "" : Redacted.value(found), "right")
    assert.notInclude(String(found), "right")
    const other = Netrc.passwordFor(text, "elsewhere", true)
    assert.strictEqual(other === undefined ? "" : Redacted.value(other), "fallback")
    assert.strictEqual(Netrc.passwordFor("machine a password b", "c", true), undefined)
    assert.strictEqual(Netrc.passwordFor(text, "elsewhere", false), undefined)
  })
})

const withoutTimes = (row: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(row).filter(([name]) => name !== "_timestamp" && name !== "_runtime"))

/** What the rows of `logRun` must be, times aside. */
const rowsOfRun = (imageValue: unknown) => [
  { _step: 1, "train/loss": 1, lr: 0.001 },
  { _step: 2, "train/loss": 0.5, lr: 0.001 },
  { _step: 3, "train/loss": 1 / 3, lr: 0.001 },
  { _step: 4, bad: "NaN", inf: "-Infinity" },
  { _step: 5, img: imageValue },
  { _step: 6, h: { _type: "histogram", values: [2, 4], bins: [0, 1, 2] } },
  {
    _step: 7,
    tab: {
      _type: "table-file",
      log_mode: "IMMUTABLE",
      // As their own client wrote it for this table.
      path: "media/table/tab_7_60b98268b9ae3b28327a.table.json",
      sha256: "60b98268b9ae3b28327aa2763a5e9a9e2d4d4ca3b3e9252dc83070bcc01989ad",
      size: 38,
      ncols: 2,
      nrows: 1
    }
  }
]

const ours = (folder: string, fs: FileSystem.FileSystem, server: WandbServer.WandbServer) =>
  Effect.gen(function* () {
    const checkpoint = yield* makeCheckpoint(fs, folder)
    const logged = logging(folder, plan({ base_url: server.url }), logRun(checkpoint), { sampleEvery: 0.02 })
    yield* logged.pipe(withKey, speaking)
  })

/** Samples of the machine as the server has them. */
const eventsOf = (server: WandbServer.WandbServer) =>
  (server.files.get("wandb-events.jsonl") ?? []).map((line) => WandbServer.parsed(line))

/** Each sample once, with numbers that can be. */
const checkEvents = (server: WandbServer.WandbServer) => {
  const events = eventsOf(server)
  assert.isAtLeast(events.length, 2)
  assert.strictEqual(new Set(events.map((event) => event["_timestamp"])).size, events.length)
  for (const event of events) {
    assert.isAbove(Number(event["system.proc.memory.rssMB"]), 10)
    assert.isAtLeast(Number(event["system.cpu"]), 0)
    assert.isBelow(Number(event["system.memory_percent"]), 100)
  }
}

describe("Wandb online", () => {
  it.live("sends the run, its history by line, its files, its checkpoint and its end", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const server = yield* WandbServer.open
        yield* ours(folder, fs, server)
        const [first, named] = server.operations("UpsertBucket")
        assert.deepInclude(first, {
          name: id,
          project: "p",
          entity: null,
          displayName: "exp",
          groupName: "g",
          notes: "n",
          tags: ["t"]
        })
        assert.deepStrictEqual(JSON.parse(String(first?.["config"])), {
          lr: { value: 0.1 },
          model: { value: { k: "a" } },
          _wandb: { value: { m: [], t: {} } }
        })
        assert.strictEqual(named?.["displayName"], "exp_hmean0.5000")
        const picture = server.history[4]?.["img"]
        assert.deepStrictEqual(server.history.map(withoutTimes), rowsOfRun(picture))
        assert.deepStrictEqual(server.ends, [0])
        checkEvents(server)
        assert.deepStrictEqual(outputOf(server), streamedOutput)
        assert.strictEqual(server.uploads.get("output.log"), outputText)
        const summary = WandbServer.parsed(server.files.get("wandb-summary.json")?.[0] ?? "{}")
        assert.deepInclude(summary, { "best/val/hmean": 0.5, "train/loss": 1 / 3, bad: "NaN", _step: 7 })
        const media = [...server.uploads.keys()].find((name) => name.startsWith("media/images/img_5_")) ?? ""
        const onDisk = yield* fs.readFile(join(folder, media))
        assert.strictEqual(server.uploads.get(media), Buffer.from(onDisk).toString("latin1"))
        const boxes =
          [...server.uploads].find(([name]) => name.startsWith("media/metadata/boxes2D/"))?.[1] ?? ""
        assert.deepStrictEqual(JSON.parse(boxes), {
          box_data: [
            {
              position: { minX: 0.25, maxX: 0.5, minY: 0, maxY: 1 },
              class_id: 0,
              box_caption: "text 0.50",
              scores: { score: 0.5 }
            }
          ],
          class_labels: { 0: "text" }
        })
        assert.strictEqual(server.uploads.get("artifact/f.txt"), "hello")
        const manifests = server.operations("CreateArtifactManifest")
        assert.deepStrictEqual(
          manifests.map(({ includeUpload }) => includeUpload),
          [false, true]
        )
        assert.strictEqual(server.operations("CommitArtifact").length, 1)
      })
    )
  )

  it.live("authorizes every request, and the key is nowhere else", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const server = yield* WandbServer.open
        yield* ours(folder, fs, server)
        const expected = `Basic ${Buffer.from(`api:${key}`).toString("base64")}`
        for (const { method, headers, text, url } of server.requests) {
          assert.strictEqual(headers["authorization"], method === "POST" ? expected : undefined)
          assert.notInclude(`${text}${url}`, key)
        }
        for (const name of yield* fs.readDirectory(folder, { recursive: true })) {
          const path = join(folder, name)
          if ((yield* fs.stat(path)).type === "File") {
            assert.notInclude(Buffer.from(yield* fs.readFile(path)).toString("latin1"), key, name)
          }
        }
      })
    )
  )

  it.live("keeps everything on disk without a key, says so, and ends at once", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const server = yield* WandbServer.open
        const nothing = ConfigProvider.layer(ConfigProvider.fromUnknown({ NETRC: join(folder, "none") }))
        yield* Effect.provide(
          logging(folder, plan({ base_url: server.url }), (logger) => logger.scalars(1, { a: 1 })),
          nothing
        )
        assert.deepStrictEqual(server.requests, [])
        assert.include(yield* fs.readFileString(join(folder, "spool/wandb.jsonl")), '"a":1')
      })
    )
  )
})

describe("Wandb offline", () => {
  const offline = plan({ settings: { offline: true } })
  const fileOf = (folder: string) =>
    join(folder, "wandb", `offline-run-20260102_030405-${id}`, `run-${id}.wandb`)

  it.live("has every step once, and one exit, after a run was cut and taken up again", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const steps = (from: number, to: number) => (logger: RunLogger["Service"]) =>
          Effect.forEach(
            Array.from({ length: to - from + 1 }, (_, i) => from + i),
            (step) => logger.scalars(step, { a: step })
          )
        yield* speaking(logging(folder, offline, steps(1, 4)))
        const output = join(fileOf(folder), "../files/output.log")
        yield* fs.writeFileString(output, "cut", { flag: "a" })
        const path = fileOf(folder)
        const before = yield* fs.readFile(path)
        yield* fs.writeFile(path, Buffer.concat([before, Uint8Array.of(1, 2, 3)]))
        yield* speaking(logging(folder, offline, steps(3, 6), { resumedFrom: 2 }))
        assert.strictEqual(yield* fs.readFileString(output), outputText + outputText)
        const payloads = payloadsOf(yield* fs.readFile(path)).map((payload) => payload.toString("latin1"))
        // A history record is field 2, after the number of the record.
        const history = payloads.filter((payload) => /^\x08.\x12/s.test(payload))
        assert.deepStrictEqual(
          history.map((payload) => /_step\x82\x01.(\d+)/s.exec(payload)?.[1]),
          ["1", "2", "3", "4", "5", "6"]
        )
        assert.strictEqual(payloads.filter((payload) => /^\x08.\x92\x01/s.test(payload)).length, 1)
        assert.match(payloads.at(-1) ?? "", /^\x08.\x92\x01/s)
      })
    )
  )

  it.live.each([
    ["its log", (path: string) => path],
    ["what the console said", (path: string) => join(path, "../files/output.log")]
  ] as const)("is whole after %s was truncated and the run taken up again", ([, fileIn]) =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const steps = (from: number, to: number) => (logger: RunLogger["Service"]) =>
          Effect.forEach(
            Array.from({ length: to - from + 1 }, (_, i) => from + i),
            (step) => logger.scalars(step, { a: step })
          )
        yield* speaking(logging(folder, offline, steps(1, 4)))
        const path = fileOf(folder)
        yield* fs.truncate(fileIn(path), 20)
        yield* speaking(logging(folder, offline, steps(3, 6), { resumedFrom: 2 }))
        const bytes = yield* fs.readFile(path)
        const payloads = payloadsOf(bytes).map((payload) => payload.toString("latin1"))
        const history = payloads.filter((payload) => /^\x08.\x12/s.test(payload))
        assert.deepStrictEqual(
          history.map((payload) => /_step\x82\x01.(\d+)/s.exec(payload)?.[1]),
          ["1", "2", "3", "4", "5", "6"]
        )
        const output = yield* fs.readFileString(join(path, "../files/output.log"))
        assert.strictEqual(output, outputText + outputText)
      })
    )
  )

  const script = `
import sys, json
from wandb.sdk.internal import datastore
from wandb.proto import wandb_internal_pb2 as pb
ds = datastore.DataStore()
ds.open_for_scan(sys.argv[1])
out = []
while True:
    data = ds.scan_data()
    if data is None: break
    r = pb.Record(); r.ParseFromString(data)
    kind = r.WhichOneof('record_type')
    row = {'num': r.num, 'kind': kind}
    if kind == 'history':
        row['row'] = {i.nested_key[0] if i.nested_key else i.key: i.value_json for i in r.history.item}
        row['step'] = r.history.step.num
    if kind == 'run':
        row['run'] = [r.run.run_id, r.run.project, r.run.display_name, list(r.run.tags), r.run.run_group, r.run.notes]
        row['config'] = {u.key: u.value_json for u in r.run.config.update}
    if kind == 'output_raw': row['output'] = [r.output_raw.line, r.output_raw.output_type, r.output_raw.timestamp.ToMilliseconds() > 1.7e12]
    if kind == 'files': row['files'] = [f.path for f in r.files.files]
    if kind == 'exit': row['exit'] = r.exit.exit_code
    if kind == 'artifact': row['artifact'] = [r.artifact.name, r.artifact.type, r.artifact.digest, list(r.artifact.aliases), [c.path for c in r.artifact.manifest.contents]]
    out.append(row)
print(json.dumps(out))
`
  const Read = Schema.Array(
    Schema.Struct({
      num: Schema.Int,
      kind: Schema.String,
      row: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
      step: Schema.optionalKey(Schema.Int),
      run: Schema.optionalKey(Schema.Unknown),
      config: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
      output: Schema.optionalKey(Schema.Unknown),
      files: Schema.optionalKey(Schema.Array(Schema.String)),
      exit: Schema.optionalKey(Schema.Int),
      artifact: Schema.optionalKey(Schema.Unknown)
    })
  )
  const reader = python.withModules("wandb.sdk.internal.datastore")
  if (reader === undefined) python.skipped(".wandb read by wandb's datastore", ["wandb<0.24 (datastore)"])

  it.live.skipIf(reader === undefined)("is read by their own datastore and protobufs", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const checkpoint = yield* makeCheckpoint(fs, folder)
        yield* speaking(logging(folder, offline, logRun(checkpoint)))
        const records = Schema.decodeUnknownSync(Read)(python.run(reader ?? "", script, [fileOf(folder)]))
        assert.deepStrictEqual(
          records.map(({ num }) => num),
          records.map((_, i) => i + 1)
        )
        assert.deepStrictEqual(
          [records[0]?.kind, records[1]?.kind, records.at(-1)?.kind],
          ["header", "run", "exit"]
        )
        assert.deepStrictEqual(records[1]?.run, [id, "p", "exp", ["t"], "g", "n"])
        assert.deepStrictEqual(records[1]?.config, { lr: "0.1", model: '{"k":"a"}', _wandb: "{}" })
        const rows = records.flatMap(({ kind, row = {}, step }) =>
          kind === "history" ? [withoutTimes({ ...row, step })] : []
        )
        assert.strictEqual(rows.length, 7)
        // Their types: 1 for what was printed to standard output, 0 to standard error.
        assert.deepStrictEqual(
          records.flatMap(({ kind, output }) => (kind === "output_raw" ? [output] : [])),
          [
            ["engine wasm: four threads\n", 1, true],
            ["warning: the disk is getting full\n", 0, true]
          ]
        )
        assert.deepEqual(rows[1], { "train/loss": "0.5", lr: "0.001", _step: "2", step: 2 })
        assert.deepEqual(rows[3], { bad: "NaN", inf: "-Infinity", _step: "4", step: 4 })
        assert.strictEqual(records.find(({ kind }) => kind === "files")?.files?.length, 3)
        assert.deepStrictEqual(records.find(({ kind }) => kind === "artifact")?.artifact, [
          `model-${id}`,
          "model",
          // MD5 of the manifest, as their own client computed it for this file.
          "b3c712c65ff5236425889b9284087b12",
          ["best", "latest"],
          ["f.txt"]
        ])
      })
    )
  )

  const client = python.withModules("wandb")
  if (client === undefined) python.skipped("an offline run sent by `wandb sync`", ["wandb"])

  it.live.skipIf(client === undefined)(
    "is sent whole by their own `wandb sync`",
    () =>
      inFolder((folder, fs) =>
        Effect.gen(function* () {
          const server = yield* WandbServer.open
          const checkpoint = yield* makeCheckpoint(fs, folder)
          yield* speaking(logging(folder, offline, logRun(checkpoint), { sampleEvery: 0.02 }))
          yield* theirClient(client ?? "", server, folder, [
            "-m",
            "wandb",
            "sync",
            "--yes",
            join(fileOf(folder), "..")
          ])
          const picture = server.history[4]?.["img"]
          assert.deepStrictEqual(server.history.map(withoutTimes), rowsOfRun(picture))
          assert.deepStrictEqual(server.ends, [0])
          assert.deepInclude(server.operations("UpsertBucket")[0], {
            name: id,
            project: "p",
            displayName: "exp"
          })
          checkEvents(server)
          assert.deepStrictEqual(outputOf(server), streamedOutput)
          assert.strictEqual(server.uploads.get("output.log"), outputText)
          const media = [...server.uploads.keys()].filter((name) => name.startsWith("media/"))
          assert.strictEqual(media.length, 3)
          assert.strictEqual(server.uploads.get("artifact/f.txt"), "hello")
        })
      ),
    60_000
  )
})

const exec = promisify(execFile)

const theirClient = (
  interpreter: string,
  server: WandbServer.WandbServer,
  folder: string,
  args: ReadonlyArray<string>
) =>
  Effect.promise(() =>
    exec(interpreter, [...args], {
      cwd: folder,
      timeout: 50_000,
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        WANDB_BASE_URL: server.url,
        WANDB_API_KEY: key,
        WANDB_SILENT: "true",
        WANDB_DIR: folder
      }
    })
  )

/** The run of `logRun`, logged by their own client. */
const theirs = `
import sys, time, wandb, numpy as np
run = wandb.init(project="p", name="exp", config={"lr": 0.1, "model": {"k": "a"}}, tags=["t"], group="g", notes="n", id="${id}", settings=wandb.Settings(x_stats_sampling_interval=0.3))
print("engine wasm: four threads")
print("warning: the disk is getting full", file=sys.stderr)
for i in (1, 2, 3):
    run.log({"train/loss": 1 / i, "lr": 0.001}, step=i)
run.log({"bad": float("nan"), "inf": float("-inf")}, step=4)
boxes = {"predictions": {"box_data": [{"position": {"minX": 0.25, "maxX": 0.5, "minY": 0, "maxY": 1}, "class_id": 0, "box_caption": "text 0.50", "scores": {"score": 0.5}}], "class_labels": {0: "text"}}}
run.log({"img": wandb.Image(np.arange(48, dtype=np.uint8).reshape(4, 4, 3), caption="c", boxes=boxes)}, step=5)
run.log({"h": wandb.Histogram(np_histogram=(np.array([2, 4]), np.array([0., 1., 2.])))}, step=6)
run.log({"tab": wandb.Table(columns=["a", "b"], data=[[1, "x"]])}, step=7)
run.summary["best/val/hmean"] = 0.5
time.sleep(1)
artifact = wandb.Artifact("model-${id}", type="model")
artifact.add_dir("ckpt")
run.log_artifact(artifact, aliases=["best", "latest"])
run.finish()
`

const official = python.withModules("wandb", "numpy", "PIL")
if (official === undefined)
  python.skipped("our requests beside the official client's", ["wandb", "numpy", "PIL"])

describe.skipIf(official === undefined)("Wandb beside the official client", () => {
  it.live(
    "sends for the same run what theirs sends, field by field",
    () =>
      inFolder((folder, fs) =>
        Effect.gen(function* () {
          const own = yield* WandbServer.open
          const other = yield* WandbServer.open
          yield* ours(folder, fs, own)
          yield* fs.writeFileString(join(folder, "theirs.py"), theirs)
          yield* theirClient(official ?? "", other, folder, ["theirs.py"])

          const run = (server: WandbServer.WandbServer) => server.operations("UpsertBucket")[0] ?? {}
          for (const field of [
            "name",
            "project",
            "entity",
            "groupName",
            "displayName",
            "notes",
            "commit",
            "host",
            "tags"
          ]) {
            assert.deepStrictEqual(run(own)[field], run(other)[field], field)
          }
          const config = (server: WandbServer.WandbServer): Readonly<Record<string, unknown>> =>
            JSON.parse(String(run(server)["config"]))
          for (const name of ["lr", "model"])
            assert.deepStrictEqual(config(own)[name], config(other)[name], name)

          // Rows: the same keys and values; pictures differ in the PNG's compression and thus in their digest.
          const withoutDigest = ({
            path: _p,
            sha256: _s,
            size: _z,
            boxes,
            ...value
          }: Readonly<Record<string, unknown>>) => ({
            ...value,
            boxes: Object.keys(Object(boxes))
          })
          // Their client keeps a table as an artifact of the run too; its file names count logs, not steps.
          const withoutArtifact = ({
            artifact_path: _a,
            _latest_artifact_path: _l,
            path,
            ...value
          }: Readonly<Record<string, unknown>>) => ({ ...value, path: String(path).replace(/_\d+_/, "_n_") })
          const rows = (server: WandbServer.WandbServer) =>
            server.history.map((row) => {
              const { img, tab, ...rest } = withoutTimes(row)
              return {
                ...rest,
                ...(img === undefined ? {} : { img: withoutDigest(Object(img)) }),
                ...(tab === undefined ? {} : { tab: withoutArtifact(Object(tab)) })
              }
            })
          assert.deepStrictEqual(rows(own), rows(other))
          for (const name of ["_timestamp", "_runtime"]) {
            assert.isTrue(
              own.history.every((row) => typeof row[name] === "number"),
              name
            )
            assert.isTrue(
              other.history.every((row) => typeof row[name] === "number"),
              name
            )
          }

          // Samples of the machine: theirs have what only their client measures, and its own names for all of ours.
          const sampled = (server: WandbServer.WandbServer) => [
            ...new Set(eventsOf(server).flatMap((event) => Object.keys(event)))
          ]
          assert.includeMembers(sampled(other), sampled(own))
          assert.isAtLeast(sampled(own).length, 8)

          const last = (server: WandbServer.WandbServer) =>
            withoutTimes(WandbServer.parsed(server.files.get("wandb-summary.json")?.[0] ?? "{}"))
          const { img: ourImage, tab: _t, ...ourSummary } = last(own)
          const { img: theirImage, tab: _u, _wandb: _w, ...theirSummary } = last(other)
          assert.deepStrictEqual(ourSummary, theirSummary)
          assert.deepStrictEqual(withoutDigest(Object(ourImage)), withoutDigest(Object(theirImage)))

          // What the console said; their client writes on standard output in pieces, and joins them again.
          assert.deepStrictEqual(outputOf(own), outputOf(other))
          assert.strictEqual(own.uploads.get("output.log"), other.uploads.get("output.log"))

          const boxes = (server: WandbServer.WandbServer) =>
            JSON.parse([...server.uploads].find(([name]) => name.includes("boxes2D"))?.[1] ?? "null")
          assert.deepStrictEqual(boxes(own), boxes(other))

          const artifact = (server: WandbServer.WandbServer) => {
            const model = server
              .operations("CreateArtifact")
              .map((variables) => Object(variables["input"]))
              .find(({ artifactTypeName }) => artifactTypeName === "model")
            const { aliases, ...input } = model ?? {}
            // Their client keeps them in a set of no order.
            const names = [aliases].flat().map((alias) => JSON.stringify(alias))
            return { ...input, aliases: names.sort() }
          }
          for (const field of [
            "entityName",
            "projectName",
            "runName",
            "artifactTypeName",
            "artifactCollectionName",
            "aliases",
            "digest",
            "digestAlgorithm",
            "enableDigestDeduplication"
          ]) {
            assert.deepStrictEqual(artifact(own)[field], artifact(other)[field], field)
          }
          const files = (server: WandbServer.WandbServer) =>
            server
              .operations("CreateArtifactFiles")
              .flatMap((variables) => [Object(variables["input"]).artifactFiles].flat())
              .filter((file) => file.name === "f.txt")
              .map((file) => ({
                artifactID: file.artifactID,
                artifactManifestID: file.artifactManifestID,
                md5: file.md5
              }))
          assert.deepStrictEqual(files(own), files(other))
          const manifest = (server: WandbServer.WandbServer) => {
            const sent = server.requests.filter(({ url }) => url === "/upload/wandb_manifest.json")
            const manifests = sent.map(({ text }) => JSON.parse(text))
            const { contents, ...rest } = manifests.find((one) => "f.txt" in one.contents)
            const { digest, size, birthArtifactID } = contents["f.txt"]
            return { ...rest, digest, size, birthArtifactID }
          }
          assert.deepStrictEqual(manifest(own), manifest(other))
          assert.deepStrictEqual(own.ends, other.ends)
          assert.strictEqual(
            own.requests[0]?.headers["authorization"],
            other.requests[0]?.headers["authorization"]
          )
        })
      ),
    60_000
  )
})
