import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import * as Activity from "effect/workflow/Activity"
import * as DurableClock from "effect/workflow/DurableClock"
import * as CacheDirectory from "../../src/layers/cache/CacheDirectory.ts"
import * as CachePrune from "../../src/layers/cache/CachePrune.ts"
import { Artifact, CacheError } from "../../src/pipeline/stage/Artifact.ts"
import * as Pipeline from "../../src/pipeline/stage/Pipeline.ts"
import * as Stage from "../../src/pipeline/stage/Stage.ts"
import { StageCache } from "../../src/pipeline/stage/StageCache.ts"
import { Workspace } from "../../src/pipeline/stage/Workspace.ts"

class Unplugged extends Schema.TaggedError<Unplugged>()("Unplugged", { page: Schema.Int }) {}

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "anneal-activity-"))),
  (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
)

/** One life of a process over the cache in a folder. */
const over = <A, E>(path: string, effect: Effect.Effect<A, E, StageCache>) =>
  Effect.provide(effect, CacheDirectory.layerAt(path))

const journal = (path: string) => {
  const database = new DatabaseSync(join(path, "cache.db"), { readOnly: true })
  const rows = database.prepare("SELECT name FROM activity ORDER BY name").all()
  database.close()
  return rows.map(({ name }) => String(name))
}

/** Some of the world's time, whatever the clock of the test says. */
const pause = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))

const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.andThen(pause, until(holds))))

/** A stage that reads pages one after the other, each an activity. */
const makeReader = (read: (page: number) => Effect.Effect<string, Unplugged, Workspace>) =>
  Stage.make("read", {
    version: 1,
    input: {},
    parameters: { pages: Schema.Int },
    output: Schema.Array(Schema.String),
    run: (_, { pages }) =>
      Effect.forEach(
        Array.from({ length: pages }, (_, page) => page),
        (page) => read(page).pipe(Stage.activity(`page ${page}`, Schema.String))
      )
  })

/** Reads from a source that can be unplugged, and writes down what it read. */
const makeSource = () => {
  const state = { read: Array<number>(), broken: Number.NaN }
  const page = (page: number) =>
    Effect.suspend(() => {
      if (page === state.broken) return Effect.fail(new Unplugged({ page }))
      state.read.push(page)
      return Effect.succeed(`text ${page}`)
    })
  return { state, page }
}

