/** `anneal pipeline` */

import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Arguments from "../Arguments.ts"

const file = Argument.Path("file").pipe(
  Argument.withDescription("A module that exports a pipeline, e.g. pipeline.ts")
)

const parameters = Argument.String("parameter").pipe(
  Argument.withDescription("key=value for a parameter of the pipeline, e.g. epochs=3 data.size=10"),
  Argument.variadic()
)

const name = Flag.String("export").pipe(
  Flag.withDescription("Name of the exported pipeline; by default the default export, or the only pipeline"),
  Flag.optional
)

const cache = Flag.Path("cache").pipe(
  Flag.withDescription("Folder of the cache; .anneal/cache by default"),
  Flag.withDefault(".anneal/cache")
)

const format = Flag.Literals("format", ["tree", "mermaid", "svg"]).pipe(
  Flag.withDescription("Format of the drawing; tree by default"),
  Flag.withAlias("f"),
  Flag.withDefault("tree")
)

const out = Flag.Path("out").pipe(
  Flag.withDescription("File to write to; by default the drawing is printed"),
  Flag.withAlias("o"),
  Flag.optional
)

const programs = Effect.promise(() => import("../programs/pipeline/Pipeline.ts"))
const cachePrograms = Effect.promise(() => import("../programs/pipeline/Cache.ts"))

const show = Command.make("show", { file, parameters, export: name, format, out }, (input) =>
  Effect.flatMap(programs, (program) => program.show(input))
).pipe(
  Command.withDescription("Draw the stages of a pipeline and what they pass on, and list its parameters"),
  Command.withExamples([
    {
      command: "anneal pipeline show pipeline.ts --format svg -o pipeline.svg",
      description: "As an SVG picture"
    }
  ])
)

const outline = Command.make("outline", { file, parameters, export: name, format, out, cache }, (input) =>
  Effect.flatMap(programs, (program) => program.outline(input))
).pipe(
  Command.withDescription("Show which stages would run and why, without running them"),
  Command.withAlias("plan")
)

const run = Command.make(
  "run",
  {
    file,
    parameters,
    export: name,
    cache,
    concurrency: Flag.Int("concurrency").pipe(
      Arguments.atLeast(1),
      Flag.withDescription("Number of independent stages that run at the same time; 1 by default"),
      Flag.withDefault(1)
    )
  },
  (input) => Effect.flatMap(programs, (program) => program.run(input))
).pipe(
  Command.withDescription(
    "Run the stages whose results are not in the cache. An interrupted run continues where it stopped"
  ),
  Command.withExamples([
    { command: "anneal pipeline run pipeline.ts epochs=3", description: "With a parameter of the pipeline" }
  ])
)

const verify = Command.make("verify", { cache }, (input) =>
  Effect.flatMap(cachePrograms, (program) => program.verify(input.cache))
).pipe(Command.withDescription("Compare everything in the cache with its digests"))

const prune = Command.make(
  "prune",
  {
    cache,
    keepLast: Flag.Int("keep-last").pipe(
      Arguments.atLeast(0),
      Flag.withDescription("Number of the newest results of each stage to keep"),
      Flag.optional
    ),
    olderThanDays: Flag.Finite("older-than-days").pipe(
      Arguments.atLeast(0),
      Flag.withDescription("Remove only results older than this many days"),
      Flag.optional
    ),
    unfinished: Flag.Boolean("unfinished").pipe(
      Flag.withDescription("Also remove the folders of unfinished stages"),
      Flag.withDefault(false)
    ),
    yes: Arguments.yes
  },
  (input) => Effect.flatMap(cachePrograms, (program) => program.prune(input))
).pipe(
  Command.withDescription("Remove old results, and files that no result needs"),
  Command.withExamples([
    { command: "anneal pipeline prune --keep-last 3", description: "List what would be removed" },
    { command: "anneal pipeline prune --keep-last 3 --yes", description: "Remove it" }
  ])
)

const move = Command.make(
  "move",
  { cache, to: Argument.Path("to").pipe(Argument.withDescription("New folder of the cache")) },
  (input) => Effect.flatMap(cachePrograms, (program) => program.move(input.cache, input.to))
).pipe(Command.withDescription("Move the cache to another folder, also on another disk"))

/** Also a subcommand of `anneal runs`. */
export const lineage = Command.make(
  "lineage",
  {
    artifact: Argument.String("artifact").pipe(
      Argument.withDescription(
        "A file of a run, such as a checkpoint; a file or folder that a pipeline made; or the beginning of its digest"
      )
    ),
    format,
    out,
    cache
  },
  (input) => Effect.flatMap(cachePrograms, (program) => program.lineage(input))
).pipe(Command.withDescription("Draw which data, parameters and code an artifact was made from"))

export const command = Command.make("pipeline").pipe(
  Command.withDescription("Outline, run and maintain pipelines written in TypeScript"),
  Command.withSubcommands([show, outline, run, lineage, verify, prune, move])
)
