/** `anneal config` */

import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Arguments from "../Arguments.ts"

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
  Effect.fnUntraced(function* (input) {
    const { show } = yield* Effect.promise(() => import("../programs/ShowConfig.ts"))
    yield* show(input)
  })
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
