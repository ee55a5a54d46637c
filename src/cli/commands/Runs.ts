/** `anneal runs` */
import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Arguments from "../Arguments.ts"
import { lineage } from "./Pipeline.ts"

const programs = Effect.promise(() => import("../programs/runs/Runs.ts"))

const dir = Flag.Directory("dir").pipe(
  Flag.withDescription("Folder of all runs; by default paths.output_dir of the configuration"),
  Flag.withAlias("d"),
  Flag.optional
)

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON instead of tables"),
  Flag.withDefault(false)
)

const reference = (name: string) =>
  Argument.String(name).pipe(
    Argument.withDescription(
      "last, an id or its beginning, a run directory or its name; anneal runs list shows the ids"
    )
  )

const list = Command.make(
  "list",
  {
    where: Flag.String("where").pipe(
      Flag.withDescription(
        "Condition that a run must meet, e.g. status=done or val/hmean>=0.8; repeatable, all must hold"
      ),
      Flag.withAlias("w"),
      Flag.atLeast(0)
    ),
    sort: Flag.String("sort").pipe(
      Flag.withDescription(
        "Column or metric to sort by, ascending; descending with a minus, e.g. --sort=-val/loss. objective: the best runs of each task first"
      ),
      Flag.withAlias("s"),
      Flag.optional
    ),
    limit: Flag.Int("limit").pipe(
      Arguments.atLeast(0),
      Flag.withDescription("Maximum number of runs"),
      Flag.withAlias("n"),
      Flag.optional
    ),
    metric: Flag.String("metric").pipe(
      Flag.withDescription("Metric to show as a column; repeatable"),
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
      description: "Finished runs with a good score"
    },
    { command: "anneal runs list --sort objective --limit 5", description: "The five best runs" },
    { command: "anneal runs list --json", description: "For scripts" }
  ])
)

const show = Command.make("show", { run: reference("run"), dir, json }, (input) =>
  Effect.flatMap(programs, ({ show }) => show(input))
).pipe(Command.withDescription("Show a run: its facts, the course of its metrics, its checkpoints"))

const compare = Command.make(
  "compare",
  { runs: reference("run").pipe(Argument.atLeast(2)), dir, json },
  (input) => Effect.flatMap(programs, ({ compare }) => compare(input))
).pipe(
  Command.withDescription("Compare runs: differences of their configurations, and their metrics side by side")
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
  Command.withDescription(
    "Resume a training run: anneal train with the overrides of the run and resume=<run>"
  ),
  Command.withExamples([
    { command: "anneal runs resume last", description: "The newest run" },
    {
      command: "anneal runs resume 3fk2 trainer.max_epochs=20",
      description: "Train it for more epochs"
    }
  ])
)

const rm = Command.make(
  "rm",
  { runs: reference("run").pipe(Argument.atLeast(1)), yes: Arguments.yes, dir, json },
  (input) => Effect.flatMap(programs, ({ remove }) => remove(input))
).pipe(Command.withDescription("Remove runs and their files; if one of them is running, none is removed"))

const prune = Command.make(
  "prune",
  {
    status: Flag.Literals("status", ["failed", "crashed", "interrupted", "done"]).pipe(
      Flag.withDescription("Status of the runs to remove; by default failed and crashed"),
      Flag.atLeast(0)
    ),
    olderThan: Flag.Finite("older-than").pipe(
      Arguments.atLeast(0),
      Flag.withDescription("Only runs that started at least this many days ago"),
      Flag.optional
    ),
    keepBest: Flag.Int("keep-best").pipe(
      Arguments.atLeast(0),
      Flag.withDescription("Number of runs to keep in each experiment, the best by --metric"),
      Flag.optional
    ),
    metric: Flag.String("metric").pipe(
      Flag.withDescription(
        "Metric of --keep-best; with a minus the lowest is the best, e.g. --metric=-train/loss. By default what the task of the run is judged by"
      ),
      Flag.optional
    ),
    yes: Arguments.yes,
    dir,
    json
  },
  (input) => Effect.flatMap(programs, ({ prune }) => prune(input))
).pipe(
  Command.withDescription(
    "Remove runs by a rule. Running ones and those that others were resumed from always stay"
  ),
  Command.withExamples([
    { command: "anneal runs prune", description: "List runs that failed or crashed" },
    {
      command: "anneal runs prune --status done --older-than 30 --keep-best 3 --yes",
      description: "Remove finished runs older than 30 days, except the best three of each experiment"
    }
  ])
)

const sync = Command.make(
  "sync",
  {
    run: reference("run").pipe(Argument.optional),
    within: Flag.Finite("within").pipe(
      Arguments.atLeast(0),
      Flag.withDescription("Maximum number of seconds for each tracker of a run; 60 by default"),
      Flag.withDefault(60)
    ),
    servers: Flag.String("server").pipe(
      Flag.withDescription(
        "Server or folder that only the run itself names: deliver there too, without a login"
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
).pipe(
  Command.withDescription("Deliver what a run could not deliver to its trackers; by default for all runs")
)

const reindex = Command.make("reindex", { dir }, (input) =>
  Effect.flatMap(programs, ({ reindex }) => reindex(input))
).pipe(Command.withDescription("Rebuild the registry from the run directories"))

export const command = Command.make("runs").pipe(
  Command.withDescription("Find, compare, resume and remove runs"),
  Command.withSubcommands([list, show, compare, lineage, resume, rm, prune, sync, reindex])
)
