/** Runs a stage that has no result in the cache, and records the result. */

import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Monotonic from "../internal/Monotonic.ts"
import * as Artifact from "./Artifact.ts"
import * as Fingerprint from "./Fingerprint.ts"
import type { PipelineError, Provide } from "./PipelineNode.ts"
import type { Limit, Outliner, Session } from "./PipelineSession.ts"
import { StageDied, StageRefused } from "./StageError.ts"
import type { CodeChange } from "./StageModule.ts"
import * as StageModule from "./StageModule.ts"
import type { StageReason } from "./StageReason.ts"
import type { StageCall, StageRecord } from "./StageRecord.ts"
import type { Durable } from "./StageWorkflow.ts"
import { Workspace } from "./Workspace.ts"

/** A stage without the types of its inputs and parameters, which it checks at run time. */
export interface Body<Out, E, R> {
  readonly name: string
  /** The object that the variants of one stage share. */
  readonly definition: object
  readonly version: StageRecord["version"]
  /** The file that declares it, as a stack names it; undefined if it is not known. */
  readonly module: string | undefined
  readonly limits: ReadonlyArray<Limit>
  readonly encodeInput: (name: string, value: unknown) => Effect.Effect<Schema.Json, StageRefused>
  readonly encodeParameters: (given: unknown) => Effect.Effect<Schema.Json, StageRefused>
  readonly encodeOutput: (value: Out) => Effect.Effect<Schema.Json, StageRefused>
  readonly decodeOutput: (json: Schema.Json) => Effect.Effect<Out, StageRefused>
  /** Decodes inputs and parameters, and returns the effect that makes the output. */
  readonly prepare: (
    input: Schema.Json,
    parameters: Schema.Json
  ) => Effect.Effect<Effect.Effect<Out, E, R>, StageRefused>
}

/** What a stage requires, besides what every run provides: a workspace, a scope and the workflow engine. */
export type Required<R> = Exclude<Exclude<R, Workspace | Durable>, Scope.Scope>

export interface Run<Out, E, R> {
  readonly body: Body<Out, E, R>
  readonly call: StageCall
  /** The encoded inputs. */
  readonly input: Schema.Json
  readonly reasons: ReadonlyArray<StageReason>
}

/** An error of the cache in an activity or a clock: the engine has no error channel, so it comes as a defect. */
const isCacheError = Schema.is(Artifact.CacheError)

const isRefused = Schema.is(StageRefused)

/** A defect of a stage as an error that names the stage. */
const asStageError = (stage: string, cause: unknown): PipelineError => {
  if (isCacheError(cause)) return cause
  if (isRefused(cause)) return new StageRefused({ ...cause, stage: `${stage}, ${cause.stage}` })
  return new StageDied({ stage, cause })
}

const made = Effect.fnUntraced(function* <Out, E, R>(
  { body, call, input, reasons }: Run<Out, E, R>,
  session: Session,
  provide: Provide<Required<R>>,
  workspace: Workspace["Service"]
): Effect.fn.Return<Out, E | PipelineError> {
  yield* session.emit({
    _tag: "StageStarted",
    stage: call.stage,
    key: call.key,
    reasons,
    attempt: workspace.attempt
  })
  const modules = body.module === undefined ? undefined : yield* session.cache.modules(body.module)
  const started = yield* DateTime.now
  const begun = yield* Monotonic.now
  const effect = yield* body.prepare(input, call.parameters)
  const execute = yield* session.executor
  const value = yield* execute(call.key, (durable) =>
    provide(Effect.scoped(Effect.provide(effect, Context.add(durable, Workspace, workspace))))
  ).pipe(Effect.catchDefect((cause) => Effect.fail(asStageError(call.stage, cause))))
  const output = yield* body.encodeOutput(value)
  const seconds = ((yield* Monotonic.now) - begun) / 1000
  yield* session.cache.finish({
    ...call,
    output,
    digest: Fingerprint.of(output),
    artifacts: Artifact.within(output),
    started: DateTime.formatIso(started),
    seconds,
    attempts: workspace.attempt,
    environment: yield* session.environment,
    ...(modules === undefined ? {} : { modules })
  })
  yield* session.emit({ _tag: "StageEnded", stage: call.stage, key: call.key, seconds })
  // Decoded, as a later run will read it from the cache.
  return yield* body.decodeOutput(output)
})

/** What changed in the code of a stage since a result of it was made. */
export const codeChange = Effect.fnUntraced(function* <Out, E, R>(
  { module }: Body<Out, E, R>,
  { modules }: StageRecord,
  { cache }: Outliner
): Effect.fn.Return<CodeChange | undefined> {
  if (module === undefined || modules === undefined) return undefined
  const paths = StageModule.changed(modules, yield* cache.modules(module))
  return paths.length === 0 ? undefined : { module, paths }
})

/** Reports that the result of a stage is in the cache. */
export const emitCached = <Out, E, R>(
  body: Body<Out, E, R>,
  record: StageRecord,
  session: Session
): Effect.Effect<void> =>
  Effect.flatMap(codeChange(body, record, session), (change) =>
    session.emit({
      _tag: "StageCached",
      stage: body.name,
      key: record.key,
      version: body.version,
      ...(change === undefined ? {} : { change })
    })
  )

const reportFailure =
  <E>({ stage, key }: StageCall, session: Session) =>
  (cause: Cause.Cause<E>): Effect.Effect<void> =>
    session.emit({ _tag: "StageFailed", stage, key, interrupted: Cause.hasInterruptsOnly(cause) })

/** The output of a stage: made now, or by another process while this one waited for it. */
export const run = Effect.fn("Stage.run")(
  function* <Out, E, R>(
    run: Run<Out, E, R>,
    session: Session,
    provide: Provide<Required<R>>
  ): Effect.fn.Return<Out, E | PipelineError, Scope.Scope> {
    const workspace = yield* session.cache.begin(run.call.key)
    const found = yield* session.cache.find(run.call.key)
    const anew = made(run, session, provide, workspace).pipe(Effect.onError(reportFailure(run.call, session)))
    if (found._tag !== "Whole") return yield* anew
    return yield* run.body.decodeOutput(found.record.output).pipe(
      Effect.tap(emitCached(run.body, found.record, session)),
      // The present Schema refuses the cached output, which is why this stage runs.
      Effect.catchTag("StageRefused", () => anew)
    )
  },
  (effect, { body }, session) => session.admit(body.limits)(Effect.scoped(effect))
)
