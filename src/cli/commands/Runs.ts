/** `anneal runs` */

import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"

const folder = Flag.Path("dir").pipe(
  Flag.withDescription("Folder with all runs (paths.output_dir)"),
  Flag.withDefault("outputs/experiments")
)

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON, for scripts"),
  Flag.withDefault(false)
)

const yes = Flag.Boolean("yes").pipe(
  Flag.withDescription("Do it; without, only what would go is shown"),
  Flag.withAlias("y"),
  Flag.withDefault(false)
)

const run = Argument.String("run").pipe(
  Argument.withDescription("A run: last, its id or the beginning of it, its folder, or the folder's name")
)

const where = Flag.String("where").pipe(
  Flag.withDescription("Only runs such as status=done, val/hmean>=0.8, experiment~receipts; may be repeated"),
  Flag.withAlias("w"),
  Flag.between(0, 100)
)

const program = Effect.promise(() => import("../programs/Runs.ts"))

const list = Command.make(
  "list",
  {
    folder,
    json,
    where,
    sort: Flag.String("sort").pipe(
      Flag.withDescription("A column or metric; with a minus, greatest first, e.g. --sort=-val/hmean"),
      Flag.withAlias("s"),
      Flag.optional
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("At most so many runs"),
      Flag.withAlias("n"),
      Flag.optional
    ),
    metrics: Flag.String("metric").pipe(
      Flag.withDescription("Metrics to show; may be repeated"),
      Flag.withAlias("m"),
      Flag.between(0, 100)
    )
  },
  (input) => Effect.flatMap(program, (runs) => runs.list(input))
).pipe(
  Command.withDescription("List runs, newest first"),
  Command.withExamples([
    {
      command: "anneal runs list --where status=done --sort=-val/hmean --limit 10",
      description: "The ten best"
    },
    { command: "anneal runs list --json", description: "For scripts" }
  ])
)

const show = Command.make("show", { run, folder, json }, (input) =>
  Effect.flatMap(program, (runs) => runs.show(input))
).pipe(Command.withDescription("Show a run: its facts, the course of its metrics, its checkpoints"))

const compare = Command.make("compare", { runs: Argument.variadic(run, { min: 2 }), folder, json }, (input) =>
  Effect.flatMap(program, (runs) => runs.compare(input))
).pipe(Command.withDescription("Show where the plans of runs differ, and their metrics side by side"))

const resume = Command.make(
  "resume",
  {
    run,
    folder,
    overrides: Argument.String("override").pipe(
      Argument.withDescription("Changes to the run's own overrides, e.g. trainer.max_epochs=20"),
      Argument.variadic()
    )
  },
  (input) => Effect.flatMap(program, (runs) => runs.resume(input))
).pipe(Command.withDescription("Go on with a training run where it stopped, with the overrides it had"))

const remove = Command.make("rm", { runs: Argument.variadic(run, { min: 1 }), folder, yes }, (input) =>
  Effect.flatMap(program, (runs) => runs.remove(input))
).pipe(Command.withDescription("Remove runs with everything they wrote; a running one is refused"))

const prune = Command.make(
  "prune",
  {
    folder,
    yes,
    status: Flag.Literals("status", ["done", "failed", "interrupted", "crashed"]).pipe(
      Flag.withDescription("Only runs of this status; may be repeated; failed and crashed unless told"),
      Flag.between(0, 4)
    ),
    olderThanDays: Flag.Int("older-than").pipe(
      Flag.withDescription("Only runs that began at least so many days ago"),
      Flag.optional
    ),
    keepBest: Flag.Int("keep-best").pipe(
      Flag.withDescription("Of each experiment, so many of the best runs stay"),
      Flag.optional
    ),
    metric: Flag.String("metric").pipe(
      Flag.withDescription(
        "What --keep-best ranks by; less is better with a minus, e.g. --metric=-train/loss"
      ),
      Flag.withDefault("val/hmean")
    )
  },
  (input) => Effect.flatMap(program, (runs) => runs.prune(input))
).pipe(
  Command.withDescription("Remove runs by a rule: never a running one, nor one that another was resumed from")
)

const sync = Command.make(
  "sync",
  {
    runs: Argument.variadic(run),
    folder,
    within: Flag.Int("within").pipe(
      Flag.withDescription("Most seconds to wait for a tracker"),
      Flag.withDefault(120)
    )
  },
  (input) => Effect.flatMap(program, (runs) => runs.sync(input))
).pipe(
  Command.withDescription(
    "Deliver what trackers did not get while a run went on; the newest run unless named"
  )
)

const reindex = Command.make("reindex", { folder }, (input) =>
  Effect.flatMap(program, (runs) => runs.reindex(input))
).pipe(Command.withDescription("Make the catalogue of runs anew from their folders"))

export const command = Command.make("runs").pipe(
  Command.withDescription("Find, compare, resume and remove runs; send what trackers did not get"),
  Command.withSubcommands([list, show, compare, resume, remove, prune, sync, reindex])
)
