/**
 * Stages as executions of Effect's workflow engine. The results of their activities are kept in the `StageCache`, so that
 * a stage that is begun again continues after the last activity that finished.
 *
 * The engine is Effect's own, in memory, with two things made durable: the results of activities, and the times at which
 * clocks ring. A stage runs in a child of the calling fiber, not in one of the engine's, so that its context, its
 * interruption and the order in which things close are those of any effect.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Activity from "effect/workflow/Activity"
import * as Workflow from "effect/workflow/Workflow"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import type { StageCache } from "./StageCache.ts"
import { StageRefused } from "./StageError.ts"

/** What a stage has while it runs, so that everything in `effect/workflow` works in it. */
export type Durable = WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance

/** The body of a stage. */
type Stage<A, E> = (durable: Context.Context<Durable>) => Effect.Effect<A, E>

/** Runs a stage as an execution named by its key. If it is interrupted or fails, it can be begun again. */
export type Execute = <A, E>(key: string, stage: Stage<A, E>) => Effect.Effect<A, E>

type Cache = StageCache["Service"]
type Engine = WorkflowEngine.WorkflowEngine["Service"]
type Instance = WorkflowEngine.WorkflowInstance["Service"]
type Scheduled = Parameters<Engine["scheduleClock"]>[1]

/** Closes what an instance holds. One that goes on or is begun again is abandoned: nothing is undone. */
const closing = <A, E, R>(instance: Instance, effect: Effect.Effect<A, E, R>) =>
  Effect.onExit(effect, (exit) => {
    instance.abandoned = Exit.isFailure(exit)
    return Scope.close(instance.scope, exit)
  })

/** Whether a body ended to continue when it is woken. It ends by an interruption then, also from within a race. */
const sleeps = ({ suspended }: Instance, exit: Exit.Exit<unknown, unknown>) =>
  suspended && Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)

/**
 * Runs an instance once; none if it went to sleep. It has a fiber of its own, since going to sleep interrupts the fiber.
 * If it is interrupted from outside, it waits until everything has closed, and reports what failed then.
 */
const live = <A, E, R>(instance: Instance, effect: Effect.Effect<A, E, R>) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(restore(closing(instance, effect)), { startImmediately: true })
      yield* Effect.exit(restore(Fiber.await(fiber)))
      yield* Fiber.interrupt(fiber)
      const exit = yield* Fiber.await(fiber)
      return sleeps(instance, exit) ? Option.none<A>() : Option.some(yield* exit)
    })
  )

/**
 * Runs an activity that has not finished. Only success is kept: the stage handles a failure, and its next run tries
 * again.
 */
const activityOver = (cache: Cache) =>
  Effect.fnUntraced(function* <S extends Schema.Constraint, E extends Schema.Constraint, R>(
    activity: Activity.Activity<S, E, R>
  ) {
    const { executionId, workflow } = yield* WorkflowEngine.WorkflowInstance
    const { executeEncoded }: Activity.Any = activity
    const decode = Schema.decodeUnknownEffect(activity.exitSchemaPartial)
    // The engine has no error channel for the cache: `StageRun` takes a CacheError from the defects.
    const kept = yield* Effect.orDie(cache.recall(executionId, activity.name))
    // A result that another Schema encoded counts as none.
    const known = yield* Effect.option(
      Effect.flatMap(Effect.fromOption(kept), (value) => decode(Exit.succeed(value)))
    )
    if (Option.isSome(known)) return new Workflow.Complete({ exit: known.value })
    const instance = WorkflowEngine.WorkflowInstance.initial(workflow, executionId)
    const executed = Effect.scoped(
      Effect.provideService(executeEncoded, WorkflowEngine.WorkflowInstance, instance)
    )
    const ended = yield* Effect.exit(live(instance, executed))
    if (Exit.isFailure(ended)) return new Workflow.Complete({ exit: yield* Effect.orDie(decode(ended)) })
    if (Option.isNone(ended.value)) return new Workflow.Suspended({})
    const answer: Schema.Json = ended.value.value ?? null
    yield* Effect.orDie(cache.remember(executionId, activity.name, answer))
    return new Workflow.Complete({ exit: yield* Effect.orDie(decode(Exit.succeed(answer))) })
  })

