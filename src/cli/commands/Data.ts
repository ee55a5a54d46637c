/** `anneal data` */

import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as BuiltIn from "../../tasks/builtIn/BuiltIn.ts"
import * as Arguments from "../Arguments.ts"

/** `288,384` or `512`: least and most, or one for both. */
const range = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withDescription(description),
    Flag.filter(
      (text) => /^[1-9]\d{0,3}(,[1-9]\d{0,3})?$/.test(text) && rangeOf(text)[0] <= rangeOf(text)[1],
      (text) => `Expected pixels such as 512, or least and most such as 512,768; got ${text}`
    ),
    Flag.map(rangeOf),
    Flag.optional
  )

const rangeOf = (text: string): readonly [number, number] => {
  const [low = 0, high = low] = text.split(",").map(Number)
  return [low, high]
}

const difficulty = Flag.String("difficulty").pipe(
  Flag.withDescription(
    "Blur, noise, perspective, light: easy, medium by default, hard, or a number from 0 to 1"
  ),
  Flag.withDefault("medium"),
  Flag.filterMap(
    (text) => BuiltIn.difficultyOf(text),
    (text) => `Expected easy, medium, hard or a number from 0 to 1, got ${text}`
  )
)

const languages = Flag.String("languages").pipe(
  Flag.withDescription(
    `Each picture is in one of these, e.g. en,de: ${BuiltIn.languages.join(", ")}; en by default`
  ),
  Flag.withDefault("en"),
  Flag.filterMap(
    (text) => BuiltIn.languagesOf(text),
    (text) => `Expected languages of ${BuiltIn.languages.join(", ")} with commas between, got ${text}`
  )
)

const workers = Flag.String("workers").pipe(
  Flag.withDescription("Threads that draw, or auto for one on each core, as by default"),
  Flag.withDefault("auto"),
  Flag.filter(
    (text) => /^(auto|0|[1-9]\d?)$/.test(text),
    (text) => `Expected auto or a number from 0 to 99, got ${text}`
  ),
  Flag.map((text) => (text === "auto" ? "auto" : Number(text)))
)

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
      Flag.withDescription("Number of pictures; 100 by default"),
      Flag.withAlias("n"),
      Flag.withDefault(100)
    ),
    seed: Flag.Int("seed").pipe(
      Arguments.atLeast(0),
      Flag.withDescription("Seed of the pictures; 42 by default"),
      Flag.withDefault(42)
    ),
    document: Flag.Literals("document", [...BuiltIn.kinds, "mixed"]).pipe(
      Flag.withDescription("What is drawn; receipts by default"),
      Flag.withDefault("receipt")
    ),
    level: Flag.Literals("level", BuiltIn.levels).pipe(
      Flag.withDescription("Whether regions are lines, as by default, or words"),
      Flag.withDefault("line")
    ),
    difficulty,
    languages,
    width: range("width", "Least and most width of a picture, pixels, e.g. 288,384"),
    height: range("height", "Least and most height, pixels"),
    textHeight: range("text-height", "Least and most median height of text, pixels"),
    format: Flag.Literals("format", BuiltIn.formats).pipe(
      Flag.withDescription("Layout of the annotations; anneal by default"),
      Flag.withDefault("anneal")
    ),
    crops: Flag.Boolean("crops").pipe(
      Flag.withDescription("Cut out each text as well: crops/ and labels.txt, for a recogniser"),
      Flag.withDefault(false)
    ),
    cropHeight: Flag.Int("crop-height").pipe(
      Arguments.atLeast(8),
      Flag.withDescription("Height of crops, pixels; 32 by default"),
      Flag.withDefault(32)
    ),
    workers,
    manifest: Flag.File("manifest").pipe(
      Flag.withDescription("Write what this manifest.json says, byte for byte, whatever the other flags say"),
      Flag.optional
    ),
    overwrite: Flag.Boolean("overwrite").pipe(
      Flag.withDescription("Replace what an earlier run wrote there"),
      Flag.withDefault(false)
    ),
    resume: Flag.Boolean("resume").pipe(
      Flag.withDescription("Go on where an interrupted run with the same options stopped"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* (input) {
    const { synth } = yield* Effect.promise(() => import("../programs/Synth.ts"))
    yield* synth(input)
  })
).pipe(
  Command.withDescription(
    "Draw receipts, documents or book pages with annotations and a preview into a folder"
  ),
  Command.withExamples([
    {
      command: "anneal data synth --out data/synthetic --count 200",
      description: "Draw two hundred receipts"
    },
    {
      command: "anneal data synth --document book --languages de,fr --difficulty hard --crops",
      description: "Draw pages of old books, and cut out their lines with their texts"
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
