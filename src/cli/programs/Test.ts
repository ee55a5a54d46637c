/** The program of `anneal test`: compose, measure, print the metrics. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Run from "../../config/sweep/Run.ts"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import { TestPlan } from "../../runs/Plans.ts"
import * as RunLayers from "../../runs/RunLayers.ts"
import * as TestRun from "../../runs/Test.ts"
import * as ClosingSummary from "../terminal/ClosingSummary.ts"
import * as Progress from "../terminal/Progress.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import type * as Composition from "./config/Composition.ts"
import * as Decoded from "./config/Decoded.ts"

const closing = Effect.fnUntraced(function* (outcome: TestRun.TestOutcome, seconds: number) {
  const screen = yield* TerminalScreen.TerminalScreen
  // Standard output is for scripts: the numbers, to the last digit.
  yield* StandardOutput.text(JSON.stringify(outcome.metrics))
  yield* screen.print(
    ClosingSummary.lines(
      {
        outcome: "tested",
        seconds,
        metrics: outcome.metrics,
        places: [
          { what: "run", path: outcome.directory },
          { what: "checkpoint", path: outcome.checkpoint },
          ...outcome.figures.map((path) => ({ what: "figure", path }))
        ],
        next: []
      },
      process.cwd()
    )
  )
})

export const test = Effect.fn("test")(function* (started: Run.Started, input: Composition.Input) {
  const decoded = yield* Decoded.decode(started, TestPlan, input)
  const { plan, context } = decoded
  const begun = yield* Clock.monotonicTimeNanos
  const program = Effect.gen(function* () {
    yield* Decoded.warn(decoded)
    const outcome = yield* TestRun.run(plan, context).pipe(Effect.provide(RunLayers.device(plan.trainer)))
    yield* closing(outcome, Number((yield* Clock.monotonicTimeNanos) - begun) / 1e9)
    return outcome
  })
  const progress = Progress.layer({ everySteps: plan.trainer.log_every_n_steps })
  return yield* program.pipe(
    Effect.provide(
      Layer.mergeAll(progress, ImageCodec.layer, Canvas.layer).pipe(Layer.provideMerge(TerminalScreen.layer))
    )
  )
})
