/** The program of `anneal predict`: compose, predict, say where the predictions are. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Run from "../../config/sweep/Run.ts"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import { PredictPlan } from "../../runs/Plans.ts"
import * as PredictRun from "../../runs/Predict.ts"
import * as RunLayers from "../../runs/RunLayers.ts"
import * as Failure from "../Failure.ts"
import * as ClosingSummary from "../terminal/ClosingSummary.ts"
import * as Progress from "../terminal/Progress.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import * as Text from "../terminal/Text.ts"
import type * as Composition from "./config/Composition.ts"
import * as Decoded from "./config/Decoded.ts"

/** So many are listed; the others are in a file. */
const LISTED = 20

/** What was left out, last, where it is seen; the exit code says so to scripts. */
const tellSkipped = Effect.fnUntraced(function* ({
  skipped,
  pictures,
  directory
}: PredictRun.PredictOutcome) {
  if (skipped.length === 0) return
  const screen = yield* TerminalScreen.TerminalScreen
  yield* screen.print([
    [],
    ...skipped
      .slice(0, LISTED)
      .map(({ message }) => [
        { text: "skipped  ", style: "warn" } as const,
        Text.plain(Text.shortPaths(message, process.cwd()))
      ])
  ])
  return yield* new Failure.PicturesSkipped({
    skipped: skipped.length,
    pictures: pictures + skipped.length,
    list: `${directory}/predictions/skipped.txt`
  })
})

const closing = Effect.fnUntraced(function* (outcome: PredictRun.PredictOutcome, seconds: number) {
  const screen = yield* TerminalScreen.TerminalScreen
  const inside = `${outcome.directory}/predictions`
  yield* screen.print(
    ClosingSummary.lines(
      {
        outcome: "predicted",
        reason: `${Text.count(outcome.regions, "region")} on ${Text.count(outcome.pictures, "picture")}`,
        seconds,
        metrics: {},
        places: [
          { what: "run", path: outcome.directory },
          { what: "checkpoint", path: outcome.checkpoint },
          { what: "json", path: `${inside}/predictions.json` },
          { what: "csv", path: `${inside}/submission.csv` },
          ...(outcome.overlays > 0 ? [{ what: "overlays", path: `${inside}/overlays` }] : [])
        ],
        next: []
      },
      process.cwd()
    )
  )
})

export const predict = Effect.fn("predict")(function* (started: Run.Started, input: Composition.Input) {
  const decoded = yield* Decoded.decode(started, PredictPlan, input)
  const { plan, context } = decoded
  const begun = yield* Clock.monotonicTimeNanos
  const program = Effect.gen(function* () {
    yield* Decoded.warn(decoded)
    const outcome = yield* PredictRun.run(plan, context, input.strict).pipe(
      Effect.provide(RunLayers.device(plan.trainer))
    )
    yield* closing(outcome, Number((yield* Clock.monotonicTimeNanos) - begun) / 1e9)
    yield* tellSkipped(outcome)
    return outcome
  })
  const progress = Progress.layer({ everySteps: plan.trainer.log_every_n_steps })
  return yield* program.pipe(
    Effect.provide(
      Layer.mergeAll(progress, ImageCodec.layer, Canvas.layer).pipe(Layer.provideMerge(TerminalScreen.layer))
    )
  )
})
