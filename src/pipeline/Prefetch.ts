/** Reads batches ahead, in order and bounded, in fibers that end with the scope. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import type { DataError, Dataset } from "./Dataset.ts"

export interface Place {
  readonly epoch: number
  readonly index: number
}

/** The places from (epoch, index) on, `length` to an epoch, without end. */
export function* from(epoch: number, index: number, length: number): Generator<Place> {
  for (let i = index; i < length; i++) yield { epoch, index: i }
  for (let e = epoch + 1; ; e++) for (let i = 0; i < length; i++) yield { epoch: e, index: i }
}

/** The first `count` places of `epoch`. */
export function* range(epoch: number, count: number): Generator<Place> {
  for (let i = 0; i < count; i++) yield { epoch, index: i }
}

/**
 * An effect that gives the next batch each time it runs. `ahead` batches, at least two, are made while the
 * caller computes; one that fails does so in its turn.
 */
export const make = Effect.fnUntraced(function* <B>(
  dataset: Dataset<B>,
  places: Iterable<Place>,
  ahead: number
): Effect.fn.Return<Pull.Pull<B, DataError>, never, Scope.Scope> {
  const scope = yield* Scope.Scope
  const rest = places[Symbol.iterator]()
  const making: Array<Fiber.Fiber<B, DataError>> = []
  const fill = Effect.fnUntraced(function* () {
    while (making.length < Math.max(2, ahead)) {
      const next = rest.next()
      if (next.done === true) return
      const { epoch, index } = next.value
      making.push(yield* Effect.forkIn(dataset.batch(epoch, index), scope))
    }
  })
  return Effect.gen(function* () {
    yield* fill()
    const first = making.shift()
    if (first === undefined) return yield* Cause.done()
    yield* fill()
    return yield* Fiber.join(first)
  })
})
