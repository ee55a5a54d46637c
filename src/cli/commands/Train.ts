/** `anneal train` */

import { Command } from "effect/cli"
import * as Arguments from "../Arguments.ts"
import * as Configured from "../Configured.ts"

export const command = Command.make("train", Arguments.configuration, Configured.run("train")).pipe(
  Command.withDescription("Train a task, built in or your own (configs/train.yaml)"),
  Command.withExamples([
    {
      command: "anneal train trainer.max_epochs=2 exp_name=short",
      description: "Override values, as in Hydra"
    },
    { command: "anneal train data=receipts data.root=./receipts", description: "Train on your own receipts" },
    {
      command: "anneal train -m optimizer.lr=0.001,0.002 model=dbnet,dbnet_tiny",
      description: "Four runs, one after another, and a table of their results"
    },
    { command: "anneal train --cfg job", description: "Print the configuration and stop" },
    { command: "anneal train resume=last", description: "Resume the newest run" }
  ])
)