describe("an activity of a stage", () => {
  it.effect("is not done again when its stage is, and is forgotten when it finished", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const { state, page } = makeSource()
      const run = over(path, Pipeline.run(makeReader(page)({}, { pages: 4 })))
      state.broken = 2
      assert.deepStrictEqual(yield* Effect.flip(run), new Unplugged({ page: 2 }))
      assert.deepStrictEqual(journal(path), ["page 0", "page 1"])
      state.broken = 3
      assert.deepStrictEqual(yield* Effect.flip(run), new Unplugged({ page: 3 }))
      state.broken = Number.NaN
      assert.deepStrictEqual(yield* run, ["text 0", "text 1", "text 2", "text 3"])
      assert.deepStrictEqual(state.read, [0, 1, 2, 3])
      assert.deepStrictEqual(journal(path), [])
    })
  )

  it.effect("belongs to its stage with its parameters: others do their own", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const { state, page } = makeSource()
      state.broken = 1
      yield* Effect.flip(over(path, Pipeline.run(makeReader(page)({}, { pages: 2 }))))
      yield* Effect.flip(over(path, Pipeline.run(makeReader(page)({}, { pages: 3 }))))
      assert.deepStrictEqual(state.read, [0, 0])
    })
  )

  it.effect("is retried where its stage is, since only success is kept", () =>
    Effect.gen(function* () {
      const { state, page } = makeSource()
      state.broken = 1
      const patient = makeReader((number) =>
        Effect.tapError(page(number), () => Effect.sync(() => (state.broken = Number.NaN)))
      ).pipe(Stage.through(Effect.retry({ times: 1 })))
      assert.deepStrictEqual(yield* Pipeline.run(patient({}, { pages: 3 })), ["text 0", "text 1", "text 2"])
      assert.deepStrictEqual(state.read, [0, 1, 2])
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )

  it.effect("is done again where its Schema no longer reads what it gave", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const made: Array<string> = []
      const stage = <A extends string | number>(output: Schema.Codec<A, unknown>, value: A, fails: boolean) =>
        Stage.make("total", {
          version: 1,
          input: {},
          parameters: {},
          output,
          run: Effect.fnUntraced(function* () {
            const total = yield* Effect.sync(() => {
              made.push(typeof value)
              return value
            }).pipe(Stage.activity("total", output))
            return fails ? yield* new Unplugged({ page: 0 }) : total
          })
        })
      yield* Effect.flip(over(path, Pipeline.run(stage(Schema.String, "12.50", true)({}))))
      assert.strictEqual(yield* over(path, Pipeline.run(stage(Schema.Finite, 12.5, false)({}))), 12.5)
      assert.deepStrictEqual(made, ["string", "number"])
    })
  )

  it.effect("that is interrupted has ended before the run has, and is done in the next", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const begun = yield* Deferred.make<void>()
      const reported: Array<string> = []
      const waiting = makeReader((page) =>
        page === 0
          ? Effect.succeed("first")
          : Deferred.succeed(begun, undefined).pipe(
              Effect.andThen(Effect.never),
              Effect.ensuring(
                Effect.andThen(
                  Effect.yieldNow,
                  Effect.sync(() => reported.push("closed"))
                )
              )
            )
      )
      const fiber = yield* Effect.forkChild(over(path, Pipeline.run(waiting({}, { pages: 2 }))))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(reported, ["closed"])
      assert.deepStrictEqual(journal(path), ["page 0"])
      const { state, page } = makeSource()
      assert.deepStrictEqual(yield* over(path, Pipeline.run(makeReader(page)({}, { pages: 2 }))), [
        "first",
        "text 1"
      ])
      assert.deepStrictEqual(state.read, [1])
    })
  )

  it.effect("fails with the error of the cache as it is", () =>
    Effect.gen(function* () {
      const full = new CacheError({ path: "cache.db", problem: "the disk is full", cure: "Make room" })
      const cache = Layer.effect(
        StageCache,
        Effect.map(StageCache, (cache) => ({ ...cache, remember: () => Effect.fail(full) }))
      ).pipe(Layer.provide(CacheDirectory.layerTemporary))
      const run = Pipeline.run(makeReader(makeSource().page)({}, { pages: 1 }))
      assert.strictEqual(yield* Effect.flip(Effect.provide(run, cache)), full)
    })
  )
})

describe("files that an activity kept", () => {
  const makeWriter = (written: Array<string>, broken: () => boolean) =>
    Stage.make("write", {
      version: 1,
      input: {},
      parameters: {},
      output: Artifact,
      run: Effect.fnUntraced(function* () {
        const { path, keep } = yield* Workspace
        const artifact = yield* Effect.suspend(() => {
          written.push("page")
          fs.writeFileSync(join(path, "page.txt"), "text")
          return keep("page.txt")
        }).pipe(Stage.activity("write", Artifact))
        return broken() ? yield* new Unplugged({ page: 0 }) : artifact
      })
    })

  const begun = Effect.gen(function* () {
    const path = yield* temporary
    const written: Array<string> = []
    let broken = true
    const run = over(path, Pipeline.run(makeWriter(written, () => broken)({})))
    yield* Effect.flip(run)
    broken = false
    return { path, written, run }
  })

  it.effect("stay when the cache is pruned, until unfinished stages are given up", () =>
    Effect.gen(function* () {
      const { path, written, run } = yield* begun
      yield* CachePrune.prune(path, { keepLast: 0 })
      yield* run
      assert.deepStrictEqual(written, ["page"])
    })
  )

  it.effect("are given up with the unfinished stage", () =>
    Effect.gen(function* () {
      const { path, written, run } = yield* begun
      const { removed } = yield* CachePrune.prune(path, { unfinished: true })
      assert.strictEqual(removed.length, 2)
      assert.deepStrictEqual(journal(path), [])
      yield* run
      assert.deepStrictEqual(written, ["page", "page"])
    })
  )

  it.effect("are made again where somebody removed them, or the folder that they were made in", () =>
    Effect.gen(function* () {
      for (const name of ["objects", "work"]) {
        const { path, written, run } = yield* begun
        fs.rmSync(join(path, name), { recursive: true })
        const artifact = yield* run
        assert.strictEqual(artifact.name, "page.txt")
        assert.deepStrictEqual(written, ["page", "page"], name)
      }
    })
  )
})

