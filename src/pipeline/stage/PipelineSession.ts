/** What one run or one planning of a pipeline shares among its nodes. */
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

/** What one planning shares. */
export interface Planner {
  readonly cache: StageCache["Service"]
  readonly checkName: NameCheck
}

/** What one run shares. */
export interface Session extends Planner {
  /** Runs an effect once there is a place for it among the stages at once, and in its limits. */
  readonly admit: Gate
  /** How many inputs of a stage are evaluated at once. */
  readonly concurrency: number | "unbounded"
  readonly watch: (event: PipelineEvent) => Effect.Effect<void>
  /** What runs stages; asked when the first one runs, since it takes time to load. */
  readonly executor: Effect.Effect<Execute>
  /** Asked when the first stage runs. */
  readonly environment: Effect.Effect<{ readonly [name: string]: string }>
  /** Closes with the run. */
  readonly scope: Scope.Scope
  readonly memoMap: Layer.MemoMap
}

export type NameCheck = (stage: string, definition: object) => Effect.Effect<void, StageRefused>

/** Refuses two stages of one name, whose results a cache could not distinguish. */
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

/** Gate of a run: at most `concurrency` stages at once, and for each limit at most its permits. */
export const makeGate = (concurrency: number | "unbounded"): Gate => {
  const all = concurrency === "unbounded" ? [] : [Semaphore.makeUnsafe(concurrency)]
  const gates = new Map<Limit, Semaphore.Semaphore>()
  return (limits) => (effect) => {
    for (const limit of limits) {
      if (!gates.has(limit)) gates.set(limit, Semaphore.makeUnsafe(limit.permits))
    }
    // Always in the order in which the run met them, so that no two stages wait for each other; and a place among all
    // last, so that a stage waiting for a limit takes none from others.
    const mine = [...gates].flatMap(([limit, gate]) => (limits.includes(limit) ? [gate] : []))
    return [...all, ...mine].reduce((inner, gate) => gate.withPermit(inner), effect)
  }
}
