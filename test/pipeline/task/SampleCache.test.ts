import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import * as SampleArena from "../../../src/pipeline/task/SampleArena.ts"
import * as SampleCache from "../../../src/pipeline/task/SampleCache.ts"
import * as SamplePacking from "../../../src/pipeline/task/SamplePacking.ts"

const packed = (record: object): Uint8Array => {
  const { bytes, write } = SamplePacking.pack(record) ?? assert.fail("it was not packed")
  const into = new Uint8Array(bytes)
  write(into)
  return into
}

describe("SamplePacking", () => {
  const record = {
    name: "é",
    nested: [{ x: 0.1, none: null }],
    bytes: Uint8Array.of(1, 2, 3),
    floats: Float32Array.of(0.1, -0),
    ints: Int32Array.of(-1),
    empty: new Float32Array()
  }

  it("gives back what was packed, in memory of its own or as views", () => {
    const bytes = packed(record)
    const own = SamplePacking.unpack(bytes, true)
    const views = SamplePacking.unpack(bytes, false)
    assert.deepStrictEqual(own, record)
    assert.deepStrictEqual(views, record)
    bytes.fill(9)
    assert.deepStrictEqual(own, record)
    assert.notDeepEqual(views, record)
  })

  it("refuses what JSON would change", () => {
    for (const value of [-0, Number.NaN, Number.POSITIVE_INFINITY, undefined, new Date(0), new Map()]) {
      assert.isUndefined(SamplePacking.pack({ deep: [{ value }] }))
    }
  })
})

const digestOf = (n: number): string => n.toString(16).padStart(8, "0").repeat(8)

describe("SampleArena", () => {
  it("finds what any thread kept, and keeps no more than its bound", () => {
    const bytes = 100_000
    const memory = SampleArena.make(bytes)
    const [one, other] = [SampleArena.open(memory, bytes), SampleArena.open(memory, bytes)]
    const keep = (n: number) => one.keep(digestOf(n), 1000, (into) => into.fill(n))
    const kept = Array.from({ length: 200 }, (_, n) => keep(n))
    const held = kept.filter((was) => was).length
    assert.isAtLeast(held, 60)
    assert.isAtMost(one.taken(), bytes)
    for (const [n, was] of kept.entries()) {
      const found = other.find(digestOf(n))
      assert.deepStrictEqual(found && [...new Set(found)], was ? [n] : undefined)
    }
    // What is there takes no more room.
    const taken = one.taken()
    assert.isTrue(keep(0))
    assert.strictEqual(one.taken(), taken)
  })
})

interface Value {
  readonly n: number
  readonly data: Uint8Array
}

const schema = Schema.Struct({ n: Schema.Int, data: Schema.instanceOf(Uint8Array) })
const kind: SampleCache.Kind<Value> = { name: "test/value", version: 1, schema }

/** A store, how often a value was made, and the value of a key. */
const counting = Effect.gen(function* () {
  const store = SampleCache.storeOf(yield* SampleCache.memory(2 ** 20))
  let made = 0
  const valueOf = (key: Schema.Json, of: SampleCache.Kind<Value> = kind) =>
    SampleCache.cached(
      of,
      Effect.succeed(key),
      Effect.sync((): Value => ({ n: ++made, data: Uint8Array.of(1, 2) }))
    ).pipe(Effect.provideService(SampleCache.SampleCache, store))
  return { store, valueOf }
})

layer(NodeServices.layer, { excludeTestServices: true })("SampleCache", (it) => {
  it.effect("makes a value once for a key, whatever the order of its fields", () =>
    Effect.gen(function* () {
      const { store, valueOf } = yield* counting
      const values = [
        yield* valueOf({ a: 1, b: [2] }),
        yield* valueOf({ b: [2], a: 1 }),
        yield* valueOf({ a: 1, b: [3] }),
        yield* valueOf({ a: 1, b: [2] }, { ...kind, version: 2 }),
        yield* valueOf({ a: 1, b: [2] }, { ...kind, name: "test/other" })
      ]
      assert.deepStrictEqual(
        values.map(({ n }) => n),
        [1, 1, 2, 3, 4]
      )
      assert.deepInclude(SampleCache.useOf(store.shared), { hits: 1, misses: 4, kept: 4, full: 0 })
    })
  )

  it.effect("gives copies, or memory that nobody can give away", () =>
    Effect.gen(function* () {
      const { valueOf } = yield* counting
      yield* valueOf(1)
      const copy = yield* valueOf(1)
      copy.data.fill(7)
      const next = yield* valueOf(1)
      assert.deepStrictEqual([...next.data], [1, 2])
      assert.instanceOf(next.data.buffer, ArrayBuffer)
      const borrowed = yield* valueOf(1, { ...kind, borrowed: true })
      assert.instanceOf(borrowed.data.buffer, SharedArrayBuffer)
    })
  )

  it.effect("makes anew what no longer fits its Schema", () =>
    Effect.gen(function* () {
      const { valueOf } = yield* counting
      yield* valueOf(1)
      const strict: SampleCache.Kind<Value> = {
        ...kind,
        schema: Schema.Struct({ ...schema.fields, n: Schema.Int.check(Schema.isGreaterThan(1)) })
      }
      assert.strictEqual((yield* valueOf(1, strict)).n, 2)
    })
  )

  it.effect("takes the digest of a file again when it has changed, however little", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/file`
      const { store } = yield* counting
      const digest = Effect.provideService(SampleCache.contentOf(path), SampleCache.SampleCache, store)
      yield* fs.writeFileString(path, "one")
      const one = yield* digest
      // The same size, and most likely the same millisecond.
      yield* fs.writeFileString(path, "two")
      assert.notStrictEqual(yield* digest, one)
      // An old file is known by its size, time and inode.
      yield* fs.utimes(path, 1000, 1000)
      const two = yield* digest
      assert.strictEqual(store.files.size, 1)
      assert.strictEqual(yield* digest, two)
      yield* fs.writeFileString(`${path}.new`, "six")
      yield* fs.utimes(`${path}.new`, 1000, 1000)
      yield* fs.rename(`${path}.new`, path)
      assert.notStrictEqual(yield* digest, two)
    })
  )

  it.effect("does not keep what was made of a file that changed meanwhile", () =>
    Effect.gen(function* () {
      const { store } = yield* counting
      let key = 0
      const make = Effect.sync((): Value => ({ n: ++key, data: new Uint8Array() }))
      const value = SampleCache.cached(
        kind,
        Effect.sync(() => key),
        make
      ).pipe(Effect.provideService(SampleCache.SampleCache, store))
      yield* value
      yield* value
      assert.deepInclude(SampleCache.useOf(store.shared), { hits: 0, misses: 2, kept: 0 })
    })
  )
})
