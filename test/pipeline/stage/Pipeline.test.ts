import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import * as CacheDirectory from "../../../src/layers/cache/CacheDirectory.ts"
import * as Pipeline from "../../../src/pipeline/stage/Pipeline.ts"
import * as Stage from "../../../src/pipeline/stage/Stage.ts"
import * as StageReason from "../../../src/pipeline/stage/StageReason.ts"
import { Workspace } from "../../../src/pipeline/stage/Workspace.ts"
import * as projects from "../projects.ts"

const cache = CacheDirectory.layerTemporary

const chain = ({ draw, double, sum }: ReturnType<typeof projects.make>, count: number, factor?: number) =>
  sum({
    values: Pipeline.forEach(draw({}, { count }), (value) =>
      double({ value }, factor === undefined ? {} : { factor })
    )
  })

describe("Pipeline.run", () => {
  it.effect("runs every stage once and gives the typed value", () =>
    Effect.gen(function* () {
      const project = projects.make()
      const { reported, onEvent } = projects.observer()
      const total = yield* Pipeline.run(chain(project, 2), { onEvent })
      assert.deepStrictEqual(total, { total: 6, count: 2 })
      assert.deepStrictEqual(project.ran, ["draw", "double 1", "double 2", "sum"])
      assert.deepStrictEqual(reported, [
        "run draw",
        "ended draw",
        "run double",
        "ended double",
        "run double",
        "ended double",
        "run sum",
        "ended sum"
      ])
    }).pipe(Effect.provide(cache))
  )

  it.effect("runs nothing when nothing changed, and only what a change reaches", () =>
    Effect.gen(function* () {
      const project = projects.make()
      yield* Pipeline.run(chain(project, 2))
      project.ran.length = 0
      assert.deepStrictEqual(yield* Pipeline.run(chain(project, 2)), { total: 6, count: 2 })
      assert.deepStrictEqual(project.ran, [])
      assert.deepStrictEqual(yield* Pipeline.run(chain(project, 3)), { total: 12, count: 3 })
      assert.deepStrictEqual(project.ran, ["draw", "double 3", "sum"])
      project.ran.length = 0
      yield* Pipeline.run(chain(project, 3, 5))
      assert.deepStrictEqual(project.ran, ["double 1", "double 2", "double 3", "sum"])
    }).pipe(Effect.provide(cache))
  )

  it.effect("evaluates a stage once however many take its value", () =>
    Effect.gen(function* () {
      const { ran, draw, sum } = projects.make()
      const values = draw({}, { count: 3 })
      const both = Pipeline.all({
        first: sum({ values }),
        second: sum({ values: Pipeline.map(values, (all) => all.slice(1)) })
      })
      const made = yield* Pipeline.run(both)
      assert.deepStrictEqual(made, { first: { total: 6, count: 3 }, second: { total: 5, count: 2 } })
      assert.deepStrictEqual(ran, ["draw", "sum", "sum"])
    }).pipe(Effect.provide(cache))
  )

  it.effect("keeps what was done when a stage fails, with its typed error", () =>
    Effect.gen(function* () {
      const project = projects.make()
      const failing = project.sum({
        values: Pipeline.forEach(project.draw({}, { count: 2, first: 1000 }), (value) =>
          project.double({ value })
        )
      })
      const error = yield* Effect.flip(Pipeline.run(failing))
      assert.deepStrictEqual(error._tag === "TooLarge" ? error.value : error, 1001)
      project.ran.length = 0
      yield* Effect.flip(Pipeline.run(failing))
      assert.deepStrictEqual(project.ran, ["double 1001"])
    }).pipe(Effect.provide(cache))
  )

  it.effect("fails with the stage whose code threw, and where", () =>
    Effect.gen(function* () {
      const stage = Stage.make("throws", {
        version: 1,
        input: {},
        parameters: {},
        output: Schema.Int,
        run: () => Effect.promise(() => Promise.reject(new TypeError("no such file")))
      })
      const { _tag, message } = yield* Effect.flip(Pipeline.run(stage({})))
      assert.strictEqual(_tag, "StageDied")
      assert.match(
        message,
        /^stage throws threw an error .*: no such file \(at .*Pipeline\.test\.ts:\d+:\d+\)/
      )
    }).pipe(Effect.provide(cache))
  )

  it.effect("reports which stage failed, and which one was stopped with it", () =>
    Effect.gen(function* () {
      const { reported, onEvent } = projects.observer()
      const started = yield* Deferred.make<void>()
      const stage = (name: string, run: Effect.Effect<number, string>) =>
        Stage.make(name, { version: 1, input: {}, parameters: {}, output: Schema.Int, run: () => run })
      const fails = stage("fails", Effect.andThen(Deferred.await(started), Effect.fail("no")))
      const waits = stage("waits", Effect.andThen(Deferred.succeed(started, undefined), Effect.never))
      const both = Pipeline.all({ fails: fails({}), waits: waits({}) })
      assert.strictEqual(yield* Effect.flip(Pipeline.run(both, { onEvent, concurrency: 2 })), "no")
      // Each makes its folder first, so that either may be the one that begins.
      assert.sameMembers(reported.slice(0, 2), ["run fails", "run waits"])
      assert.deepStrictEqual(reported.slice(2), ["failed fails", "stopped waits"])
    }).pipe(Effect.provide(cache))
  )

  it.effect("refuses parameters, inputs and outputs that do not fit their Schema, naming the stage", () =>
    Effect.gen(function* () {
      const { draw } = projects.make()
      const error = yield* Effect.flip(Pipeline.run(draw({}, { count: 1.5 })))
      assert.strictEqual(error._tag, "StageRefused")
      assert.match(error.message, /^stage draw, parameters: .*integer.*\["count"\]/s)
      const lying = Stage.make("lying", {
        version: 1,
        input: {},
        parameters: {},
        output: Schema.Finite,
        run: () => Effect.succeed(Number.NaN)
      })
      const refusal = yield* Effect.flip(Pipeline.run(lying({})))
      assert.match(refusal.message, /^stage lying, output: /)
    }).pipe(Effect.provide(cache))
  )

  it.effect("refuses a misspelt parameter that the compiler was not asked about", () =>
    Effect.gen(function* () {
      const { draw } = projects.make()
      const misspelt = { count: 2, sede: 1 }
      const error = yield* Effect.flip(Pipeline.run(draw({}, misspelt)))
      assert.match(error.message, /^stage draw, parameters: .*\["sede"\]/s)
    }).pipe(Effect.provide(cache))
  )

  it.effect("refuses two stages of one name in a run and in a plan", () =>
    Effect.gen(function* () {
      const [one, other] = [projects.make(), projects.make()]
      const both = Pipeline.all({ a: one.draw({}, { count: 1 }), b: other.draw({}, { count: 2 }) })
      assert.strictEqual((yield* Effect.flip(Pipeline.run(both)))._tag, "StageRefused")
      assert.deepStrictEqual(one.ran, [], "the first one ran before")
      assert.strictEqual((yield* Effect.flip(Pipeline.outline(both)))._tag, "StageRefused")
    }).pipe(Effect.provide(cache))
  )
})

