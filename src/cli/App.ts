/** The command tree of `anneal`. */

import { Command } from "effect/cli"
import * as Effect from "effect/Effect"
import packageJson from "../../package.json" with { type: "json" }
import * as Arguments from "./Arguments.ts"
import * as ConfigCommand from "./commands/Config.ts"
import * as DataCommand from "./commands/Data.ts"
import * as DoctorCommand from "./commands/Doctor.ts"
import * as EngineCommand from "./commands/Engine.ts"
import * as PipelineCommand from "./commands/Pipeline.ts"
import * as PredictCommand from "./commands/Predict.ts"
import * as RunsCommand from "./commands/Runs.ts"
import * as TestCommand from "./commands/Test.ts"
import * as TrainCommand from "./commands/Train.ts"

const root = Command.make("anneal").pipe(
  Command.withDescription("Train models from a declaration: configs/, overrides, typed errors, exact resume"),
  Command.withSubcommands([
    TrainCommand.command,
    TestCommand.command,
    PredictCommand.command,
    PipelineCommand.command,
    RunsCommand.command,
    DataCommand.command,
    ConfigCommand.command,
    EngineCommand.command,
    DoctorCommand.command
  ]),
  Command.withExamples([
    { command: "anneal train", description: "Learn to find text on receipts that anneal draws itself" },
    {
      command: "anneal train data=receipts data.root=./receipts",
      description: "Learn from your own receipts"
    },
    { command: "anneal train resume=last", description: "Go on where the newest run stopped" },
    { command: "anneal test checkpoint_path=best", description: "Measure the best checkpoint" },
    { command: "anneal predict image_dir=./scans", description: "Find the text on your pictures" }
  ])
)

/** Parses and runs; fails with the command's own errors. */
export const run = (args: ReadonlyArray<string>) =>
  Command.runWith(root, { version: packageJson.version })(Arguments.normalise(args)).pipe(
    Effect.withSpan("anneal")
  )
