import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as CacheCare from "../../../src/layers/cache/CacheCare.ts"
import * as CacheDirectory from "../../../src/layers/cache/CacheDirectory.ts"
import * as CachePrune from "../../../src/layers/cache/CachePrune.ts"
import * as ProcessOwner from "../../../src/layers/run/ProcessOwner.ts"
import * as Graph from "../../../src/pipeline/graph/Graph.ts"
import * as Lineage from "../../../src/pipeline/graph/Lineage.ts"
import * as GraphTree from "../../../src/pipeline/graph/Tree.ts"
import { Artifact } from "../../../src/pipeline/stage/Artifact.ts"
import * as Pipeline from "../../../src/pipeline/stage/Pipeline.ts"
import * as Stage from "../../../src/pipeline/stage/Stage.ts"
import { StageCache } from "../../../src/pipeline/stage/StageCache.ts"
import { Workspace } from "../../../src/pipeline/stage/Workspace.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "anneal-cache-"))),
  (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
)

const counts = { write: 0, measure: 0 }

/** Writes a folder of two files. */
const write = Stage.make("write", {
  version: 1,
  input: {},
  parameters: { text: Schema.String },
  output: Schema.Struct({ folder: Artifact }),
  run: Effect.fnUntraced(function* (_, { text }) {
    counts.write += 1
    const { path, keep } = yield* Workspace
    fs.mkdirSync(join(path, "made/inner"), { recursive: true })
    fs.writeFileSync(join(path, "made/b.txt"), text)
    fs.writeFileSync(join(path, "made/inner/a.bin"), Uint8Array.of(0, 1, 2))
    return { folder: yield* keep("made") }
  })
})

/** Reads what another stage, or somebody outside, wrote. */
const measure = Stage.make("measure", {
  version: 1,
  input: { data: Artifact },
  parameters: {},
  output: Schema.String,
  run: Effect.fnUntraced(function* ({ data }) {
    counts.measure += 1
    const path = yield* (yield* Workspace).locate(data)
    return fs.readFileSync(data.kind === "file" ? path : join(path, "b.txt"), "utf8")
  })
})

const written = (text: string) => write({}, { text })
const both = (text: string) => measure({ data: Pipeline.map(written(text), ({ folder }) => folder) })

const fresh = () => Object.assign(counts, { write: 0, measure: 0 })

/** Runs over the cache in a folder, opened and closed for it. */
const over = <A, E>(path: string, effect: Effect.Effect<A, E, StageCache>) =>
  Effect.provide(effect, CacheDirectory.layerAt(path), { local: true })

const objectOf = (cache: string, { digest }: Artifact) =>
  join(cache, "objects", digest.slice(7, 9), digest.slice(9))

describe("the layer", () => {
  const open = (path: string, ending: (scope: Scope.Closeable) => Effect.Effect<unknown>) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Layer.buildWithScope(CacheDirectory.layerAt(path), scope)
      assert.isTrue(fs.existsSync(join(path, "cache.db-wal")))
      yield* ending(scope)
      // Closed, the database is one file again, and has its name.
      assert.deepStrictEqual(fs.readdirSync(path).toSorted(), [".gitignore", "cache.db"])
    })

  it.effect("opens and closes", () =>
    Effect.flatMap(temporary, (path) => open(path, (scope) => Scope.close(scope, Exit.void)))
  )
  it.effect("closes on failure", () =>
    Effect.flatMap(temporary, (path) => open(path, (scope) => Scope.close(scope, Exit.fail("no"))))
  )
  it.effect("closes on interruption", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const opened = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        over(
          path,
          Effect.andThen(StageCache, Effect.andThen(Deferred.succeed(opened, undefined), Effect.never))
        )
      )
      yield* Deferred.await(opened)
      assert.isTrue(fs.existsSync(join(path, "cache.db-wal")))
      yield* Fiber.interrupt(fiber)
      assert.isFalse(fs.existsSync(join(path, "cache.db-wal")))
    })
  )

  it.effect("brings a cache of an older format up to date, with what it holds", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      yield* over(path, Pipeline.run(written("old")))
      const database = new DatabaseSync(join(path, "cache.db"))
      database.exec("DROP TABLE activity; ALTER TABLE claim DROP COLUMN seen; PRAGMA user_version = 1")
      database.close()
      const before = counts.write
      yield* over(path, Pipeline.run(written("old")))
      assert.strictEqual(counts.write, before)
      yield* over(path, Pipeline.run(written("new")))
      assert.strictEqual(counts.write, before + 1)
    })
  )

  it.effect("refuses a file that is no database, and a cache of a newer format", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      fs.writeFileSync(join(path, "cache.db"), "something else entirely, and long enough")
      const broken = yield* Effect.flip(over(path, StageCache))
      assert.match(broken.message, /cache\.db: the cache's database cannot be opened: file is not a database/)
      fs.rmSync(join(path, "cache.db"))
      const database = new DatabaseSync(join(path, "cache.db"))
      database.exec("PRAGMA user_version = 99")
      database.close()
      assert.match((yield* Effect.flip(over(path, StageCache))).message, /has format 99, .* Update anneal/)
    })
  )
})