class Engine extends Context.Service<Engine, { readonly speed: number }>()("test/Engine") {}
class NoEngine extends Schema.TaggedError<NoEngine>()("NoEngine", {}) {}

/** A layer that counts how often it opened and closed. */
const counted = () => {
  const counts = { opened: 0, closed: 0 }
  const layer = Layer.effect(
    Engine,
    Effect.acquireRelease(
      Effect.sync(() => {
        counts.opened += 1
        return { speed: counts.opened }
      }),
      () =>
        Effect.sync(() => {
          counts.closed += 1
        })
    )
  )
  return { counts, layer }
}

const drive = Stage.make("drive", {
  version: 1,
  input: { way: Schema.Finite },
  parameters: {},
  output: Schema.Finite,
  run: ({ way }) => Engine.use(({ speed }) => Effect.succeed(way / speed + 1))
})

describe("layers of a pipeline", () => {
  it.effect("are built once for the run by the first stage that runs, and closed after it", () =>
    Effect.gen(function* () {
      const { counts, layer } = counted()
      const twice = drive({ way: drive({ way: 8 }) }).pipe(Pipeline.provide(layer))
      assert.strictEqual(yield* Pipeline.run(twice), 10)
      assert.deepStrictEqual(counts, { opened: 1, closed: 1 })
      yield* Pipeline.run(twice)
      assert.deepStrictEqual(counts, { opened: 1, closed: 1 })
    }).pipe(Effect.provide(cache))
  )

  it.effect("are built each time that the stage runs when the stage is given them", () =>
    Effect.gen(function* () {
      const { counts, layer } = counted()
      const driven = drive.pipe(Stage.provide(layer))
      yield* Pipeline.run(driven({ way: driven({ way: 8 }) }))
      assert.deepStrictEqual(counts, { opened: 2, closed: 2 })
    }).pipe(Effect.provide(cache))
  )

  it.effect("fail the run with their own error", () =>
    Effect.gen(function* () {
      const broken: Layer.Layer<Engine, NoEngine> = Layer.effect(Engine, Effect.fail(new NoEngine({})))
      const error = yield* Effect.flip(Pipeline.run(drive({ way: 8 }).pipe(Pipeline.provide(broken))))
      assert.strictEqual(error._tag, "NoEngine")
    }).pipe(Effect.provide(cache))
  )

  it.effect("can be swapped in a test around the run", () =>
    Effect.gen(function* () {
      const run = Pipeline.run(drive({ way: 8 }))
      assert.strictEqual(yield* Effect.provide(run, Layer.succeed(Engine, { speed: 4 })), 3)
    }).pipe(Effect.provide(cache))
  )
})

