/** `anneal data` */

import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"

const synth = Command.make(
  "synth",
  {
    out: Flag.Directory("out").pipe(
      Flag.withDescription("Folder to write to"),
      Flag.withAlias("o"),
      Flag.withDefault("data/synthetic")
    ),
    count: Flag.Int("count").pipe(
      Flag.withDescription("Receipts to draw"),
      Flag.withAlias("n"),
      Flag.withDefault(100)
    ),
    seed: Flag.Int("seed").pipe(
      Flag.withDescription("Seed; the same one draws the same"),
      Flag.withDefault(42)
    ),
    overwrite: Flag.Boolean("overwrite").pipe(
      Flag.withDescription("Write into a folder that is not empty"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* (input) {
    const { synth } = yield* Effect.promise(() => import("../programs/Synth.ts"))
    yield* synth(input)
  })
).pipe(
  Command.withDescription("Draw receipts with their annotations into a folder, with a preview picture"),
  Command.withExamples([
    { command: "anneal data synth --out data/synthetic --count 200", description: "Two hundred receipts" },
    {
      command: "anneal train data=receipts data.root=data/synthetic",
      description: "Then train on the folder"
    }
  ])
)

export const command = Command.make("data").pipe(
  Command.withDescription("Make and look at data sets"),
  Command.withSubcommands([synth])
)
