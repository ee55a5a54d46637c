/** Reads batches ahead, in order and bounded, in fibers that end with the scope. */
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
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
 * caller computes.
 */
export const make = <B>(
  dataset: Dataset<B>,
  places: Iterable<Place>,
  ahead: number
): Effect.Effect<Pull.Pull<B, DataError>, never, Scope.Scope> =>
  Stream.fromIterable(places, { chunkSize: 1 }).pipe(
    Stream.mapEffect(({ epoch, index }) => dataset.batch(epoch, index), { concurrency: Math.max(2, ahead) }),
    Stream.rechunk(1),
    Stream.toPull,
    Effect.map(Effect.map(([batch]) => batch))
  )
