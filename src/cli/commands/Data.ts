/** `anneal data` */

import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
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

const convert = Command.make(
  "convert",
  {
    from: Flag.String("from").pipe(Flag.withDescription("Folder to read, in any layout that is known")),
    format: Flag.Literals("format", ["auto", ...BuiltIn.formats]).pipe(
      Flag.withDescription("Its layout; found by looking into the folder by default"),
      Flag.withDefault("auto")
    ),
    to: Flag.String("to").pipe(Flag.withDescription("New folder to write, with the pictures in images/")),
    as: Flag.Literals("as", BuiltIn.formats).pipe(Flag.withDescription("Layout to write"))
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

export const command = Command.make("data").pipe(
  Command.withDescription("Make, convert and inspect data sets"),
  Command.withSubcommands([synth, convert, inspect])
)
