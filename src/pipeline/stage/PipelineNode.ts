/**
 * What every pipeline is inside: a node of a graph that can be drawn, outlined and evaluated.
 *
 * Values stay typed because each node keeps its own typed closures. A `Provide` satisfies the requirements of a stage at
 * the moment when it really runs, so that the layers of a pipeline with nothing to do stay closed.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Pipeable from "effect/Pipeable"
import type { CacheError } from "./Artifact.ts"
import type { Outliner, Session } from "./PipelineSession.ts"
import type { StageDied, StageRefused } from "./StageError.ts"
import type { CodeChange } from "./StageModule.ts"
import type { StageReason } from "./StageReason.ts"
import type { StageRecord } from "./StageRecord.ts"

/** The errors of any pipeline, besides those of its stages. */
export type PipelineError = CacheError | StageDied | StageRefused

export interface Edge {
  /** The input's name; empty if there is only one. */
  readonly name: string
  readonly shape: Shape
}

/** A node without its types, for pictures and outlines. Equal shapes are the same object. */
export interface Shape {
  readonly kind: "stage" | "source" | "value" | "pure"
  readonly title: string
  /** One line for people, such as the parameters. */
  readonly detail: string
  readonly inputs: ReadonlyArray<Edge>
  /** For a stage: the object that its variants share. */
  readonly definition?: object
  /** For a stage: the file that declares it, if it is known. */
  readonly module?: string | undefined
  /** Whether the stage would run; absent on a shape that was not outlined. */
  readonly forecast?: Forecast
}

/** What a run would do with a stage. */
export interface Forecast {
  readonly action: "run" | "cached"
  /** Known once its inputs are. */
  readonly key: string | undefined
  readonly reasons: ReadonlyArray<StageReason>
  readonly version: StageRecord["version"]
  /** For a cached stage: code of the stage that changed since, although its version is the same. */
  readonly change?: CodeChange
}

/** A value and the keys of the stages that it came from. */
export interface Known<out A> {
  readonly _tag: "Known"
  readonly value: A
  readonly from: ReadonlyArray<string>
}

/** A value that is not known yet; `on` names the stages that make it. */
export interface Pending {
  readonly _tag: "Pending"
  readonly on: ReadonlyArray<string>
}

export interface Outlined<out A> {
  readonly shape: Shape
  readonly value: Known<A> | Pending
}

/** Satisfies the requirements of an effect. */
export type Provide<in R> = <A, E>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E>

export const TypeId = "~anneal/Pipeline"

/**
 * A value of type `A` that stages make: declared, not run. `E` are the errors of all stages in its graph, and `R` is what
 * they require.
 */
export interface Pipeline<out A, out E = never, out R = never> extends Pipeable.Pipeable {
  readonly [TypeId]: typeof TypeId
  readonly shape: Shape
  readonly outline: (outliner: Outliner) => Effect.Effect<Outlined<A>, PipelineError>
  readonly evaluate: (session: Session, provide: Provide<R>) => Effect.Effect<Known<A>, E | PipelineError>
}

/** The type of what a pipeline makes, its errors and its requirements. */
export type Value<P> = P extends Pipeline<infer A, unknown, unknown> ? A : never
export type Errors<P> = P extends Pipeline<unknown, infer E, unknown> ? E : never
export type Requirements<P> = P extends Pipeline<unknown, unknown, infer R> ? R : never

/** Whether a value is a pipeline. Its errors and requirements are those that its declared type has. */
export const isPipeline = <E, R>(value: unknown): value is Pipeline<unknown, E, R> =>
  typeof value === "object" && value !== null && TypeId in value

/** Computes once for each key; later callers wait for the same result. */
const once = <K extends WeakKey, Args extends ReadonlyArray<unknown>, A, E>(
  compute: (key: K, ...args: Args) => Effect.Effect<A, E>
) => {
  const begun = new WeakMap<K, Deferred.Deferred<A, E>>()
  return (key: K, ...args: Args): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      const before = begun.get(key)
      if (before !== undefined) return Deferred.await(before)
      const result = Deferred.makeUnsafe<A, E>()
      begun.set(key, result)
      return Effect.onExit(compute(key, ...args), (exit) => Deferred.done(result, exit))
    })
}

export interface Definition<A, E, R> {
  readonly shape: Shape
  readonly outline: (outliner: Outliner) => Effect.Effect<Outlined<A>, PipelineError>
  readonly evaluate: (session: Session, provide: Provide<R>) => Effect.Effect<Known<A>, E | PipelineError>
}

/** A node that is outlined once per outline and evaluated once per run, however many others take its value. */
export const make = <A, E, R>({ shape, outline, evaluate }: Definition<A, E, R>): Pipeline<A, E, R> => ({
  [TypeId]: TypeId,
  shape,
  outline: once(outline),
  evaluate: once(evaluate),
  ...Pipeable.Prototype
})

/** A value that is known from the start. */
export const value = <A>(known: A, title = "value"): Pipeline<A> => {
  const shape: Shape = { kind: "value", title, detail: "", inputs: [] }
  const is: Known<A> = { _tag: "Known", value: known, from: [] }
  return make({
    shape,
    outline: () => Effect.succeed({ shape, value: is }),
    evaluate: () => Effect.succeed(is)
  })
}