describe("artifacts", () => {
  it.effect("are named by the digest that sha256sum prints", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const { folder } = yield* over(path, Pipeline.run(written("hello\n")))
      const object = objectOf(path, folder)
      const sums = execFileSync("sh", ["-c", "find * -type f | LC_ALL=C sort | xargs sha256sum"], {
        cwd: object
      })
      const whole = execFileSync("sha256sum", { input: sums, encoding: "utf8" }).split(" ")[0]
      assert.strictEqual(folder.digest, `sha256:${whole}`)
      assert.deepInclude(folder, { name: "made", kind: "folder", files: 2, bytes: 9 })
      const file = join(object, "b.txt")
      const source = yield* over(
        path,
        StageCache.use((cache) => cache.source(file))
      )
      const one = execFileSync("sha256sum", [file], { encoding: "utf8" }).split(" ")[0]
      assert.strictEqual(source.digest, `sha256:${one}`)
      assert.strictEqual(fs.statSync(file).mode & 0o222, 0)
    })
  )

  it.effect("are found by the next process, and nothing runs again", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      fresh()
      assert.strictEqual(yield* over(path, Pipeline.run(both("hello"))), "hello")
      assert.strictEqual(yield* over(path, Pipeline.run(both("hello"))), "hello")
      assert.deepStrictEqual(counts, { write: 1, measure: 1 })
      assert.deepStrictEqual(fs.readdirSync(join(path, "work")), [])
      assert.deepStrictEqual(fs.readdirSync(join(path, "incoming")), [])
    })
  )

  it.effect("that are missing are made again", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const { folder } = yield* over(path, Pipeline.run(written("hello")))
      fs.rmSync(objectOf(path, folder), { recursive: true })
      const { stages } = yield* over(path, Pipeline.outline(written("hello")))
      assert.deepStrictEqual(stages[0]?.reasons, [
        { _tag: "OutputMissing", problem: "its output made is missing from the cache" }
      ])
      fresh()
      yield* over(path, Pipeline.run(both("hello")))
      assert.deepStrictEqual(counts, { write: 1, measure: 1 })
      assert.isTrue(fs.existsSync(objectOf(path, folder)))
    })
  )

  it.effect("are compared with their digest when they are read", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const { folder } = yield* over(path, Pipeline.run(written("hello")))
      const object = objectOf(path, folder)
      fs.chmodSync(join(object, "b.txt"), 0o644)
      fs.writeFileSync(join(object, "b.txt"), "hollo")
      const error = yield* Effect.flip(over(path, Pipeline.run(both("hello"))))
      assert.match(error.message, /made has changed since it was made. It was moved to /)
      fresh()
      assert.strictEqual(yield* over(path, Pipeline.run(both("hello"))), "hello")
      assert.deepStrictEqual(counts, { write: 1, measure: 1 })
    })
  )

  it.effect("that nobody kept cannot be an output", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const lying = Stage.make("lying", {
        version: 1,
        input: {},
        parameters: {},
        output: Artifact,
        run: () =>
          Effect.succeed({
            _tag: "anneal/Artifact",
            name: "model",
            kind: "file",
            digest: `sha256:${"0".repeat(64)}`,
            bytes: 1,
            files: 1
          } as const)
      })
      const error = yield* Effect.flip(over(path, Pipeline.run(lying({}))))
      assert.match(error.message, /^model: stage lying returned an artifact that is not in the cache/)
    })
  )

  it.effect("refuse links within, naming them", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      fs.mkdirSync(join(path, "data"))
      fs.symlinkSync("/etc/hostname", join(path, "data/link"))
      const error = yield* Effect.flip(
        over(join(path, "cache"), Pipeline.run(Pipeline.source(join(path, "data"))))
      )
      assert.match(error.message, /data\/link: is a link, and an artifact may only contain files and folders/)
    })
  )
})

