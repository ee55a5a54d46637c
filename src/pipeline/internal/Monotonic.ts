/** A clock that is never set back, for durations. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Milliseconds since an arbitrary moment. */
export const millis = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

/** Milliseconds since an arbitrary moment. */
export const now: Effect.Effect<number> = Effect.clockWith((clock) => Effect.sync(() => millis(clock)))
