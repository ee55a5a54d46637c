import { execFile } from "node:child_process"
import { promisify } from "node:util"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import * as SampleCare from "../../../src/layers/data/SampleCare.ts"
import * as SampleFiles from "../../../src/layers/data/SampleFiles.ts"
import * as SampleCache from "../../../src/pipeline/task/SampleCache.ts"

interface Value {
  readonly made: number
  readonly data: Uint8Array
}

const kind: SampleCache.Kind<Value> = {
  name: "test/value",
  version: 1,
  schema: Schema.Struct({ made: Schema.Int, data: Schema.instanceOf(Uint8Array) })
}

const BYTES = 10_000

/** A run with the cache in a folder, which counts the values that it makes. */
const run = Effect.fnUntraced(function* (cache_dir: string, cache_bytes: number | null = null) {
  const shared = yield* SampleCache.open({ cache: "disk", cache_bytes, cache_dir })
  yield* SampleFiles.prepare(shared)
  const store = SampleFiles.storeOf(shared)
  let made = 0
  const value = (key: number) =>
    SampleCache.cached(
      kind,
      Effect.succeed(key),
      Effect.sync((): Value => {
        made++
        return { made: key, data: new Uint8Array(BYTES).fill(key) }
      })
    ).pipe(Effect.provideService(SampleCache.SampleCache, store))
  return { value, made: () => made, use: () => SampleCache.useOf(shared) }
})

const temporary = FileSystem.FileSystem.use((fs) => fs.makeTempDirectoryScoped())

const list = (cache: string) => Effect.promise(() => SampleFiles.list(SampleFiles.folderOf(cache)))

/** Makes all entries look as if they were last used so many seconds after 1970. */
const age = Effect.fnUntraced(function* (cache: string, seconds: number) {
  const fs = yield* FileSystem.FileSystem
  for (const { path } of yield* list(cache)) yield* fs.utimes(path, seconds, seconds)
})

layer(NodeServices.layer, { excludeTestServices: true })("samples on disk", (it) => {
  it.effect("are there for the next run, as they were", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const first = yield* run(folder)
      const made = yield* first.value(3)
      const next = yield* run(folder)
      assert.deepStrictEqual(yield* next.value(3), made)
      assert.strictEqual(next.made(), 0)
      assert.deepInclude(next.use(), { kind: "disk", hits: 1, misses: 0 })
      assert.deepInclude(yield* SampleCare.verify(folder), { whole: 1, damaged: [] })
    })
  )

  it.effect("are made anew where a file is damaged anywhere or has no end", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporary
      const made = yield* Effect.flatMap(run(folder), ({ value }) => value(1))
      const [{ path } = assert.fail("nothing was written")] = yield* list(folder)
      const whole = yield* fs.readFile(path)
      const flipped = (at: number) => whole.map((byte, i) => (i === at ? byte ^ 1 : byte))
      const damages = [
        new Uint8Array(),
        whole.slice(0, 20),
        whole.slice(0, -1),
        Uint8Array.from([...whole, 0]),
        ...[0, 10, 42, 60, whole.length - 1].map(flipped)
      ]
      for (const damaged of damages) {
        yield* fs.writeFile(path, damaged)
        const next = yield* run(folder)
        assert.deepStrictEqual(yield* next.value(1), made)
        assert.deepInclude(next.use(), { hits: 0, misses: 1, damaged: 1, kept: 1 })
        assert.deepStrictEqual(yield* fs.readFile(path), whole)
      }
      yield* fs.writeFile(path, flipped(50))
      assert.deepStrictEqual((yield* SampleCare.verify(folder)).damaged, [path])
      assert.isFalse(yield* fs.exists(path))
    })
  )

  it.effect("stay within their bound: those used least recently go, and none of the run itself", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      // 1 MiB holds 80 to 100.
      const bound = 2 ** 20
      const old = yield* run(folder, bound)
      for (let key = 0; key < 60; key++) yield* old.value(key)
      yield* age(folder, 1000)
      const used = yield* run(folder, bound)
      for (let key = 0; key < 10; key++) yield* used.value(key)
      assert.strictEqual(used.made(), 0)
      for (let key = 100; key < 250; key++) yield* used.value(key)
      const after = yield* list(folder)
      assert.isAtMost(
        after.reduce((sum, { bytes }) => sum + bytes, 0),
        bound
      )
      assert.isAtLeast(after.length, 70)
      assert.isAbove(used.use()?.full ?? 0, 0)
      // What this run used is there, and what was older is not.
      const next = yield* run(folder, bound)
      for (let key = 0; key < 10; key++) yield* next.value(key)
      for (let key = 100; key < 140; key++) yield* next.value(key)
      assert.strictEqual(next.made(), 0)
      yield* next.value(59)
      assert.strictEqual(next.made(), 1)
    })
  )

  it.effect("are shared by processes that write at the same time", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const script = new URL("./fixtures/sampleProcess.ts", import.meta.url).pathname
      const started = () =>
        promisify(execFile)(process.execPath, ["--conditions=@anneal/source", script, folder, "40"])
      const [one, other] = yield* Effect.promise(() => Promise.all([started(), started()]))
      assert.strictEqual(one?.stdout, other?.stdout)
      assert.strictEqual((yield* list(folder)).length, 40)
      assert.deepInclude(yield* SampleCare.verify(folder), { whole: 40, damaged: [] })
    })
  )

  it.effect("cost nothing but time where the folder no longer takes any", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporary
      const { value, use } = yield* run(folder)
      yield* fs.remove(SampleFiles.folderOf(folder), { recursive: true })
      yield* fs.writeFileString(SampleFiles.folderOf(folder), "a file")
      assert.strictEqual((yield* value(1)).made, 1)
      assert.strictEqual((yield* value(1)).made, 1)
      assert.deepInclude(use(), { misses: 2, failed: 1, kept: 0 })
      const error = yield* Effect.flip(run(folder))
      assert.match(error.message, /^data\.cache_dir=.*the cache cannot be written there.*data\.cache=memory/)
    })
  )

  it.effect("go when they are pruned, if no run used them for so long", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const { value } = yield* run(folder)
      yield* value(1)
      yield* age(folder, 1000)
      yield* value(2)
      const olderThan = "1 day"
      const would = yield* SampleCare.prune(folder, { olderThan, dryRun: true })
      assert.deepInclude(would, { removed: 1, kept: 1 })
      assert.strictEqual((yield* list(folder)).length, 2)
      assert.deepInclude(yield* SampleCare.prune(folder, { olderThan }), { removed: 1, kept: 1 })
      assert.deepInclude(yield* SampleCare.prune(folder), { removed: 1, kept: 0 })
      assert.deepStrictEqual(yield* SampleCare.prune(`${folder}/none`), { removed: 0, bytes: 0, kept: 0 })
    })
  )
})