describe("sources", () => {
  it.live("are identified by their content: touched they are the same, changed they are not", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const [cache, file] = [join(path, "cache"), join(path, "data.txt")]
      fs.writeFileSync(file, "one")
      const run = over(cache, Pipeline.run(measure({ data: Pipeline.source(file) })))
      fresh()
      assert.strictEqual(yield* run, "one")
      fs.utimesSync(file, 1, 1)
      assert.strictEqual(yield* run, "one")
      assert.strictEqual(counts.measure, 1)
      fs.writeFileSync(file, "two")
      const { stages } = yield* over(cache, Pipeline.outline(measure({ data: Pipeline.source(file) })))
      assert.deepStrictEqual(
        stages.map(({ reasons }) => reasons.map(({ _tag }) => _tag)),
        [["InputChanged"]]
      )
      assert.strictEqual(yield* run, "two")
      assert.strictEqual(counts.measure, 2)
    })
  )

  it.live("are hashed again only when their stamp changed", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const [cache, file] = [join(path, "cache"), join(path, "data.txt")]
      fs.writeFileSync(file, "one")
      yield* Effect.sleep("150 millis")
      const see = over(
        cache,
        StageCache.use(({ source }) => source(file))
      )
      const { digest } = yield* see
      const database = new DatabaseSync(join(cache, "cache.db"))
      database.exec("UPDATE source SET artifact = replace(artifact, 'data.txt', 'remembered')")
      database.close()
      assert.deepInclude(yield* see, { digest, name: "remembered" })
      fs.utimesSync(file, 1, 1)
      assert.deepInclude(yield* see, { digest, name: "data.txt" })
    })
  )

  it.effect("that do not exist are an error that names them", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const error = yield* Effect.flip(
        over(join(path, "cache"), Pipeline.outline(Pipeline.source(join(path, "nothing"))))
      )
      assert.match(error.message, /nothing: it does not exist/)
    })
  )
})

