/**
 * A whole project as one typed value: stages that take the results of stages, outlined before they run, each run once.
 *
 * ```ts
 * import * as Pipeline from "anneal/Pipeline"
 * import * as Stage from "anneal/Stage"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const count = Stage.make("count", {
 *   version: 1,
 *   input: { numbers: Schema.Array(Schema.Finite) },
 *   parameters: { above: Schema.Finite },
 *   output: Schema.Int,
 *   run: ({ numbers }, { above }) => Effect.succeed(numbers.filter((one) => one > above).length)
 * })
 *
 * const program = Pipeline.run(count({ numbers: [1, 2, 3] }, { above: 1 }))
 * ```
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Artifact } from "./Artifact.ts"
import type { PipelineEvent } from "./PipelineEvent.ts"
import * as Node from "./PipelineNode.ts"
import * as PipelineOutline from "./PipelineOutline.ts"
import type { Parametrized } from "./PipelineParameters.ts"
import * as Session from "./PipelineSession.ts"
import { StageCache } from "./StageCache.ts"

export { all, forEach, map } from "./PipelineCombinators.ts"
export {
  type Errors,
  isPipeline,
  type Pipeline,
  type PipelineError,
  type Requirements,
  type Value,
  value
} from "./PipelineNode.ts"
export type { PipelineOutline } from "./PipelineOutline.ts"
export {
  type FromParameters,
  fromParameters,
  isParametrized,
  type ParametersSchema,
  type Parametrized
} from "./PipelineParameters.ts"

/** What a module exports for `anneal pipeline`: a pipeline, or one with parameters, whose requirements are all provided. */
export type Runnable = Node.Pipeline<unknown, unknown, never> | Parametrized<unknown, unknown, never>

const lastName = (path: string): string => path.split(/[/\\]/).findLast((part) => part !== "") ?? path

/** A file or folder from outside, identified by its content: stages that take it run again when that changes. */
export const source = (path: string): Node.Pipeline<Artifact> => {
  const shape: Node.Shape = { kind: "source", title: lastName(path), detail: path, inputs: [] }
  const known = ({ cache }: Session.Outliner) =>
    Effect.map(
      cache.source(path),
      (artifact): Node.Known<Artifact> => ({ _tag: "Known", value: artifact, from: [] })
    )
  return Node.make<Artifact, never, never>({
    shape,
    outline: (outliner) => Effect.map(known(outliner), (found) => ({ shape, value: found })),
    evaluate: known
  })
}

/**
 * Provides the stages of a pipeline with what they require. The layer is built once per run, when the first of them
 * really runs, and closes when the run ends. If there is nothing to do, it is never built.
 */
export const provide =
  <ROut, LE, RIn>(layer: Layer.Layer<ROut, LE, RIn>) =>
  <A, E, R>(pipeline: Node.Pipeline<A, E, R>): Node.Pipeline<A, E | LE, Exclude<R, ROut> | RIn> =>
    Node.make<A, E | LE, Exclude<R, ROut> | RIn>({
      shape: pipeline.shape,
      outline: pipeline.outline,
      evaluate: Effect.fnUntraced(function* (session, provide) {
        const failed = Deferred.makeUnsafe<never, LE>()
        const built = yield* Effect.cached(
          provide(Layer.buildWithMemoMap(layer, session.memoMap, session.scope))
        )
        const context = Effect.catchCause(built, (cause) =>
          // The stage waits here until the race below ends it: its own errors do not include the layer's.
          Effect.andThen(Deferred.failCause(failed, cause), Effect.never)
        )
        const inner: Node.Provide<R> = (effect) =>
          Effect.flatMap(context, (services) => provide(Effect.provide(effect, services)))
        return yield* Effect.raceFirst(pipeline.evaluate(session, inner), Deferred.await(failed))
      })
    })

export interface RunOptions {
  /** Stages at once, if they do not depend on each other; 1 by default. */
  readonly concurrency?: number | "unbounded" | undefined
  /** Receives every event, in order. */
  readonly onEvent?: ((event: PipelineEvent) => Effect.Effect<void>) | undefined
  /** Recorded with every result, such as versions and the git commit; evaluated once, when the first stage runs. */
  readonly environment?: Effect.Effect<{ readonly [name: string]: string }> | undefined
}

/** Effect's workflow engine, which is not loaded if there is nothing to run. */
const loadEngine = (cache: StageCache["Service"]) =>
  Effect.map(
    Effect.promise(() => import("./StageWorkflow.ts")),
    (stages) => stages.make(cache)
  )

/**
 * Makes the value: takes from the cache what is there and runs the rest, each stage once. If the process is killed, the
 * next run continues where it stopped.
 */
export const run = Effect.fn("Pipeline.run")(function* <A, E, R>(
  pipeline: Node.Pipeline<A, E, R>,
  { concurrency = 1, onEvent = () => Effect.void, environment = Effect.succeed({}) }: RunOptions = {}
): Effect.fn.Return<A, E | Node.PipelineError, R | StageCache> {
  const context = yield* Effect.context<R>()
  const cache = yield* StageCache
  const recorded = yield* Effect.cached(environment)
  const checkName = Session.makeNameCheck()
  // Before the first stage runs, as far as stages are known; those of lists are checked when the list is.
  for (const { title, definition, module } of PipelineOutline.inOrder(pipeline.shape)) {
    if (definition !== undefined) yield* checkName(title, definition)
    // Now, since an edit to a module while stages run does not change the code that was loaded.
    if (module !== undefined) yield* cache.modules(module)
  }
  const evaluated = Effect.scopedWith((scope) =>
    Effect.flatMap(Effect.cached(loadEngine(cache)), (executor) =>
      pipeline.evaluate(
        {
          cache,
          executor,
          checkName,
          admit: Session.makeGate(concurrency),
          concurrency: concurrency === 1 ? 1 : "unbounded",
          emit: onEvent,
          environment: recorded,
          scope,
          memoMap: Layer.makeMemoMapUnsafe()
        },
        (effect) => Effect.provide(effect, context)
      )
    )
  )
  return (yield* evaluated).value
})

/** What would run and why, from the cache alone; no stage runs and no layer is built. */
export const outline = Effect.fn("Pipeline.outline")(function* <A, E, R>(
  pipeline: Node.Pipeline<A, E, R>
): Effect.fn.Return<PipelineOutline.PipelineOutline, Node.PipelineError, StageCache> {
  const cache = yield* StageCache
  const { shape } = yield* pipeline.outline({ cache, checkName: Session.makeNameCheck() })
  return PipelineOutline.make(shape)
})
