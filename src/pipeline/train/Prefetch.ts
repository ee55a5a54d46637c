/** Reads batches ahead, in order and bounded, in fibers that end with the scope. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { DataError, Dataset } from "../task/Dataset.ts"

export interface Place {
  readonly epoch: number
  readonly index: number
}

/** The places from (epoch, index) on, `length` per epoch, without end. */
export function* from(epoch: number, index: number, length: number): Generator<Place> {
  for (let i = index; i < length; i++) yield { epoch, index: i }
  for (let e = epoch + 1; ; e++) for (let i = 0; i < length; i++) yield { epoch: e, index: i }
}

/** The first `count` places of `epoch`. */
export function* range(epoch: number, count: number): Generator<Place> {
  for (let i = 0; i < count; i++) yield { epoch, index: i }
}

/**
 * An effect that succeeds with the next batch each time it runs; running it more often than there are places is a
 * defect. `ahead` batches, at least two, are made while the caller computes.
 */
export const make = <B>(
  dataset: Dataset<B>,
  places: Iterable<Place>,
  ahead: number
): Effect.Effect<Effect.Effect<B, DataError>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const most = Math.max(2, ahead)
    const remaining = places[Symbol.iterator]()
    const making: Array<() => Effect.Effect<B, DataError>> = []
    let allBegun = false

    // A batch is removed only once it is taken: an interruption in between loses nothing.
    const taken = (batch: B): B => {
      making.shift()
      return batch
    }

    const take = (): Effect.Effect<B, DataError> => {
      const first = making[0]
      return first === undefined
        ? Effect.die("more batches were requested than the data set has")
        : Effect.map(first(), taken)
    }

    const next: Effect.Effect<B, DataError> = Effect.suspend(() => {
      while (!allBegun && making.length <= most) {
        const { done, value } = remaining.next()
        allBegun = done === true
        if (done === true) break
        const batch = dataset.batch(value.epoch, value.index)
        if (!Exit.isExit(batch)) {
          // Started at once, so that its requests are under way before the caller computes.
          return Effect.flatMap(Effect.forkIn(batch, scope, { startImmediately: true }), (fiber) => {
            making.push(() => fiber.pollUnsafe() ?? Fiber.join(fiber))
            return next
          })
        }
        // A batch that is ready, such as `Effect.succeed`, needs no fiber.
        making.push(() => batch)
      }
      return take()
    })
    return next
  })