describe("claims", () => {
  const key = "sha256:claimed"
  const begin = Effect.scoped(Effect.flatMap(StageCache, (cache) => cache.begin(key)))

  it.live("make the second of two wait for the first", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const [begun, enough] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const order: Array<string> = []
      const step = (name: string, body: Effect.Effect<unknown>) =>
        over(
          path,
          Effect.scoped(
            Effect.gen(function* () {
              yield* (yield* StageCache).begin(key)
              order.push(`${name} begins`)
              yield* body
              order.push(`${name} ends`)
            })
          )
        )
      const working = Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(enough))
      const first = yield* Effect.forkChild(step("first", working))
      yield* Deferred.await(begun)
      const second = yield* Effect.forkChild(step("second", Effect.void))
      // Longer than the pause between two looks at who holds the stage.
      yield* Effect.sleep("300 millis")
      yield* Deferred.succeed(enough, undefined)
      yield* Fiber.join(first)
      yield* Fiber.join(second)
      assert.deepStrictEqual(order, ["first begins", "first ends", "second begins", "second ends"])
    })
  )

  it.live("of a process that died are taken over, and the attempts counted", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      assert.strictEqual((yield* over(path, begin)).attempt, 1)
      const dead = { ...(yield* ProcessOwner.self("dead")), began: "1" }
      const database = new DatabaseSync(join(path, "cache.db"))
      database
        .prepare("INSERT INTO claim (key, token, owner) VALUES (?, 'dead', ?)")
        .run(key, JSON.stringify(dead))
      database.close()
      assert.strictEqual((yield* over(path, begin)).attempt, 2)
      const after = new DatabaseSync(join(path, "cache.db"))
      assert.deepStrictEqual(after.prepare("SELECT * FROM claim").all(), [])
      after.close()
    })
  )

  it.live("of a process in another container stand as long as it gives signs of life", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      yield* over(path, begin)
      const apart = { ...(yield* ProcessOwner.self("apart")), place: "another" }
      const database = new DatabaseSync(join(path, "cache.db"))
      database
        .prepare("INSERT INTO claim (key, token, owner, seen) VALUES (?, 'apart', ?, ?)")
        .run(key, JSON.stringify(apart), yield* Clock.currentTimeMillis)
      const waited = yield* Effect.timeoutOption(over(path, begin), "300 millis")
      assert.isTrue(Option.isNone(waited))
      database.prepare("UPDATE claim SET seen = seen - ?").run(ProcessOwner.patience)
      assert.strictEqual((yield* over(path, begin)).attempt, 2)
      database.close()
    })
  )
})

describe("care", () => {
  it.effect("verifies, setting aside what is damaged", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const one = yield* over(path, Pipeline.run(written("one")))
      const two = yield* over(path, Pipeline.run(written("two")))
      yield* over(path, Pipeline.run(written("three")))
      fs.rmSync(objectOf(path, one.folder), { recursive: true })
      fs.chmodSync(join(objectOf(path, two.folder), "b.txt"), 0o644)
      fs.appendFileSync(join(objectOf(path, two.folder), "b.txt"), "!")
      assert.deepStrictEqual(yield* CacheCare.verify(path), {
        whole: 1,
        bytes: 8,
        damaged: ["write: made"],
        missing: ["write: made"]
      })
      assert.isFalse(fs.existsSync(objectOf(path, two.folder)))
    })
  )

  it.effect("recognises a database that is damaged behind its beginning", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      yield* over(path, Pipeline.run(written("one")))
      const file = join(path, "cache.db")
      const bytes = fs.readFileSync(file)
      bytes.fill(0xff, 4096, 3 * 4096)
      fs.writeFileSync(file, bytes)
      assert.match((yield* Effect.flip(CacheCare.verify(path))).message, /cache\.db: .*(damaged|malformed)/)
    })
  )

  it.effect("moves, and everything is found where it is now", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      yield* over(join(path, "here"), Pipeline.run(both("hello")))
      yield* CacheCare.move(join(path, "here"), join(path, "deep/there"))
      assert.deepStrictEqual(fs.readdirSync(path), ["deep"])
      fresh()
      assert.strictEqual(yield* over(join(path, "deep/there"), Pipeline.run(both("hello"))), "hello")
      assert.deepStrictEqual(counts, { write: 0, measure: 0 })
      const taken = yield* Effect.flip(CacheCare.move(join(path, "deep/there"), path))
      assert.match(taken.message, /it already exists/)
    })
  )

  it.effect("prunes nothing that a result which stays came from", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const measured = (text: string) =>
        measure({ data: Pipeline.map(written(text), ({ folder }) => folder) })
      const all = Pipeline.all({ a: measured("one"), b: measured("two") })
      yield* over(path, Pipeline.run(all))
      assert.deepInclude(yield* CachePrune.prune(path, { keepLast: 1 }), { forgotten: 2, kept: 2 })
      fresh()
      yield* over(path, Pipeline.run(all))
      assert.deepStrictEqual(counts, { write: 1, measure: 1 })
    })
  )

  it.effect("prunes by rules, and what no result needs", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const texts = ["one", "two", "three"]
      const made = yield* Effect.forEach(texts, (text) => over(path, Pipeline.run(written(text))))
      fs.mkdirSync(join(path, "incoming/left"), { recursive: true })
      const [first] = made
      const dry = yield* CachePrune.prune(path, { keepLast: 2, dryRun: true })
      assert.deepInclude(dry, { forgotten: 1, kept: 2, bytes: 6 })
      assert.sameMembers(
        dry.removed.map((one) => basename(one)),
        ["left", first?.folder.digest.slice(9) ?? ""]
      )
      assert.isTrue(fs.existsSync(join(path, "incoming/left")))
      yield* CachePrune.prune(path, { keepLast: 2 })
      fresh()
      yield* Effect.forEach(texts, (text) => over(path, Pipeline.run(written(text))))
      assert.strictEqual(counts.write, 1)
      const plan = yield* over(path, Pipeline.outline(written("two")))
      const keep = new Set(plan.stages.flatMap((stage) => stage.key ?? []))
      assert.deepInclude(yield* CachePrune.prune(path, { keep }), { forgotten: 2, kept: 1 })
      assert.deepInclude(yield* CachePrune.prune(path), { forgotten: 0, kept: 1, bytes: 0, removed: [] })
    })
  )

  it.effect("keeps the folders of stages that have not finished, unless asked to remove them", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      yield* over(path, Effect.scoped(StageCache.use(({ begin }) => begin("sha256:begun"))))
      assert.deepStrictEqual((yield* CachePrune.prune(path)).removed, [])
      assert.deepStrictEqual((yield* CachePrune.prune(path, { unfinished: true })).removed, ["work/begun"])
    })
  )

  it.live("leaves a cache alone that is in use", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      yield* over(
        path,
        Effect.scoped(
          Effect.gen(function* () {
            yield* (yield* StageCache).begin("sha256:running")
            const error = yield* Effect.flip(CachePrune.prune(path))
            assert.include(error.message, `process ${process.pid} runs a stage with this cache`)
          })
        )
      )
    })
  )
})

