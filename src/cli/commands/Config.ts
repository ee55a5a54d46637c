/** `anneal config` */

import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Arguments from "../Arguments.ts"
import * as Configured from "../Configured.ts"

const { cfg: _, ...shared } = Arguments.configuration

const show = Command.make(
  "show",
  {
    for: Flag.Literals("for", ["train", "test", "predict"]).pipe(
      Flag.withDescription("The command whose configuration it is"),
      Flag.withDefault("train")
    ),
    ...shared
  },
  (input) => Configured.run(input.for, () => Effect.void)({ ...input, cfg: Option.some("job") })
).pipe(
  Command.withDescription("Print the configuration that a command would run with"),
  Command.withExamples([
    { command: "anneal config show --for predict image_dir=.", description: "As predict would see it" },
    { command: "anneal config show trainer.max_epochs=3", description: "As train would see it" }
  ])
)

export const command = Command.make("config").pipe(
  Command.withDescription("Look at configurations without running anything"),
  Command.withSubcommands([show])
)
