/** `anneal runs` */
import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Arguments from "../Arguments.ts"
import { lineage } from "./Pipeline.ts"

const programs = Effect.promise(() => import("../programs/runs/Runs.ts"))

const dir = Flag.Directory("dir").pipe(
  Flag.withDescription("The folder of all runs; paths.output_dir of the configuration unless given"),
  Flag.withAlias("d"),
  Flag.optional
)

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON for scripts instead of tables"),
  Flag.withDefault(false)
)

const reference = (name: string) =>
  Argument.String(name).pipe(
    Argument.withDescription(
      "last, an id or the beginning of one, a run directory, or its name; anneal runs list shows the ids"
    )
  )

const list = Command.make(
  "list",
  {
    where: Flag.String("where").pipe(
      Flag.withDescription(
        "Only runs for which it holds, e.g. status=done or val/hmean>=0.8; all of several"
      ),
      Flag.withAlias("w"),
      Flag.atLeast(0)
    ),
    sort: Flag.String("sort").pipe(
      Flag.withDescription(
        "A column or a metric, least first; with a minus (--sort=-val/hmean) greatest first"
      ),
      Flag.withAlias("s"),
      Flag.optional
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("The most runs to list"),
      Flag.withAlias("n"),
      Flag.optional
    ),
    metric: Flag.String("metric").pipe(
      Flag.withDescription("A metric to give a column; several give several"),
      Flag.withAlias("m"),
      Flag.atLeast(0)
    ),
    dir,
    json
  },
  (input) => Effect.flatMap(programs, ({ list }) => list(input))
).pipe(
  Command.withDescription("List runs, newest first"),
  Command.withExamples([
    {
      command: "anneal runs list --where status=done --where 'val/hmean>=0.8'",
      description: "The good ones"
    },
    { command: "anneal runs list --sort=-best/val/hmean --limit 5", description: "The best five" },
    { command: "anneal runs list --json", description: "For scripts" }
  ])
)

const show = Command.make("show", { run: reference("run"), dir, json }, (input) =>
  Effect.flatMap(programs, ({ show }) => show(input))
).pipe(Command.withDescription("Show a run: facts, the course of its metrics, its checkpoints"))

const compare = Command.make(
  "compare",
  { runs: reference("run").pipe(Argument.atLeast(2)), dir, json },
  (input) => Effect.flatMap(programs, ({ compare }) => compare(input))
).pipe(
  Command.withDescription("Show where the configurations of runs differ, and their metrics side by side")
)

const resume = Command.make(
  "resume",
  { run: reference("run"), overrides: Arguments.overrides, dir },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/runs/Resume.ts")),
      ({ resume }) => resume(input)
    )
).pipe(
  Command.withDescription("Go on with a training run: anneal train with its own overrides and resume=<run>"),
  Command.withExamples([
    { command: "anneal runs resume last", description: "The newest run" },
    {
      command: "anneal runs resume 3fk2 trainer.max_epochs=20",
      description: "Longer than it was meant to be"
    }
  ])
)

const rm = Command.make(
  "rm",
  { runs: reference("run").pipe(Argument.atLeast(1)), yes: Arguments.yes, dir, json },
  (input) => Effect.flatMap(programs, ({ remove }) => remove(input))
).pipe(
  Command.withDescription(
    "Remove runs with everything they wrote; a running one is refused, and then none goes"
  )
)

const prune = Command.make(
  "prune",
  {
    status: Flag.Literals("status", ["failed", "crashed", "interrupted", "done"]).pipe(
      Flag.withDescription("Runs that ended so; failed and crashed unless given"),
      Flag.atLeast(0)
    ),
    olderThan: Flag.Finite("older-than").pipe(
      Flag.withDescription("Only runs that began at least so many days ago"),
      Flag.optional
    ),
    keepBest: Flag.Int("keep-best").pipe(
      Flag.withDescription("In each experiment, so many of the best by --metric stay"),
      Flag.optional
    ),
    metric: Flag.String("metric").pipe(
      Flag.withDescription(
        "What --keep-best ranks by; less is better with a minus, e.g. --metric=-train/loss"
      ),
      Flag.withDefault("best/val/hmean")
    ),
    yes: Arguments.yes,
    dir,
    json
  },
  (input) => Effect.flatMap(programs, ({ prune }) => prune(input))
).pipe(
  Command.withDescription(
    "Remove runs by a rule; running ones, and those that others resumed from, always stay"
  ),
  Command.withExamples([
    { command: "anneal runs prune", description: "Lists runs that failed or crashed" },
    {
      command: "anneal runs prune --status done --older-than 30 --keep-best 3 --yes",
      description: "Old ones, but for the best three of each experiment"
    }
  ])
)

const sync = Command.make(
  "sync",
  {
    run: reference("run").pipe(Argument.optional),
    within: Flag.Finite("within").pipe(
      Flag.withDescription("The most seconds to try for, for each tracker of a run"),
      Flag.withDefault(60)
    ),
    servers: Flag.String("server").pipe(
      Flag.withDescription(
        "A server, or folder, that only the run itself names: deliver there all the same, without a login"
      ),
      Flag.atLeast(0)
    ),
    dir,
    json
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/runs/Sync.ts")),
      ({ sync }) => sync(input)
    )
).pipe(Command.withDescription("Deliver to trackers what a run could not; all runs unless one is named"))

const reindex = Command.make("reindex", { dir }, (input) =>
  Effect.flatMap(programs, ({ reindex }) => reindex(input))
).pipe(Command.withDescription("Rebuild the registry from the run directories"))

export const command = Command.make("runs").pipe(
  Command.withDescription("Find, compare, resume and remove runs"),
  Command.withSubcommands([list, show, compare, lineage, resume, rm, prune, sync, reindex])
)
