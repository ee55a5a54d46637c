/** The program of `anneal train`: trains, then suggests what to run next. */
import { TrainPlan } from "../../runs/Plans.ts"
import type { RunContext } from "../../runs/RunLayers.ts"
import * as TrainRun from "../../runs/Train.ts"
import type * as ClosingSummary from "../terminal/ClosingSummary.ts"
import * as Text from "../terminal/Text.ts"
import type * as Composition from "./config/Composition.ts"
import * as Decoded from "./config/Decoded.ts"
import * as RunProgram from "./RunProgram.ts"

const validated = (metrics: { readonly [name: string]: number }) =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => name.startsWith("val/")))

/** Commands worth running after this one. A run on receipts needs no hint at receipts. */
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

/** The command that resumes the run. */
const resumeWith = ({ overrides, directory }: RunContext, inSweep: boolean): string => {
  const others = overrides.filter((one) => !one.startsWith("resume="))
  // `last` finds only runs outside of sweeps.
  const run = inSweep ? Text.path(directory, process.cwd()) : "last"
  return `anneal train${Decoded.commandLine([...others, `resume=${run}`])}`
}

export const train = RunProgram.make("train", {
  schema: TrainPlan,
  run: (plan, context, input) => TrainRun.run(plan, context, resumeWith(context, input.multirun)),
  summary: ({ best, figures, metrics, reason }, plan, input) => ({
    outcome: "trained",
    reason,
    metrics: validated(metrics),
    places: [
      ...(best === undefined ? [] : [{ what: "checkpoint", path: best }]),
      ...figures.map((path) => ({ what: "figure", path }))
    ],
    // A sweep ends with a table of its own.
    next: input.multirun ? [] : next(input, plan.data.kind)
  })
})
