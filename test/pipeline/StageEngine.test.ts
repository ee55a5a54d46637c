import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as DurableClock from "effect/workflow/DurableClock"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import * as Workflow from "effect/workflow/Workflow"
import * as CacheDirectory from "../../src/layers/cache/CacheDirectory.ts"
import * as Pipeline from "../../src/pipeline/stage/Pipeline.ts"
import * as Stage from "../../src/pipeline/stage/Stage.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", {}) {}

const Language = Context.Reference<string>("test/Language", { defaultValue: () => "none" })

const stageOf = <E, R>(name: string, run: Effect.Effect<string, E, R>) =>
  Stage.make(name, { version: 1, input: {}, parameters: {}, output: Schema.String, run: () => run })

const nap = DurableClock.sleep({ name: "nap", duration: 20, inMemoryThreshold: 0 })

describe("a stage in the engine", () => {
  it.live("sleeps in a pipeline that another stage runs", () =>
    Effect.gen(function* () {
      const inner = stageOf("inner", Effect.as(nap, "rested"))
      const outer = stageOf("outer", Pipeline.run(inner({})))
      assert.strictEqual(yield* Pipeline.run(outer({})).pipe(Effect.timeout("3 seconds")), "rested")
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )

  it.live("begins again with what the run gave it, not with what it had around the clock", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const stage = stageOf(
        "speak",
        Effect.gen(function* () {
          seen.push(yield* Language)
          yield* Effect.provideService(nap, Language, "Latin")
          return "spoken"
        })
      )
      yield* Pipeline.run(stage({}))
      assert.deepStrictEqual(seen, ["none", "none"])
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )

  it.effect("reports what failed while it was interrupted", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const stage = stageOf(
        "close",
        Deferred.succeed(begun, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.ensuring(Effect.die("the device is stuck"))
        )
      )
      const reported: Array<boolean> = []
      const fiber = yield* Effect.forkChild(
        Pipeline.run(stage({}), {
          onEvent: (event) =>
            Effect.sync(() => {
              if (event._tag === "StageFailed") reported.push(event.interrupted)
            })
        })
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause))
      assert.deepStrictEqual(reported, [false])
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )

  it.effect("undoes nothing when it fails or is interrupted, since it will go on", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const reported: Array<string> = []
      const stage = (name: string, end: Effect.Effect<string, Refused>) =>
        stageOf(
          name,
          Effect.succeed("paid").pipe(
            Workflow.withCompensation(() =>
              Effect.sync(() => reported.push(`undone ${name}`)).pipe(Effect.asVoid)
            ),
            Effect.andThen(
              Workflow.addFinalizer((exit) => Effect.sync(() => reported.push(`${name} ${exit._tag}`)))
            ),
            Effect.andThen(end)
          )
        )
      const failed = yield* Effect.flip(Pipeline.run(stage("fails", Effect.fail(new Refused()))({})))
      assert.deepStrictEqual(failed, new Refused())
      const hung = stage("hangs", Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
      const fiber = yield* Effect.forkChild(Pipeline.run(hung({})))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      yield* Pipeline.run(stage("ends", Effect.succeed("done"))({}))
      assert.deepStrictEqual(reported, ["ends Success"])
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )

  it.live("leaves nothing open when it is interrupted while it sleeps", () =>
    Effect.gen(function* () {
      const reported: Array<string> = []
      const opened = Effect.acquireRelease(
        Effect.sync(() => reported.push("opened")),
        () => Effect.sync(() => reported.push("closed"))
      )
      const stage = stageOf(
        "sleep",
        Workflow.provideScope(opened).pipe(
          Effect.andThen(DurableClock.sleep({ name: "night", duration: "8 hours" })),
          Effect.as("awake")
        )
      )
      yield* Effect.timeoutOption(Pipeline.run(stage({})), "200 millis")
      assert.deepStrictEqual(reported, ["opened", "closed"])
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )

  it.live("has closed all of its activities before itself when it is interrupted", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const reported: Array<string> = []
      const closesSlowly = (name: string) =>
        Effect.ensuring(
          Effect.andThen(
            Effect.sleep(50),
            Effect.sync(() => reported.push(`closed ${name}`))
          )
        )
      const stage = stageOf(
        "close",
        Deferred.succeed(begun, undefined).pipe(
          Effect.andThen(Effect.never),
          closesSlowly("activity"),
          Stage.activity("wait", Schema.String),
          closesSlowly("stage")
        )
      )
      const onEvent = ({ _tag }: { readonly _tag: string }) =>
        Effect.sync(() => reported.push(_tag)).pipe(Effect.asVoid)
      const fiber = yield* Effect.forkChild(Pipeline.run(stage({}), { onEvent }))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(reported, ["StageStarted", "closed activity", "closed stage", "StageFailed"])
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )

  it.live("executes workflows of somebody's own, which may sleep", () =>
    Effect.gen(function* () {
      const Child = Workflow.make("Child", {
        payload: { name: Schema.String },
        success: Schema.String,
        idempotencyKey: ({ name }) => name
      })
      const layer = Child.toLayer(({ name }) => Effect.as(nap, `hello ${name}`))
      const stage = stageOf("parent", Child.execute({ name: "Ada" }).pipe(Effect.provide(layer)))
      assert.strictEqual(yield* Pipeline.run(stage({})).pipe(Effect.timeout("3 seconds")), "hello Ada")
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )

  it.live("is woken by what it completes itself", () =>
    Effect.gen(function* () {
      const approval = DurableDeferred.make("approval", { success: Schema.String })
      const stage = stageOf(
        "ask",
        Effect.gen(function* () {
          const token = yield* DurableDeferred.token(approval)
          yield* Effect.forkDetach(
            Effect.delay(DurableDeferred.succeed(approval, { token, value: "yes" }), 30)
          )
          return yield* DurableDeferred.await(approval)
        })
      )
      assert.strictEqual(yield* Pipeline.run(stage({})).pipe(Effect.timeout("3 seconds")), "yes")
    }).pipe(Effect.provide(CacheDirectory.layerTemporary))
  )
})
