/** The program of `anneal train`: trains, then says how to go on. */
import * as Effect from "effect/Effect"
import * as Plans from "../../runs/Plans.ts"
import type { RunContext } from "../../runs/RunLayers.ts"
import * as TrainRun from "../../runs/Train.ts"
import type * as ClosingSummary from "../terminal/ClosingSummary.ts"
import * as Text from "../terminal/Text.ts"
import type * as Composition from "./config/Composition.ts"
import * as Decoded from "./config/Decoded.ts"
import type { TaskChoice } from "./module/TaskChoice.ts"
import * as RunProgram from "./RunProgram.ts"

const validated = (metrics: { readonly [name: string]: number }) =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => name.startsWith("val/")))

/** Commands worth running after this one. */
const next = (
  { overrides }: Composition.Input,
  { module, program }: TaskChoice
): ClosingSummary.Closing["next"] => {
  const same = overrides.filter((override) => /^\+{0,2}(?:exp_name|task)=/.test(override))
  const experiment = Decoded.commandLine(same)
  return [
    { command: `${program} test${experiment}`, does: "measure the best checkpoint on test data" },
    ...(module.next ?? []).map(({ command, does }) => ({
      command: command.replace(/^anneal (?:test|predict)/, `$&${experiment}`).replace(/^anneal/, program),
      does
    }))
  ]
}

/** The command that resumes the run. */
const resumeWith = ({ overrides, directory }: RunContext, program: string, inSweep: boolean): string => {
  const others = overrides.filter((one) => !one.startsWith("resume="))
  // `last` finds only runs outside of sweeps.
  const run = inSweep ? Text.path(directory, process.cwd()) : "last"
  return `${program} train${Decoded.commandLine([...others, `resume=${run}`])}`
}

export const train = RunProgram.make("train", {
  prepare: (module, value) =>
    Effect.map(Plans.trainPlan(module, value), (plan) => ({
      run: plan.run,
      start: (context, input, { program }) =>
        TrainRun.run(module, plan, context, resumeWith(context, program, input.multirun))
    })),
  summary: ({ best, figures, metrics, reason, skipped }, input, task) => ({
    outcome: "trained",
    reason,
    metrics: validated(metrics),
    places: [
      ...(best === undefined ? [] : [{ what: "checkpoint", path: best }]),
      ...figures.map((path) => ({ what: "figure", path }))
    ],
    // A sweep ends with a table of its own.
    next: input.multirun ? [] : next(input, task),
    skipped: skipped.map(({ message }) => message)
  })
})
