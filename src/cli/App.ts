/** The command tree of `anneal`. */

import packageJson from "anneal/package.json" with { type: "json" }
import { Command, Completions } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Arguments from "./Arguments.ts"
import * as ConfigCommand from "./commands/Config.ts"
import * as DataCommand from "./commands/Data.ts"
import * as DoctorCommand from "./commands/Doctor.ts"
import * as EngineCommand from "./commands/Engine.ts"
import * as ExportCommand from "./commands/Export.ts"
import * as InitCommand from "./commands/Init.ts"
import * as PipelineCommand from "./commands/Pipeline.ts"
import * as PredictCommand from "./commands/Predict.ts"
import * as RunsCommand from "./commands/Runs.ts"
import * as ScoreCommand from "./commands/Score.ts"
import * as TestCommand from "./commands/Test.ts"
import * as TrainCommand from "./commands/Train.ts"
import * as Script from "./completion/Script.ts"
import * as StandardOutput from "./terminal/StandardOutput.ts"

export const root = Command.make("anneal").pipe(
  Command.withDescription(
    "Train models from a declaration: YAML configs, overrides, exact resume, typed errors"
  ),
  Command.withSubcommands([
    InitCommand.command,
    TrainCommand.command,
    TestCommand.command,
    PredictCommand.command,
    ExportCommand.command,
    PipelineCommand.command,
    RunsCommand.command,
    DataCommand.command,
    ScoreCommand.command,
    ConfigCommand.command,
    EngineCommand.command,
    DoctorCommand.command
  ]),
  Command.withExamples([
    { command: "anneal train", description: "Train on receipts that anneal draws, to find their text" },
    {
      command: "anneal train data=receipts data.root=./receipts",
      description: "Train on your own receipts"
    },
    { command: "anneal train resume=last", description: "Resume the newest run" },
    { command: "anneal test checkpoint_path=best", description: "Evaluate the best checkpoint" },
    { command: "anneal predict image_dir=./scans", description: "Find the text in your pictures" }
  ])
)

/** The shell of `--completions`, if we have a script for it: ours completes overrides as well. */
const completions = (args: ReadonlyArray<string>) => {
  const [flag = "", shell] = args.length === 1 ? (args[0] ?? "").split("=") : args
  if (flag !== "--completions" || args.length > 2) return undefined
  return Script.shells.find((name) => name === shell)
}

const complete = (words: ReadonlyArray<string>) =>
  Effect.flatMap(
    Effect.promise(() => import("./programs/Complete.ts")),
    ({ complete }) => complete(Completions.fromCommand(root), words)
  )

/** `--wizard` of effect/cli asks for every flag there is; a project needs two answers. */
const asked = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  if (args[0] !== "init" || !args.includes("--wizard")) return args
  const { answered } = yield* Effect.promise(() => import("./programs/init/Wizard.ts"))
  return yield* answered(args)
})

/** Parses the arguments and runs the command; fails with the command's errors. */
export const run = Effect.fn("anneal")(function* (args: ReadonlyArray<string>) {
  // Not a command: its arguments are the words of a line that is being typed, and must not be parsed as its own.
  if (args[0] === "complete") return yield* complete(args.slice(1))
  const shell = completions(args)
  if (shell !== undefined) {
    const program = [process.execPath, ...process.argv.slice(1, 2)]
    return yield* StandardOutput.text(Script.script(shell, program).trimEnd())
  }
  yield* Command.runWith(root, { version: packageJson.version })(Arguments.normalise(yield* asked(args)))
}, Effect.scoped)
