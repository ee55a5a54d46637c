/** Time under the control of a test: it stands still until it is moved, or advances with each reading. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"

/** Stands still at 1970-01-01 until `adjust` moves it. */
export const still: Layer.Layer<never> = TestClock.layer()

/** Advances the clock, and wakes all fibers that slept until then. */
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
 * Starts at 1970-01-01 and advances by `step` with each reading, so that a program reaches its time limits by itself;
 * a sleep ends at once, and advances the clock by its duration.
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
