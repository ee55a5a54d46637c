/** Time that a test decides: standing still until it is moved, or moving on by itself at each look. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"

/** Stands at 1970-01-01 until `adjust` moves it. */
export const still: Layer.Layer<never> = TestClock.layer()

/** Moves the standing clock on, and wakes whoever slept until then. */
export const adjust: (by: Duration.Input) => Effect.Effect<void> = TestClock.adjust

const nanos = 1_000_000n

const make = (step: bigint): Clock.Clock => {
  let now = 0n
  const look = () => {
    const seen = now
    now += step
    return seen
  }
  const millis = () => Number(look() / nanos)
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: look,
    currentTimeNanos: Effect.sync(look),
    monotonicTimeNanosUnsafe: look,
    monotonicTimeNanos: Effect.sync(look),
    sleep: (duration) =>
      Effect.sync(() => {
        now += BigInt(Math.round(Duration.toMillis(duration))) * nanos
      })
  }
}

/**
 * Begins at 1970-01-01 and moves on by `step` at each look, so that a program without anybody beside it meets its time
 * limits; who sleeps wakes at once, later by as much.
 */
export const ticking = (step: Duration.Input): Layer.Layer<never> =>
  Layer.effectContext(
    Effect.sync(() =>
      Context.make(
        Clock.Clock,
        make(BigInt(Math.round(Duration.toMillis(Duration.fromInputUnsafe(step)))) * nanos)
      )
    )
  )
