/** `--multirun`: the jobs of a sweep, one after another in this process, and a table of what came out. */
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Config from "../../config/Config.ts"
import * as Sweep from "../../config/Sweep.ts"
import { ConfigurationRefused } from "../Failure.ts"
import type { Outcome, Program } from "../Outcome.ts"
import * as Composition from "./Composition.ts"

interface Done {
  readonly job: Sweep.Job
  readonly outcome: Outcome | undefined
  /** The sentence of its failure. */
  readonly error: string | undefined
}

/** How the jobs of a sweep are run. Here one after another; an error of a job is its result, not the sweep's. */
export type Launcher = <E extends { readonly message: string }, R>(
  jobs: ReadonlyArray<Sweep.Job>,
  launch: (job: Sweep.Job, number: number) => Effect.Effect<Outcome | undefined, E, R>
) => Effect.Effect<ReadonlyArray<Exit.Exit<Outcome | undefined, E>>, never, R>

/** One after another; interruption stops the sweep. */
export const sequential: Launcher = (jobs, launch) =>
  Effect.forEach(jobs, (job, number) => Effect.exit(launch(job, number)))

const jobsOf = Effect.fnUntraced(function* (composition: Config.Composed) {
  const { repository } = composition.composition
  const [jobs = []] = yield* Sweep.expand(composition.overrides, {
    groupOptions: (group) => repository.options(group)
  }).pipe(Composition.refused)
  if (jobs.length > 0) return jobs
  return yield* new ConfigurationRefused({
    problem: "the sweep has no job: a glob() matches no option. See them with --info defaults-tree"
  })
})

/** Its number and its folder below `hydra.sweep.dir`, which `hydra.run.dir` then is. */
const placed = (job: Sweep.Job, number: number): ReadonlyArray<string> => [
  ...job,
  `hydra.job.num=${number}`,
  `hydra.job.id=${number}`,
  "hydra.mode=MULTIRUN",
  "hydra.run.dir=${hydra.sweep.dir}/${hydra.sweep.subdir}"
]

const columnsOf = (done: ReadonlyArray<Done>): ReadonlyArray<string> => [
  ...new Set(done.flatMap(({ outcome }) => Object.keys(outcome?.metrics ?? {})))
]

/** What tells the jobs apart: overrides that all of them have are not repeated in each row. */
const distinct = (done: ReadonlyArray<Done>, { job }: Done): string =>
  job.filter((override) => !done.every((other) => other.job.includes(override))).join(" ")

const row = (done: ReadonlyArray<Done>, one: Done, number: number, columns: ReadonlyArray<string>) => {
  const { outcome, error } = one
  return [
    String(number),
    distinct(done, one),
    ...columns.map((name) => outcome?.metrics[name]?.toFixed(4) ?? ""),
    error === undefined ? (outcome?.directory ?? "") : `failed: ${error.split("\n")[0]}`
  ]
}

const aligned = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => (cells[i] ?? "").length)))
  return rows
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

/** The table that ends a sweep. */
export const table = (done: ReadonlyArray<Done>): string => {
  const columns = columnsOf(done)
  return aligned([
    ["job", "overrides", ...columns, "run"],
    ...done.map((one, number) => row(done, one, number, columns))
  ])
}

/** Runs every job and tells all; fails with the first failure once all are done. */
export const sweep = Effect.fn("Multirun.sweep")(function* <E extends { readonly message: string }, R>(
  command: Composition.Command,
  input: Composition.Input,
  program: Program<E, R>,
  launcher: Launcher = sequential
) {
  const now = DateTime.toDateUtc(yield* DateTime.now)
  const jobs = yield* jobsOf(yield* Composition.compose(command, input, { mode: "multirun", now }))
  const exits = yield* launcher(jobs, (job, number) =>
    Effect.gen(function* () {
      yield* Console.error(`\njob ${number} of ${jobs.length}: ${job.join(" ")}`)
      const own = { ...input, overrides: placed(job, number) }
      return yield* program(yield* Composition.compose(command, own, { now }), { ...own, overrides: job })
    })
  )
  const done = exits.map(
    (exit, i): Done => ({
      job: jobs[i] ?? [],
      outcome: Exit.isSuccess(exit) ? exit.value : undefined,
      error: Exit.isSuccess(exit) ? undefined : sentence(exit)
    })
  )
  yield* Console.log(table(done))
  const failed = exits.find((exit) => Exit.isFailure(exit))
  if (failed !== undefined) yield* failed
})

const sentence = <A, E extends { readonly message: string }>(exit: Exit.Exit<A, E>): string => {
  const error = Exit.findErrorOption(exit)
  return error._tag === "Some" ? error.value.message : "interrupted, or a defect"
}