/** A clock rings at the time that it was first set to, however often its stage has been begun since. */
const clockOver = (cache: Cache, engine: Pick<Engine, "deferredDone">, scope: Scope.Scope) =>
  Effect.fnUntraced(function* (workflow: Workflow.Any, { executionId, clock }: Scheduled) {
    const name = `effect/DurableClock/${clock.name}`
    const now = yield* Clock.currentTimeMillis
    const kept = yield* Effect.orDie(cache.recall(executionId, name))
    const rings = Option.getOrElse(kept, () => now + Duration.toMillis(clock.duration))
    if (Option.isNone(kept)) yield* Effect.orDie(cache.remember(executionId, name, rings))
    const { deferred } = clock
    const rung = engine.deferredDone(deferred, {
      workflowName: workflow._tag,
      executionId,
      deferredName: deferred.name,
      exit: Exit.void
    })
    yield* Effect.forkIn(Effect.delay(rung, Math.max(0, Number(rings) - now)), scope)
  })

const withoutInstance = <R>(context: Context.Context<R>) =>
  Context.makeUnsafe<R>(Context.omit(WorkflowEngine.WorkflowInstance)(context).mapUnsafe)

/** The engine of one execution, which is continued through `woken`. Everything else is done in memory. */
const engineOver = Effect.fnUntraced(function* (cache: Cache, woken: Latch.Latch) {
  const scope = yield* Effect.scope
  const memory = Context.get(yield* Layer.build(WorkflowEngine.layerMemory), WorkflowEngine.WorkflowEngine)
  const deferredDone: Engine["deferredDone"] = (deferred, options) =>
    Effect.andThen(memory.deferredDone(deferred, options), woken.open)
  // Without the stage as its parent: the engine in memory does not know it and could not wake it.
  const execute: Engine["execute"] = (workflow, options) =>
    Effect.updateContext(memory.execute(workflow, options), withoutInstance)
  return WorkflowEngine.WorkflowEngine.of({
    ...memory,
    execute,
    activityExecute: activityOver(cache),
    deferredDone,
    scheduleClock: clockOver(cache, { deferredDone }, scope)
  })
})

/** Runs stages over a cache. */
export const make = (cache: Cache) =>
  Effect.fnUntraced(
    function* <A, E>(key: string, stage: Stage<A, E>) {
      const woken = Latch.makeUnsafe()
      const engine = yield* engineOver(cache, woken)
      const workflow = Workflow.make("anneal/Stage", { payload: {}, idempotencyKey: () => key })
      while (true) {
        yield* woken.close
        const instance = WorkflowEngine.WorkflowInstance.initial(workflow, key)
        const durable = Context.make(WorkflowEngine.WorkflowInstance, instance)
        const made = yield* live(instance, stage(Context.add(durable, WorkflowEngine.WorkflowEngine, engine)))
        if (Option.isSome(made)) return made.value
        yield* woken.await
      }
    },
    (effect) => Effect.scoped(effect)
  )

/** Refuses a result that does not fit, by name. `StageRun` takes the error from the defects, as the engine has no channel for it. */
const fitting =
  <S extends Schema.Codec<unknown, unknown>>(name: string, success: S) =>
  (value: S["Type"]) =>
    Schema.encodeUnknownEffect(success)(value).pipe(
      Effect.catch(({ message }) =>
        Effect.die(
          new StageRefused({
            stage: `activity ${name}`,
            part: "output",
            problem: `does not fit its Schema: ${message}`,
            cure: "Return a value that fits the Schema, or change the Schema"
          })
        )
      )
    )

/** See `Stage.activity`. */
export const activity = <S extends Schema.Codec<unknown, unknown>, E, R>(
  name: string,
  success: S,
  effect: Effect.Effect<S["Type"], E, R>
) =>
  Effect.suspend(() => {
    const failed = Deferred.makeUnsafe<never, E>()
    const execute = Effect.catchCause(Effect.tap(effect, fitting(name, success)), (cause) =>
      Effect.flatMap(WorkflowEngine.WorkflowInstance, (instance) =>
        sleeps(instance, Exit.failCause(cause))
          ? Effect.interrupt
          : Effect.andThen(Deferred.failCause(failed, cause), Effect.fail(undefined))
      )
    )
    return Activity.make({ name, success, error: Schema.Undefined, execute }).pipe(
      // The activity's own error, for which the engine would need a Schema.
      Effect.catch(() => Deferred.await(failed))
    )
  })
