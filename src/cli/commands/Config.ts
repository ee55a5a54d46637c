/** `anneal config` */

import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Arguments from "../Arguments.ts"
import * as Configured from "../Configured.ts"

const { cfg: _, ...shared } = Arguments.configuration

const forCommand = Flag.Literals("for", ["train", "test", "predict"]).pipe(
  Flag.withDescription("The command whose configuration it is"),
  Flag.withDefault("train")
)

const show = Command.make(
  "show",
  {
    for: forCommand,
    ...shared
  },
  (input) => Configured.run(input.for, () => Effect.undefined)({ ...input, cfg: Option.some("job") })
).pipe(
  Command.withDescription("Print the configuration that a command would run with"),
  Command.withExamples([
    { command: "anneal config show --for predict image_dir=.", description: "As predict would see it" },
    { command: "anneal config show trainer.max_epochs=3", description: "As train would see it" }
  ])
)

const explain = Command.make(
  "explain",
  {
    key: Argument.String("key").pipe(Argument.withDescription("Dotted key, e.g. trainer.max_epochs")),
    for: forCommand,
    ...shared
  },
  ({ key, ...input }) =>
    Effect.gen(function* () {
      const Composition = yield* Effect.promise(() => import("../programs/Composition.ts"))
      const composition = yield* Composition.compose(input.for, { ...input, cfg: Option.none() })
      yield* Composition.explain(composition, key)
    })
).pipe(
  Command.withDescription("Say who set a value, who overrode whom, and which choice won"),
  Command.withExamples([
    {
      command: "anneal config explain trainer.max_epochs data=receipts",
      description: "Where the epochs come from"
    }
  ])
)

export const command = Command.make("config").pipe(
  Command.withDescription("Look at configurations without running anything"),
  Command.withSubcommands([show, explain])
)