describe("lineage", () => {
  it.live("leads from an artifact to the stages and the data that made it", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const [cache, file] = [join(path, "cache"), join(path, "data.txt")]
      fs.writeFileSync(file, "one")
      const text = measure({ data: Pipeline.source(file) })
      const shout = Stage.make("shout", {
        version: 3,
        input: { text: Schema.String },
        parameters: { times: Schema.Int },
        output: Artifact,
        run: Effect.fnUntraced(function* ({ text }, { times }) {
          const { path, keep } = yield* Workspace
          fs.writeFileSync(join(path, "loud.txt"), text.toUpperCase().repeat(times))
          return yield* keep("loud.txt")
        })
      })
      const loud = yield* over(
        cache,
        Pipeline.run(shout({ text }, { times: 2 }), { environment: Effect.succeed({ anneal: "0.1.0" }) })
      )
      const found = yield* over(cache, Lineage.of(loud.digest))
      if (found === undefined) return assert.fail("no lineage")
      assert.deepStrictEqual(
        found.records.map(({ stage }) => stage),
        ["measure", "shout"]
      )
      const drawn = GraphTree.lines(Lineage.graph(found)).map((line) =>
        line.replaceAll(/\d{4}-\d\d-\S+ \S+ s|[0-9a-f]{10}/g, "…")
      )
      assert.deepStrictEqual(drawn, [
        "shout  times=2  version 3, …  anneal 0.1.0  made loud.txt …",
        "└─ text: measure  version 1, …  anneal 0.1.0",
        "   └─ data: data.txt  1 files, 3 bytes  …"
      ])
      assert.isUndefined(yield* over(cache, Lineage.of("sha256:none")))
    })
  )

  it.effect("is drawn as the pipeline is", () =>
    Effect.sync(() => {
      const graph = Graph.fromShape(both("hello").shape)
      assert.deepStrictEqual(GraphTree.lines(graph), ["measure", "└─ data: write"])
    })
  )
})