describe("Effect's workflows in a stage", () => {
  it.effect("have activities of their own, with attempts", () =>
    Effect.gen(function* () {
      const attempts: Array<number> = []
      const stage = Stage.make("own", {
        version: 1,
        input: {},
        parameters: {},
        output: Schema.Finite,
        run: () =>
          Activity.make({
            name: "draw",
            success: Schema.Finite,
            error: Unplugged,
            execute: Effect.gen(function* () {
              const attempt = yield* Activity.CurrentAttempt
              attempts.push(attempt)
              return attempt < 3 ? yield* new Unplugged({ page: attempt }) : 0.5
            })
          }).pipe(Activity.retry({ times: 5 }))
      })
      assert.strictEqual(yield* Pipeline.run(stage({})), 0.5)
      assert.deepStrictEqual(attempts, [1, 2, 3])
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )

  it.live("sleep side by side, and within a limit of time", () =>
    Effect.gen(function* () {
      const woke: Array<string> = []
      const stage = Stage.make("sleep", {
        version: 1,
        input: {},
        parameters: {},
        output: Schema.Array(Schema.String),
        run: () =>
          Effect.forEach(
            ["a", "b"],
            Effect.fnUntraced(function* (name) {
              const sleep = DurableClock.sleep({ name, duration: 20, inMemoryThreshold: 0 }).pipe(
                Effect.timeout("1 minute")
              )
              yield* name === "a" ? sleep : Stage.activity("sleep", Schema.Void)(sleep)
              woke.push(name)
              return name
            }),
            { concurrency: 2 }
          )
      })
      assert.deepStrictEqual(yield* Pipeline.run(stage({})), ["a", "b"])
      // Whatever is no activity is done again whenever a stage that slept goes on.
      assert.deepStrictEqual(new Set(woke), new Set(["a", "b"]))
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )

  it.effect("are named when a result does not fit its Schema", () =>
    Effect.gen(function* () {
      const stage = Stage.make("read", {
        version: 1,
        input: {},
        parameters: {},
        output: Schema.Finite,
        run: () => Effect.succeed(1.5).pipe(Stage.activity("page 1", Schema.Int))
      })
      const error = yield* Effect.flip(Pipeline.run(stage({})))
      assert.strictEqual(error._tag, "StageRefused")
      assert.match(error.message, /^stage read, activity page 1, output: .*integer/s)
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )

  it.effect("have clocks that a killed process does not wind up again", () =>
    Effect.gen(function* () {
      const path = yield* temporary
      const began: Array<string> = []
      const stage = Stage.make("sleep", {
        version: 1,
        input: {},
        parameters: {},
        output: Schema.String,
        run: Effect.fnUntraced(function* () {
          yield* Effect.sync(() => began.push("prepared")).pipe(
            Effect.asVoid,
            Stage.activity("prepare", Schema.Void)
          )
          yield* DurableClock.sleep({ name: "night", duration: "8 hours" })
          return "awake"
        })
      })
      const run = over(path, Pipeline.run(stage({})))
      const first = yield* Effect.forkChild(run)
      yield* until(
        () => fs.existsSync(join(path, "cache.db")) && journal(path).includes("effect/DurableClock/night")
      )
      yield* TestClock.adjust("7 hours")
      yield* Fiber.interrupt(first)
      const second = yield* Effect.forkChild(run)
      let minutes = 0
      while (second.pollUnsafe() === undefined && minutes < 400) {
        yield* TestClock.adjust("1 minute")
        yield* pause
        minutes += 1
      }
      assert.isAtLeast(minutes, 60)
      assert.isBelow(minutes, 400, "it slept as long as the first time")
      assert.strictEqual(yield* Fiber.join(second), "awake")
      assert.deepStrictEqual(began, ["prepared"])
    })
  )
})
