/** `anneal pipeline` */

import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Arguments from "../Arguments.ts"

const file = Argument.Path("file").pipe(
  Argument.withDescription("A module that exports a pipeline, e.g. pipeline.ts")
)

const name = Flag.String("export").pipe(
  Flag.withDescription("Which of its pipelines; otherwise the default export, or the only one"),
  Flag.optional
)

const cache = Flag.Path("cache").pipe(
  Flag.withDescription("Folder of the cache; .anneal/cache by default"),
  Flag.withDefault(".anneal/cache")
)

const format = Flag.Literals("format", ["tree", "mermaid", "svg"]).pipe(
  Flag.withDescription("How to draw it; tree by default"),
  Flag.withAlias("f"),
  Flag.withDefault("tree")
)

const out = Flag.Path("out").pipe(
  Flag.withDescription("File to write the drawing to, instead of printing it"),
  Flag.withAlias("o"),
  Flag.optional
)

const programs = Effect.promise(() => import("../programs/pipeline/Pipeline.ts"))
const cachePrograms = Effect.promise(() => import("../programs/pipeline/Cache.ts"))

const show = Command.make("show", { file, export: name, format, out }, (input) =>
  Effect.flatMap(programs, (program) => program.show(input))
).pipe(
  Command.withDescription("Draw the stages of a pipeline and what they hand on"),
  Command.withExamples([
    { command: "anneal pipeline show pipeline.ts --format svg -o pipeline.svg", description: "As a picture" }
  ])
)

const outline = Command.make("outline", { file, export: name, format, out, cache }, (input) =>
  Effect.flatMap(programs, (program) => program.outline(input))
).pipe(
  Command.withDescription("Say what would run and why, without running anything"),
  Command.withAlias("plan")
)

const run = Command.make(
  "run",
  {
    file,
    export: name,
    cache,
    concurrency: Flag.Int("concurrency").pipe(
      Flag.withDescription("Stages at once, if they do not depend on each other; 1 by default"),
      Flag.withDefault(1)
    )
  },
  (input) => Effect.flatMap(programs, (program) => program.run(input))
).pipe(
  Command.withDescription(
    "Run what the cache has no result of; stopped at any moment, the next run goes on from there"
  )
)

const verify = Command.make("verify", { cache }, (input) =>
  Effect.flatMap(cachePrograms, (program) => program.verify(input.cache))
).pipe(Command.withDescription("Read the whole cache and compare it with its digests"))

const prune = Command.make(
  "prune",
  {
    cache,
    keepLast: Flag.Int("keep-last").pipe(
      Flag.withDescription("Results of each stage to keep, the newest"),
      Flag.optional
    ),
    olderThanDays: Flag.Finite("older-than-days").pipe(
      Flag.withDescription("Forget only results that are older"),
      Flag.optional
    ),
    unfinished: Flag.Boolean("unfinished").pipe(
      Flag.withDescription("Also remove the folders of stages that were begun and not finished"),
      Flag.withDefault(false)
    ),
    yes: Arguments.yes
  },
  (input) => Effect.flatMap(cachePrograms, (program) => program.prune(input))
).pipe(
  Command.withDescription("Remove what no result needs, and results that are many or old"),
  Command.withExamples([
    { command: "anneal pipeline prune --keep-last 3", description: "Says what would go" },
    { command: "anneal pipeline prune --keep-last 3 --yes", description: "Removes it" }
  ])
)

const move = Command.make(
  "move",
  { cache, to: Argument.Path("to").pipe(Argument.withDescription("Where the cache shall be")) },
  (input) => Effect.flatMap(cachePrograms, (program) => program.move(input.cache, input.to))
).pipe(Command.withDescription("Put the cache elsewhere, on another disk as well"))

/** Also for `anneal runs`. */
export const lineage = Command.make(
  "lineage",
  {
    artifact: Argument.String("artifact").pipe(
      Argument.withDescription(
        "A checkpoint or another file of a run, a file or folder that a pipeline made, or the beginning of its digest"
      )
    ),
    format,
    out,
    cache
  },
  (input) => Effect.flatMap(cachePrograms, (program) => program.lineage(input))
).pipe(Command.withDescription("Draw which data, parameters and code made something"))

export const command = Command.make("pipeline").pipe(
  Command.withDescription("Outline, run and look after pipelines written in TypeScript"),
  Command.withSubcommands([show, outline, run, lineage, verify, prune, move])
)
