/** A small project: numbers are drawn, doubled in parts and summed; every run of a stage is written down. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { PipelineEvent } from "../../src/pipeline/stage/PipelineEvent.ts"
import * as Stage from "../../src/pipeline/stage/Stage.ts"

export class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", { value: Schema.Finite }) {}

/** Stages that append their name to `ran` whenever they run. */
export const make = (version: number | string = 1) => {
  const ran: Array<string> = []
  const draw = Stage.make("draw", {
    version: 1,
    input: {},
    parameters: {
      count: Schema.Int,
      first: Schema.Int.pipe(Schema.withConstructorDefault(Effect.succeed(1)))
    },
    output: Schema.Array(Schema.Finite),
    run: (_, { count, first }) =>
      Effect.sync(() => {
        ran.push("draw")
        return Array.from({ length: count }, (_, i) => first + i)
      })
  })
  const double = Stage.make("double", {
    version,
    input: { value: Schema.Finite },
    parameters: { factor: Schema.Finite.pipe(Schema.withConstructorDefault(Effect.succeed(2))) },
    output: Schema.Finite,
    run: Effect.fnUntraced(function* ({ value }, { factor }) {
      ran.push(`double ${value}`)
      return value > 1000 ? yield* new TooLarge({ value }) : value * factor
    })
  })
  const sum = Stage.make("sum", {
    version: 1,
    input: { values: Schema.Array(Schema.Finite) },
    parameters: {},
    output: Schema.Struct({ total: Schema.Finite, count: Schema.Int }),
    run: ({ values }) =>
      Effect.sync(() => {
        ran.push("sum")
        return { total: values.reduce((all, value) => all + value, 0), count: values.length }
      })
  })
  return { ran, draw, double, sum }
}

/** An observer and the events that it received, as `run draw`, `cached sum`, `failed sum`. */
export const observer = () => {
  const reported: Array<string> = []
  const words = { StageStarted: "run", StageCached: "cached", StageEnded: "ended", StageFailed: "failed" }
  const onEvent = (event: PipelineEvent) =>
    Effect.sync(() => {
      const stopped = event._tag === "StageFailed" && event.interrupted
      reported.push(`${stopped ? "stopped" : words[event._tag]} ${event.stage}`)
    })
  return { reported, onEvent }
}
