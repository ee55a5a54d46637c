/** A logger of your own: a layer that keeps the logged values and draws them when the run ends. */
import { RunLogger } from "anneal/RunLogger"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const blocks = "▁▂▃▄▅▆▇█"

/** Values as a row of blocks; the smallest value is the lowest block. */
const chart = (values: ReadonlyArray<number>): string => {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const level = (value: number) => (high > low ? Math.round(((value - low) / (high - low)) * 7) : 0)
  return values.map((value) => blocks[level(value)] ?? "").join("")
}

/** Draws every logged scalar on a line of its own, in the order in which they were first logged. */
export const layer: Layer.Layer<RunLogger> = Layer.effect(
  RunLogger,
  Effect.sync(() => {
    const series = new Map<string, Array<number>>()
    return RunLogger.of({
      scalars: (_step, values) =>
        Effect.sync(() => {
          for (const [name, value] of Object.entries(values)) {
            series.set(name, [...(series.get(name) ?? []), value])
          }
        }),
      finish: (status) =>
        Effect.gen(function* () {
          for (const [name, values] of series) yield* Console.log(`${name.padEnd(14)} ${chart(values)}`)
          yield* Console.log(`the run is ${status}`)
        }),
      image: () => Effect.void,
      histogram: () => Effect.void,
      table: () => Effect.void,
      text: () => Effect.void,
      hyperparameters: () => Effect.void,
      artifact: () => Effect.void,
      flush: Effect.void
    })
  })
)
