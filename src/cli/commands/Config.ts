/** `anneal config` */

import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Arguments from "../Arguments.ts"
import * as Configured from "../Configured.ts"

const forCommand = Flag.Literals("for", ["train", "test", "predict"]).pipe(
  Flag.withDescription("The command whose configuration it is"),
  Flag.withDefault("train")
)

const show = Command.make(
  "show",
  {
    for: forCommand,
    ...Arguments.configuration
  },
  (input) => Configured.show(input.for, input)
).pipe(
  Command.withDescription("Print the configuration that a command would run with"),
  Command.withExamples([
    { command: "anneal config show --for predict image_dir=.", description: "As predict would see it" },
    { command: "anneal config show trainer.max_epochs=3", description: "As train would see it" },
    {
      command: "anneal config show --cfg plan -p optimizer",
      description: "One part, decoded, with its defaults"
    }
  ])
)

const explain = Command.make(
  "explain",
  {
    key: Argument.String("key").pipe(Argument.withDescription("Dotted key, e.g. trainer.max_epochs")),
    for: forCommand,
    ...Arguments.source
  },
  ({ key, ...input }) =>
    Effect.gen(function* () {
      const Composition = yield* Effect.promise(() => import("../programs/config/Composition.ts"))
      const composition = yield* Composition.compose(input.for, { ...Composition.nothing, ...input })
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

const tree = Argument.Path("folder").pipe(
  Argument.withDescription("Folder of configs; without it ./configs, or those of the package"),
  Argument.optional
)

const check = Command.make(
  "check",
  { tree },
  Effect.fnUntraced(function* (input) {
    const { check } = yield* Effect.promise(() => import("../programs/config/Tree.ts"))
    yield* check(input.tree)
  })
).pipe(
  Command.withDescription(
    "Compose every choice of a tree of configs: dead files and keys, shadowed choices, errors"
  )
)

const schema = Command.make(
  "schema",
  {
    tree,
    out: Flag.Path("out").pipe(
      Flag.withDescription("Folder to write to; without it .schema in the folder of configs"),
      Flag.withAlias("o"),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* (input) {
    const { schema } = yield* Effect.promise(() => import("../programs/config/Tree.ts"))
    yield* schema(input.tree, input.out)
  })
).pipe(
  Command.withDescription("Write JSON Schemas of the configuration, so that editors complete and check it")
)

export const command = Command.make("config").pipe(
  Command.withDescription("Look at configurations without running anything"),
  Command.withSubcommands([show, explain, check, schema])
)
