/** `anneal data` */

import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as BuiltIn from "../../tasks/builtIn/BuiltIn.ts"
import * as Arguments from "../Arguments.ts"

const synth = Command.make(
  "synth",
  {
    out: Flag.Directory("out").pipe(
      Flag.withDescription("Folder to write to; data/synthetic by default"),
      Flag.withAlias("o"),
      Flag.withDefault("data/synthetic")
    ),
    count: Flag.Int("count").pipe(
      Arguments.atLeast(1),
      Flag.withDescription("Number of receipts; 100 by default"),
      Flag.withAlias("n"),
      Flag.withDefault(100)
    ),
    seed: Flag.Int("seed").pipe(
      Arguments.atLeast(0),
      Flag.withDescription("Seed of the receipts; 42 by default"),
      Flag.withDefault(42)
    ),
    overwrite: Flag.Boolean("overwrite").pipe(
      Flag.withDescription("Write even if the folder is not empty"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* (input) {
    const { synth } = yield* Effect.promise(() => import("../programs/Synth.ts"))
    yield* synth(input)
  })
).pipe(
  Command.withDescription("Write synthetic receipts with annotations and a preview to a folder"),
  Command.withExamples([
    {
      command: "anneal data synth --out data/synthetic --count 200",
      description: "Write two hundred receipts"
    },
    {
      command: "anneal train data=receipts data.root=data/synthetic",
      description: "Train on them"
    }
  ])
)

/** A layout by its name, or a module that exports one. */
const layout = <const N extends string>(flag: string, names: ReadonlyArray<N>, about: string) => {
  const isName = (value: string): value is N => names.some((name) => name === value)
  return Flag.filterMap(
    Flag.String(flag),
    (value): Option.Option<BuiltIn.Named<N>> =>
      isName(value) || BuiltIn.isModule(value) ? Option.some(value) : Option.none(),
    (value) => `Expected ${names.join(", ")} or the path of a module that exports a layout, got ${value}`
  ).pipe(Flag.withDescription(`${about}: ${names.join(", ")}, or a module that exports one`))
}

const convert = Command.make(
  "convert",
  {
    from: Flag.String("from").pipe(Flag.withDescription("Folder to read, in any layout that is known")),
    format: layout("format", ["auto", ...BuiltIn.formats], "Its layout, auto by default").pipe(
      Flag.withDefault("auto")
    ),
    to: Flag.String("to").pipe(Flag.withDescription("New folder to write, with the pictures in images/")),
    as: layout("as", BuiltIn.formats, "Layout to write")
  },
  Effect.fnUntraced(function* (input) {
    const { convert } = yield* Effect.promise(() => import("../programs/Convert.ts"))
    yield* convert(input)
  })
).pipe(
  Command.withDescription("Write annotated pictures in another layout, and say what it cannot say"),
  Command.withExamples([
    {
      command: "anneal data convert --from icdar2015 --to data/icdar --as anneal",
      description: "Read another tool's layout, whichever it is"
    },
    {
      command: "anneal data convert --from data/receipts --to paddle --as paddleocr",
      description: "Write label files for another tool"
    }
  ])
)

const inspect = Command.make(
  "inspect",
  {
    ...Arguments.source,
    out: Flag.Path("out").pipe(
      Flag.withDescription("Folder for the page and the contact sheet; outputs/inspect by default"),
      Flag.withAlias("o"),
      Flag.withDefault("outputs/inspect")
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print the report as JSON"),
      Flag.withDefault(false)
    ),
    fail: Flag.Boolean("fail").pipe(
      Flag.withDescription("End with exit code 4 if there are problems or leaks between parts"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* (input) {
    const { inspect } = yield* Effect.promise(() => import("../programs/InspectData.ts"))
    yield* inspect(input)
  })
).pipe(
  Command.withDescription("Look at all of a data set: numbers, duplicates, leaks and problems, on a page"),
  Command.withExamples([
    {
      command: "anneal data inspect data=receipts data.root=./receipts",
      description: "Numbers and problems in the terminal, pictures in outputs/inspect/index.html"
    },
    {
      command: "anneal data inspect data=receipts data.root=./receipts --fail --json",
      description: "For a script: JSON, and exit code 4 if something is wrong"
    }
  ])
)

const preview = Command.make(
  "preview",
  {
    ...Arguments.source,
    out: Flag.Path("out").pipe(
      Flag.withDescription("PNG to write; outputs/preview.png by default"),
      Flag.withAlias("o"),
      Flag.withDefault("outputs/preview.png")
    ),
    count: Flag.Int("count").pipe(
      Arguments.atLeast(1),
      Flag.withDescription("Samples on the sheet; 12 by default"),
      Flag.withAlias("n"),
      Flag.withDefault(12)
    ),
    epoch: Flag.Int("epoch").pipe(
      Arguments.atLeast(0),
      Flag.withDescription("Epoch whose first samples are drawn, from 0; 0 by default"),
      Flag.withDefault(0)
    )
  },
  Effect.fnUntraced(function* (input) {
    const { preview } = yield* Effect.promise(() => import("../programs/PreviewData.ts"))
    yield* preview(input)
  })
).pipe(
  Command.withDescription("Draw training samples after their transforms, with their labels"),
  Command.withExamples([
    {
      command: "anneal data preview data/transforms=strong",
      description: "What training sees, in outputs/preview.png"
    },
    {
      command: "anneal data preview data=receipts data.root=./receipts --count 24 --epoch 3",
      description: "The first samples of the fourth epoch of a training on your pictures"
    }
  ])
)

const pack = Command.make(
  "pack",
  {
    ...Arguments.source,
    out: Flag.Path("out").pipe(
      Flag.withDescription("New folder for the shards and their index"),
      Flag.withAlias("o")
    ),
    shardSize: Flag.Int("shard-size").pipe(
      Arguments.atLeast(1),
      Flag.withDescription("MiB after which a shard ends; 256 by default"),
      Flag.withDefault(256)
    )
  },
  Effect.fnUntraced(function* (input) {
    const { pack } = yield* Effect.promise(() => import("../programs/PackData.ts"))
    yield* pack(input)
  })
).pipe(
  Command.withDescription("Write a data set into WebDataset shards, for sets that do not fit a folder"),
  Command.withExamples([
    {
      command: "anneal data pack data=receipts data.root=./receipts --out ./shards",
      description: "Pack a folder of annotated pictures, divided as a training would"
    },
    {
      command: "anneal train data=receipts data.root=https://example.org/shards",
      description: "Train on shards, here of a web server"
    }
  ])
)

const cache = Flag.Path("cache").pipe(
  Flag.withDescription("Folder of the cache, data.cache_dir; .anneal/cache by default"),
  Flag.withDefault(".anneal/cache")
)

const cachePrograms = Effect.promise(() => import("../programs/CachedSamples.ts"))

const verify = Command.make("verify", { cache }, (input) =>
  Effect.flatMap(cachePrograms, (program) => program.verify(input.cache))
).pipe(Command.withDescription("Compare all samples in the cache with their digests; remove the damaged"))

const prune = Command.make(
  "prune",
  {
    cache,
    olderThanDays: Flag.Finite("older-than-days").pipe(
      Arguments.atLeast(0),
      Flag.withDescription("Remove only samples that no run used for this many days"),
      Flag.optional
    ),
    yes: Arguments.yes
  },
  (input) => Effect.flatMap(cachePrograms, (program) => program.prune(input))
).pipe(
  Command.withDescription("Remove samples that data.cache=disk kept"),
  Command.withExamples([
    { command: "anneal data cache prune", description: "Count what would be removed" },
    { command: "anneal data cache prune --older-than-days 30 --yes", description: "Remove what is old" }
  ])
)

const samples = Command.make("cache").pipe(
  Command.withDescription("Verify and prune the samples that data.cache=disk keeps"),
  Command.withSubcommands([verify, prune])
)

export const command = Command.make("data").pipe(
  Command.withDescription("Make, convert, inspect, preview and pack data sets"),
  Command.withSubcommands([synth, convert, inspect, preview, pack, samples])
)
