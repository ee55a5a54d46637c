/** The program of `anneal train`: compose, train, say where everything is. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Run from "../../config/sweep/Run.ts"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import { TrainPlan } from "../../runs/Plans.ts"
import type { RunContext } from "../../runs/RunLayers.ts"
import * as RunLayers from "../../runs/RunLayers.ts"
import * as TrainRun from "../../runs/Train.ts"
import * as ClosingSummary from "../terminal/ClosingSummary.ts"
import * as Progress from "../terminal/Progress.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import * as Text from "../terminal/Text.ts"
import type * as Composition from "./config/Composition.ts"
import * as Decoded from "./config/Decoded.ts"

const shown = (metrics: { readonly [name: string]: number }) =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => name.startsWith("val/")))

/** Commands worth running after this one; whoever trains on receipts already knows how. */
const next = (
  { overrides }: Composition.Input,
  data: TrainPlan["data"]["kind"]
): ClosingSummary.Closing["next"] => {
  const experiment = Decoded.commandLine(overrides.filter((override) => override.startsWith("exp_name=")))
  return [
    { command: `anneal test${experiment}`, does: "measure the best checkpoint on test data" },
    { command: `anneal predict${experiment} image_dir=<folder>`, does: "find the text on your pictures" },
    ...(data === "receipts"
      ? []
      : [{ command: "anneal train data=receipts data.root=<folder>", does: "learn from your own receipts" }])
  ]
}

const closing = Effect.fnUntraced(function* (
  outcome: TrainRun.TrainOutcome,
  input: Composition.Input,
  data: TrainPlan["data"]["kind"],
  seconds: number
) {
  const screen = yield* TerminalScreen.TerminalScreen
  yield* screen.print(
    ClosingSummary.lines(
      {
        outcome: "trained",
        reason: outcome.reason,
        seconds,
        metrics: shown(outcome.metrics),
        places: [
          { what: "run", path: outcome.directory },
          ...(outcome.best === undefined ? [] : [{ what: "checkpoint", path: outcome.best }]),
          ...outcome.figures.map((path) => ({ what: "figure", path }))
        ],
        // A sweep ends with a table of its own.
        next: input.multirun ? [] : next(input, data)
      },
      process.cwd()
    )
  )
})

/** How to go on, told once the run is whole on disk; a run that had not begun leaves nothing to go on with. */
const resumeWith = ({ overrides, directory }: RunContext, inSweep: boolean): string => {
  const others = overrides.filter((one) => !one.startsWith("resume="))
  // `last` looks where runs outside of sweeps are.
  const run = inSweep ? Text.path(directory, process.cwd()) : "last"
  return `anneal train${Decoded.commandLine([...others, `resume=${run}`])}`
}

export const train = Effect.fn("train")(function* (started: Run.Started, input: Composition.Input) {
  const decoded = yield* Decoded.decode(started, TrainPlan, input)
  const { plan, context } = decoded
  const begun = yield* Clock.monotonicTimeNanos
  const program = Effect.gen(function* () {
    yield* Decoded.warn(decoded)
    const outcome = yield* TrainRun.run(plan, context, resumeWith(context, input.multirun)).pipe(
      Effect.provide(RunLayers.device(plan.trainer))
    )
    yield* closing(outcome, input, plan.data.kind, Number((yield* Clock.monotonicTimeNanos) - begun) / 1e9)
    return outcome
  })
  const progress = Progress.layer({ everySteps: plan.trainer.log_every_n_steps })
  return yield* program.pipe(
    Effect.provide(
      Layer.mergeAll(progress, ImageCodec.layer, Canvas.layer).pipe(Layer.provideMerge(TerminalScreen.layer))
    )
  )
})
