/**
 * Stages as executions of Effect's workflow engine: what their activities gave is kept in the `StageCache`, so that a
 * stage begun again goes on behind the last one that finished.
 *
 * The engine is Effect's own, in memory. It is made durable at the two places where it would forget: what an activity
 * gave, and when a clock rings.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Activity from "effect/workflow/Activity"
import * as Workflow from "effect/workflow/Workflow"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import type { StageCache } from "./StageCache.ts"

/** What a stage has while it runs, so that everything of `effect/workflow` works in it. */
export type Durable = WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance

/** Runs a stage as an execution that its key names; interrupted, or failed, it is there to be begun again. */
export type Execute = <A, E>(
  key: string,
  stage: (durable: Context.Context<Durable>) => Effect.Effect<A, E>
) => Effect.Effect<A, E>

type Cache = StageCache["Service"]
type Engine = WorkflowEngine.WorkflowEngine["Service"]

/**
 * Runs an activity that has not finished. Only success is kept: a failure is for the stage to handle and for the next
 * life to try again.
 */
const activityOver = (cache: Cache) =>
  Effect.fnUntraced(function* <S extends Schema.Constraint, E extends Schema.Constraint, R>(
    activity: Activity.Activity<S, E, R>
  ) {
    const { executionId, workflow } = yield* WorkflowEngine.WorkflowInstance
    const { executeEncoded }: Activity.Any = activity
    const decode = Schema.decodeUnknownEffect(activity.exitSchemaPartial)
    // The engine has no channel for errors of what it stands on: `StageRun` takes a CacheError from the defects.
    const kept = yield* Effect.orDie(cache.recall(executionId, activity.name))
    // What another Schema wrote down counts as nothing.
    const known = yield* Effect.option(
      Effect.flatMap(Effect.fromOption(kept), (value) => decode(Exit.succeed(value)))
    )
    if (Option.isSome(known)) return new Workflow.Complete({ exit: known.value })
    const result = yield* Workflow.intoResult(executeEncoded).pipe(
      Effect.provideService(
        WorkflowEngine.WorkflowInstance,
        WorkflowEngine.WorkflowInstance.initial(workflow, executionId)
      )
    )
    if (result._tag === "Suspended") return result
    const exit = Exit.map(result.exit, (value) => value ?? null)
    if (Exit.isSuccess(exit)) yield* Effect.orDie(cache.remember(executionId, activity.name, exit.value))
    return new Workflow.Complete({ exit: yield* Effect.orDie(decode(exit)) })
  })

/** A clock rings when it was first told to, however often its stage was begun since. */
const clockOver = (cache: Cache, engine: Engine): Engine["scheduleClock"] =>
  Effect.fnUntraced(function* (workflow, { executionId, clock }) {
    const name = `effect/DurableClock/${clock.name}`
    const now = yield* Clock.currentTimeMillis
    const kept = yield* Effect.orDie(cache.recall(executionId, name))
    const rings = Option.getOrElse(kept, () => now + Duration.toMillis(clock.duration))
    if (Option.isNone(kept)) yield* Effect.orDie(cache.remember(executionId, name, rings))
    const duration = Duration.millis(Math.max(0, Number(rings) - now))
    yield* engine.scheduleClock(workflow, { executionId, clock: { ...clock, duration } })
  })

const engineOver = (cache: Cache): Effect.Effect<Engine, never, Scope.Scope> =>
  Effect.map(Layer.build(WorkflowEngine.layerMemory), (context) => {
    const engine = Context.get(context, WorkflowEngine.WorkflowEngine)
    return { ...engine, activityExecute: activityOver(cache), scheduleClock: clockOver(cache, engine) }
  })

/** Whether a body ended to go on when the engine wakes it: it says so by an interruption, also out of a race. */
const sleeps = ({ suspended }: WorkflowEngine.WorkflowInstance["Service"], cause: Cause.Cause<unknown>) =>
  suspended && Cause.hasInterruptsOnly(cause)

const execute = Effect.fnUntraced(
  function* <A, E>(
    engine: Engine,
    key: string,
    stage: (durable: Context.Context<Durable>) => Effect.Effect<A, E>
  ) {
    // Values and errors pass beside the engine, as they are: it would ask for a Schema of each.
    const made = Deferred.makeUnsafe<A, E>()
    const body = Effect.gen(function* () {
      const instance = yield* WorkflowEngine.WorkflowInstance
      const durable = Context.make(WorkflowEngine.WorkflowInstance, instance)
      const exit = yield* Effect.exit(stage(Context.add(durable, WorkflowEngine.WorkflowEngine, engine)))
      if (Exit.isFailure(exit) && sleeps(instance, exit.cause)) return yield* Effect.interrupt
      yield* Deferred.done(made, exit)
    })
    // A name of its own, as the engine keeps one body for each.
    const workflow = Workflow.make(`anneal/Stage/${key}`, { payload: {}, idempotencyKey: () => key })
    yield* engine.register(workflow, () => body)
    yield* engine.execute(workflow, { executionId: key, payload: {} })
    return yield* Deferred.await(made)
  },
  // Closing the scope interrupts an execution that has not ended, and waits for it.
  (effect) => Effect.scoped(effect)
)

/** An engine for one run of a pipeline, which ends with the scope. */
export const make = (cache: Cache): Effect.Effect<Execute, never, Scope.Scope> =>
  Effect.map(
    engineOver(cache),
    (engine): Execute =>
      (key, stage) =>
        execute(engine, key, stage)
  )

/** See `Stage.activity`. */
export const activity = <S extends Schema.Codec<unknown, unknown>, E, R>(
  name: string,
  success: S,
  effect: Effect.Effect<S["Type"], E, R>
) =>
  Effect.suspend(() => {
    const failed = Deferred.makeUnsafe<never, E>()
    const execute = Effect.catchCause(effect, (cause) =>
      Effect.flatMap(WorkflowEngine.WorkflowInstance, (instance) =>
        sleeps(instance, cause)
          ? Effect.interrupt
          : Effect.andThen(Deferred.failCause(failed, cause), Effect.fail(undefined))
      )
    )
    return Activity.make({ name, success, error: Schema.Undefined, execute }).pipe(
      // Its own error, which the engine would ask a Schema for.
      Effect.catch(() => Deferred.await(failed))
    )
  })
