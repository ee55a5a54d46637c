/** A stage with its inputs as a node: outlined from the cache, evaluated by running what the cache lacks. */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Node from "./PipelineNode.ts"
import type { Outliner, Session } from "./PipelineSession.ts"
import type { Lookup } from "./StageCache.ts"
import * as StageReason from "./StageReason.ts"
import * as StageRecord from "./StageRecord.ts"
import type { Body } from "./StageRun.ts"
import * as StageRun from "./StageRun.ts"

interface Input<E, R> {
  readonly name: string
  readonly pipeline: Node.Pipeline<unknown, E, R>
}

interface Step<Out, E, R, E2, R2> {
  readonly body: Body<Out, E, R>
  readonly inputs: ReadonlyArray<Input<E2, R2>>
  readonly parameters: unknown
}

/** An input whose value is known, encoded. */
interface Encoded {
  readonly name: string
  readonly json: Schema.Json
  readonly input: StageRecord.StageInput
}

/** Earlier runs of a stage that are compared with this one, to find the closest. */
const lookedBack = 50

const encode = <Out, E, R>(body: Body<Out, E, R>, name: string, { value, from }: Node.Known<unknown>) =>
  Effect.map(
    body.encodeInput(name, value),
    (json): Encoded => ({ name, json, input: StageRecord.input(json, from) })
  )

const callOf = <Out, E, R>(
  body: Body<Out, E, R>,
  parameters: Schema.Json,
  inputs: ReadonlyArray<Encoded>
) => ({
  stage: body.name,
  version: body.version,
  parameters,
  inputs: Object.fromEntries(inputs.map(({ name, input }) => [name, input]))
})

/** Why a stage runs, if its inputs are all known. */
const reasonsFor = Effect.fnUntraced(function* (
  { cache }: Outliner,
  call: StageRecord.StageCall,
  found: Exclude<Lookup, { _tag: "Whole" }>
) {
  if (found._tag === "Broken") return [{ _tag: "OutputMissing", problem: found.problem }] as const
  if (found.attempts > 0) return [{ _tag: "Unfinished", attempts: found.attempts }] as const
  return StageReason.differencesFrom(yield* cache.history(call.stage, lookedBack), call)
})

/** `epochs=3 rate=0.01`. */
const detailOf = (parameters: Schema.Json): string =>
  typeof parameters === "object" && parameters !== null
    ? Object.entries(parameters)
        .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
        .join(" ")
    : ""

const isKnown = <A>(value: Node.Known<A> | Node.Pending): value is Node.Known<A> => value._tag === "Known"

/** An input as the outline has it. */
interface OutlinedInput {
  readonly name: string
  readonly shape: Node.Shape
  readonly value: Node.Known<unknown> | Node.Pending
}

const pendingReasons = (inputs: ReadonlyArray<OutlinedInput>): ReadonlyArray<StageReason.StageReason> =>
  inputs.flatMap(({ name, value }) =>
    value._tag === "Pending" ? [{ _tag: "InputPending", input: name, stages: value.on }] : []
  )

/** Why a stage that waits for others runs: what it waits for, and what else changed. */
const outlinePending = Effect.fnUntraced(function* <Out, E, R>(
  body: Body<Out, E, R>,
  { cache }: Outliner,
  parameters: Schema.Json,
  inputs: ReadonlyArray<OutlinedInput>,
  encoded: ReadonlyArray<Encoded>
) {
  const history = yield* cache.history(body.name, lookedBack)
  const waiting = new Set(inputs.flatMap(({ name, value }) => (isKnown(value) ? [] : [name])))
  const others = StageReason.differencesFrom(history, callOf(body, parameters, encoded), waiting)
  return [...others, ...pendingReasons(inputs)]
})

const outlined = <Out>(
  shape: Node.Shape,
  forecast: Node.Forecast,
  value: Node.Known<Out> | Node.Pending
): Node.Outlined<Out> => ({ shape: { ...shape, forecast }, value })

