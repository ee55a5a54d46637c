/** `anneal test` */

import { Command } from "effect/cli"
import * as Arguments from "../Arguments.ts"
import * as Configured from "../Configured.ts"

export const command = Command.make("test", Arguments.configuration, Configured.run("test")).pipe(
  Command.withDescription("Measure a checkpoint (configs/test.yaml)"),
  Command.withExamples([
    { command: "anneal test", description: "The best checkpoint of the newest run, on its own data" },
    {
      command: "anneal test checkpoint_path=<run>/checkpoints/last data=receipts data.root=./receipts",
      description: "Another checkpoint, other data"
    }
  ])
)