describe("retry, timeout, concurrency", () => {
  /** Fails until it was tried `times` times. */
  const stubborn = (times: number) => {
    const tries = { count: 0 }
    const stage = Stage.make("stubborn", {
      version: 1,
      input: {},
      parameters: {},
      output: Schema.Int,
      run: () =>
        Effect.suspend(() => {
          tries.count += 1
          return tries.count < times ? Effect.fail(new NoEngine({})) : Effect.succeed(tries.count)
        })
    })
    return { tries, stage }
  }

  it.effect("retries with Effect's own retry", () =>
    Effect.gen(function* () {
      const { stage } = stubborn(3)
      assert.strictEqual(yield* Pipeline.run(stage.pipe(Stage.through(Effect.retry({ times: 2 })))({})), 3)
    }).pipe(Effect.provide(cache))
  )

  it.effect("times out with Effect's own timeout", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const endless = Stage.make("endless", {
        version: 1,
        input: {},
        parameters: {},
        output: Schema.Void,
        run: () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
      })
      const limited = endless.pipe(Stage.through(Effect.timeout("1 hour")))
      const fiber = yield* Effect.forkChild(Effect.flip(Pipeline.run(limited({}))))
      // The cache is asked first, in real time; then the limit's own clock has begun as well.
      yield* Deferred.await(begun)
      yield* Effect.yieldNow
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimeoutError")
    }).pipe(Effect.provide(cache))
  )

  /** Four stages, each of which waits until `expected` are inside; counts the most that were at once. */
  const crowd = Effect.fnUntraced(function* (
    limited: boolean,
    concurrency: number | "unbounded",
    expected: number
  ) {
    const enough = yield* Deferred.make<void>()
    const inside = yield* Ref.make(0)
    const most = yield* Ref.make(0)
    const wait = Stage.make("wait", {
      version: 1,
      input: { index: Schema.Int },
      parameters: {},
      output: Schema.Int,
      run: Effect.fnUntraced(function* ({ index }) {
        const now = yield* Ref.updateAndGet(inside, (count) => count + 1)
        yield* Ref.update(most, (before) => Math.max(before, now))
        if (now === expected) yield* Deferred.succeed(enough, undefined)
        yield* Deferred.await(enough)
        for (let i = 0; i < 50; i++) yield* Effect.yieldNow
        yield* Ref.update(inside, (count) => count - 1)
        return index
      })
    })
    const stage = limited ? wait.pipe(Stage.limit(2)) : wait
    const every = Pipeline.forEach(Pipeline.value([0, 1, 2, 3]), (index) => stage({ index }))
    assert.deepStrictEqual(yield* Pipeline.run(every, { concurrency }), [0, 1, 2, 3])
    return yield* Ref.get(most)
  })

  it.effect("runs one stage at a time by default, and as many as asked for", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Effect.provide(crowd(false, 1, 1), cache, { local: true }), 1)
      assert.strictEqual(yield* Effect.provide(crowd(false, 3, 3), cache, { local: true }), 3)
      assert.strictEqual(yield* Effect.provide(crowd(false, "unbounded", 4), cache, { local: true }), 4)
    })
  )

  it.effect("keeps a limit of a stage's own below the run's", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Effect.provide(crowd(true, "unbounded", 2), cache, { local: true }), 2)
    })
  )
})