const outline = Effect.fnUntraced(function* <Out, E, R, E2, R2>(
  { body, inputs: declared, parameters: given }: Step<Out, E, R, E2, R2>,
  outliner: Outliner
): Effect.fn.Return<Node.Outlined<Out>, Node.PipelineError> {
  yield* outliner.checkName(body.name, body.definition)
  const { version } = body
  const parameters = yield* body.encodeParameters(given)
  const inputs = yield* Effect.forEach(declared, ({ name, pipeline }) =>
    Effect.map(pipeline.outline(outliner), (input): OutlinedInput => ({ name, ...input }))
  )
  const encoded = yield* Effect.forEach(inputs, ({ name, value }) =>
    isKnown(value) ? Effect.map(encode(body, name, value), (one) => [one]) : Effect.succeed([])
  ).pipe(Effect.map((all) => all.flat()))
  const shape: Node.Shape = { kind: "stage", title: body.name, detail: detailOf(parameters), inputs }
  const pending: Node.Pending = { _tag: "Pending", on: [body.name] }
  if (encoded.length < inputs.length) {
    const reasons = yield* outlinePending(body, outliner, parameters, inputs, encoded)
    return outlined(shape, { action: "run", key: undefined, reasons, version }, pending)
  }
  const call = StageRecord.make(callOf(body, parameters, encoded))
  const found = yield* lookup(body, outliner, call)
  if (found._tag === "Whole") {
    const change = yield* StageRun.codeChange(body, found.record, outliner)
    const forecast: Node.Forecast = { action: "cached", key: call.key, reasons: [], version }
    return outlined(shape, change === undefined ? forecast : { ...forecast, change }, found.known)
  }
  const reasons = yield* reasonsFor(outliner, call, found)
  return outlined(shape, { action: "run", key: call.key, reasons, version }, pending)
})

type Found<Out> =
  | { readonly _tag: "Whole"; readonly record: StageRecord.StageRecord; readonly known: Node.Known<Out> }
  | Exclude<Lookup, { _tag: "Whole" }>

/** What the cache has. An output that the present Schema refuses counts as broken. */
const lookup = Effect.fnUntraced(function* <Out, E, R>(
  body: Body<Out, E, R>,
  { cache }: Outliner,
  call: StageRecord.StageCall
): Effect.fn.Return<Found<Out>, Node.PipelineError> {
  const found = yield* cache.find(call.key)
  if (found._tag !== "Whole") return found
  return yield* body.decodeOutput(found.record.output).pipe(
    Effect.map((value): Found<Out> => {
      const known: Node.Known<Out> = { _tag: "Known", value, from: [call.key] }
      return { _tag: "Whole", record: found.record, known }
    }),
    Effect.catchTag("StageRefused", ({ problem }) =>
      Effect.succeed<Found<Out>>({ _tag: "Broken", record: found.record, problem: `its output ${problem}` })
    )
  )
})

const evaluate = Effect.fnUntraced(function* <Out, E, R, E2, R2>(
  { body, inputs: declared, parameters: given }: Step<Out, E, R, E2, R2>,
  session: Session,
  provide: Node.Provide<StageRun.Required<R> | R2>
): Effect.fn.Return<Node.Known<Out>, E | E2 | Node.PipelineError> {
  yield* session.checkName(body.name, body.definition)
  const parameters = yield* body.encodeParameters(given)
  const inputs = yield* Effect.forEach(
    declared,
    ({ name, pipeline }) =>
      Effect.flatMap(pipeline.evaluate(session, provide), (known) => encode(body, name, known)),
    { concurrency: session.concurrency }
  )
  const call = StageRecord.make(callOf(body, parameters, inputs))
  const found = yield* lookup(body, session, call)
  if (found._tag === "Whole") {
    yield* StageRun.emitCached(body, found.record, session)
    return found.known
  }
  const reasons = yield* reasonsFor(session, call, found)
  const input = Object.fromEntries(inputs.map(({ name, json }) => [name, json]))
  const value = yield* StageRun.run({ body, call, input, reasons }, session, provide)
  return { _tag: "Known", value, from: [call.key] }
})

/** A stage called with values and pipelines. */
export const make = <Out, E, R, E2, R2>(
  body: Body<Out, E, R>,
  inputs: object,
  parameters: unknown
): Node.Pipeline<Out, E | E2, StageRun.Required<R> | R2> => {
  const step: Step<Out, E, R, E2, R2> = {
    body,
    parameters,
    inputs: Object.entries(inputs).map(([name, value]) => ({
      name,
      pipeline: Node.isPipeline<E2, R2>(value) ? value : Node.value(value)
    }))
  }
  return Node.make({
    shape: {
      kind: "stage",
      title: body.name,
      detail: "",
      definition: body.definition,
      module: body.module,
      inputs: step.inputs.map(({ name, pipeline }) => ({ name, shape: pipeline.shape }))
    },
    outline: (outliner) => outline(step, outliner),
    evaluate: (session, provide) => evaluate(step, session, provide)
  })
}
