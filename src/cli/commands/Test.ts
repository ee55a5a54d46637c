/** `anneal test` */

import { Command } from "effect/cli"
import * as Arguments from "../Arguments.ts"
import * as Configured from "../Configured.ts"

export const command = Command.make("test", Arguments.configuration, Configured.run("test")).pipe(
  Command.withDescription("Evaluate a checkpoint (configs/test.yaml)"),
  Command.withExamples([
    { command: "anneal test", description: "The best checkpoint of the newest run, on the data of that run" },
    {
      command: "anneal test checkpoint_path=<run>/checkpoints/last data=receipts data.root=./receipts",
      description: "Another checkpoint on other data"
    }
  ])
)
