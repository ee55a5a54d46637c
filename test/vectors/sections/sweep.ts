/** `sweep`: overrides to batches of jobs. */
import { Effect, type Result, Schema } from "effect"
import * as Judge from "../Judge.ts"
import { Override, Sweep } from "../subject.ts"
import { commonFields, type Section } from "../Vector.ts"

const Case = Schema.Struct({
  ...commonFields,
  overrides: Schema.Array(Schema.String),
  max_batch_size: Schema.NullOr(Schema.Int)
})

/** The vectors have no config tree here: Hydra's own sweeper fails on a glob then, and so no case has one. */
const groupOptions = () => Effect.succeed([])

export const section: Section = {
  name: "sweep",
  run: Effect.fn("vectors.sweep")(function* (vector) {
    const { expect, expect13, overrides, max_batch_size, non_hydra_error } =
      yield* Schema.decodeUnknownEffect(Case)(vector)
    const batchSize = max_batch_size === null ? {} : { batchSize: max_batch_size }
    const jobs = Effect.gen(function* () {
      const parsed = yield* Effect.forEach(overrides, (text, index) =>
        Effect.fromResult(Override.parse(text, index))
      )
      return yield* Sweep.expand(parsed, { groupOptions, ...batchSize })
    })
    const actual: Result.Result<unknown, Override.OverrideSyntaxError | Sweep.SweepError> =
      yield* Effect.result(jobs)
    return Judge.outcome(expect13 ?? expect ?? {}, actual, { anyKind: non_hydra_error === true })
  })
}
