/** What the nodes of a pipeline share during one run or one outline. */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { PipelineEvent } from "./PipelineEvent.ts"
import type { StageCache } from "./StageCache.ts"
import { StageRefused } from "./StageError.ts"
import type { Execute } from "./StageWorkflow.ts"

/** A limit that stages share. */
export interface Limit {
  /** Stages at once, at least 1. */
  readonly permits: number
}

/** What one outline shares. */
export interface Outliner {
  readonly cache: StageCache["Service"]
  readonly checkName: NameCheck
}

/** What one run shares. */
export interface Session extends Outliner {
  /** Runs an effect as soon as the concurrency of the run and its own limits admit it. */
  readonly admit: Gate
  /** How many inputs of a stage are evaluated at once. */
  readonly concurrency: number | "unbounded"
  readonly emit: (event: PipelineEvent) => Effect.Effect<void>
  /** What runs stages; loaded when the first one runs, since that takes time. */
  readonly executor: Effect.Effect<Execute>
  /** Evaluated when the first stage runs. */
  readonly environment: Effect.Effect<{ readonly [name: string]: string }>
  /** Closes with the run. */
  readonly scope: Scope.Scope
  readonly memoMap: Layer.MemoMap
}

export type NameCheck = (stage: string, definition: object) => Effect.Effect<void, StageRefused>

/** Refuses two stages with the same name, whose results a cache could not distinguish. */
export const makeNameCheck = (): NameCheck => {
  const seen = new Map<string, object>()
  return (stage, definition) =>
    Effect.suspend(() => {
      const before = seen.get(stage) ?? definition
      seen.set(stage, definition)
      return before === definition
        ? Effect.void
        : Effect.fail(
            new StageRefused({
              stage,
              part: "name",
              problem: "two stages of this pipeline have the same name",
              cure: "Rename one: the cache distinguishes their results by name"
            })
          )
    })
}

export type Gate = (
  limits: ReadonlyArray<Limit>
) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** The gate of a run: at most `concurrency` stages at once, and for each limit at most its permits. */
export const makeGate = (concurrency: number | "unbounded"): Gate => {
  const all = concurrency === "unbounded" ? [] : [Semaphore.makeUnsafe(concurrency)]
  const gates = new Map<Limit, Semaphore.Semaphore>()
  return (limits) => (effect) => {
    for (const limit of limits) {
      if (!gates.has(limit)) gates.set(limit, Semaphore.makeUnsafe(limit.permits))
    }
    // Always in the order in which the run met them, so that no two stages wait for each other; and the concurrency of
    // the run last, so that a stage waiting for a limit does not block others.
    const mine = [...gates].flatMap(([limit, gate]) => (limits.includes(limit) ? [gate] : []))
    return [...all, ...mine].reduce((inner, gate) => gate.withPermit(inner), effect)
  }
}