describe("Pipeline.outline", () => {
  const reasons = <A, E, R>(pipeline: Pipeline.Pipeline<A, E, R>) =>
    Effect.map(Pipeline.outline(pipeline), ({ stages }) =>
      stages.map(({ stage, action, reasons }) =>
        `${stage} ${action} ${reasons.map(StageReason.text).join("; ")}`.trim()
      )
    )

  it.effect("says what would run and why, and runs nothing", () =>
    Effect.gen(function* () {
      const project = projects.make()
      assert.deepStrictEqual(yield* reasons(chain(project, 2)), [
        "draw run never run",
        "double run never run; input value waits for draw",
        "sum run never run; input values waits for draw, double"
      ])
      assert.deepStrictEqual(project.ran, [])
      yield* Pipeline.run(chain(project, 2))
      assert.deepStrictEqual(yield* reasons(chain(project, 2)), [
        "draw cached",
        "double cached",
        "double cached",
        "sum cached"
      ])
    }).pipe(Effect.provide(cache))
  )

  it.effect("names a changed parameter, version and input", () =>
    Effect.gen(function* () {
      const project = projects.make()
      yield* Pipeline.run(chain(project, 2))
      assert.deepStrictEqual(yield* reasons(chain(project, 3)), [
        "draw run parameter count changed: 2 → 3",
        "double run input value waits for draw",
        "sum run input values waits for draw, double"
      ])
      const changed = projects.make("2b")
      assert.deepStrictEqual((yield* reasons(chain(changed, 1))).slice(1), [
        "double run version changed: 1 → 2b; input value waits for draw",
        "sum run input values waits for draw, double"
      ])
      assert.deepStrictEqual(yield* reasons(project.sum({ values: [1, 2] })), [
        "sum run input values changed: [2,4] → [1,2]"
      ])
    }).pipe(Effect.provide(cache))
  )

  it.effect("takes an output that today's Schema refuses for a missing one", () =>
    Effect.gen(function* () {
      const before = projects.make()
      yield* Pipeline.run(before.draw({}, { count: 2 }))
      const draw = Stage.make("draw", {
        version: 1,
        input: {},
        parameters: { count: Schema.Int, first: Schema.Int },
        output: Schema.Array(Schema.String),
        run: () => Effect.succeed(["a"])
      })({}, { count: 2, first: 1 })
      const [line] = yield* reasons(draw)
      assert.match(line ?? "", /^draw run its output does not fit its Schema/)
      assert.deepStrictEqual(yield* Pipeline.run(draw), ["a"])
      assert.deepStrictEqual(yield* reasons(draw), ["draw cached"])
    }).pipe(Effect.provide(cache))
  )
})

describe("an interrupted stage", () => {
  it.effect("finds its folder as it left it and knows how often it was begun", () =>
    Effect.gen(function* () {
      const fs = yield* Effect.promise(() => import("node:fs/promises"))
      const begun = yield* Deferred.make<void>()
      const long = Stage.make("long", {
        version: 1,
        input: {},
        parameters: {},
        output: Schema.String,
        run: Effect.fnUntraced(function* () {
          const { path, attempt } = yield* Workspace
          const note = `${path}/note`
          if (attempt > 1) return yield* Effect.promise(() => fs.readFile(note, "utf8"))
          yield* Effect.promise(() => fs.writeFile(note, "from the first time"))
          yield* Deferred.succeed(begun, undefined)
          return yield* Effect.never
        })
      })
      const fiber = yield* Effect.forkChild(Pipeline.run(long({})))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      const { stages } = yield* Pipeline.outline(long({}))
      assert.deepStrictEqual(stages[0]?.reasons, [{ _tag: "Unfinished", attempts: 1 }])
      assert.strictEqual(yield* Pipeline.run(long({})), "from the first time")
    }).pipe(Effect.provide(cache))
  )
})
