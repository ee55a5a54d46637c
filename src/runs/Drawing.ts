/** Pictures for people: one that cannot be drawn is missing, with a reason, and never fails its run. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Thrown from "../pipeline/internal/Thrown.ts"

/** The drawing, or why there is none. A bug of the drawing counts as well: what was trained is worth more. */
export const attempt = <A, E, R>(
  drawing: Effect.Effect<A, E, R>
): Effect.Effect<Result.Result<A, string>, never, R> =>
  drawing.pipe(
    Effect.map((drawn) => Result.succeed(drawn)),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.interrupt
        : Effect.succeed(Result.fail(Thrown.sentence(Cause.squash(cause))))
    )
  )
