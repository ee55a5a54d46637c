/** `anneal config` */

import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Arguments from "../Arguments.ts"
import * as Configured from "../Configured.ts"

const forCommand = Flag.Literals("for", ["train", "test", "predict"]).pipe(
  Flag.withDescription("The command whose configuration is meant; train by default"),
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
    { command: "anneal config show --for predict image_dir=.", description: "The configuration of predict" },
    {
      command: "anneal config show trainer.max_epochs=3",
      description: "The configuration of train, with an override"
    },
    {
      command: "anneal config show --cfg plan -p optimizer",
      description: "One part of the decoded plan, with its defaults"
    }
  ])
)

const explain = Command.make(
  "explain",
  {
    key: Argument.String("key").pipe(Argument.withDescription("A dotted key, e.g. trainer.max_epochs")),
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
  Command.withDescription(
    "Explain where a value comes from: what set it, what overrode it, which choice won"
  ),
  Command.withExamples([
    {
      command: "anneal config explain trainer.max_epochs data=receipts",
      description: "Where the number of epochs comes from"
    }
  ])
)

const tree = Argument.Path("folder").pipe(
  Argument.withDescription("Folder of configs; by default ./configs, or the configs of the package"),
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
    "Compose every choice of a folder of configs, and report errors, dead files and keys, and shadowed choices"
  )
)

const schema = Command.make(
  "schema",
  {
    tree,
    out: Flag.Path("out").pipe(
      Flag.withDescription("Folder to write to; by default .schema in the folder of configs"),
      Flag.withAlias("o"),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* (input) {
    const { schema } = yield* Effect.promise(() => import("../programs/config/Tree.ts"))
    yield* schema(input.tree, input.out)
  })
).pipe(Command.withDescription("Write JSON Schemas, so that editors complete and check YAML configs"))

export const command = Command.make("config").pipe(
  Command.withDescription("Show, explain and check configurations without running anything"),
  Command.withSubcommands([show, explain, check, schema])
)
