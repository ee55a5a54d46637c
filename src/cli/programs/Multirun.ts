/** `--multirun`: runs the jobs of a sweep one after another in this process, and prints a table of their results. */
import { join } from "node:path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Config from "../../config/Config.ts"
import * as Multirun from "../../config/sweep/Multirun.ts"
import type { Objective } from "../../pipeline/task/Objective.ts"
import * as ExitCode from "../ExitCode.ts"
import * as Failure from "../Failure.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as SweepTable from "../terminal/SweepTable.ts"
import * as Text from "../terminal/Text.ts"
import * as Composition from "./config/Composition.ts"
import type { Judged, Program } from "./RunProgram.ts"

/** Every job is composed before the first runs. */
const planned = Effect.fnUntraced(function* (command: Composition.Command, input: Composition.Input) {
  const plan = yield* Multirun.plan(yield* Composition.options(command, input)).pipe(Composition.refused)
  const jobs = plan.batches.flat()
  if (jobs.length === 0) {
    return yield* new Failure.CommandRefused({
      problem:
        "the sweep has no jobs, because a glob() matches no option. --info defaults-tree shows the groups"
    })
  }
  if (input.strict) {
    const warnings = jobs.flatMap(({ started }) => started.composed.warnings)
    yield* Config.refuseWarnings(warnings).pipe(Composition.refused)
  }
  return plan
})

/** Writes `multirun.yaml` once a job has made the folder of the sweep: a refused sweep leaves nothing behind. */
const record = Effect.fnUntraced(function* ({ folder, files }: Multirun.Multirun) {
  const fs = yield* FileSystem.FileSystem
  const write = Effect.fnUntraced(function* (name: string, text: string) {
    const file = join(folder, name)
    if ((yield* fs.exists(folder)) && !(yield* fs.exists(file))) yield* fs.writeFileString(file, text)
  })
  yield* Effect.forEach(Object.entries(files), ([name, text]) => write(name, text), { discard: true }).pipe(
    Effect.catch(({ message }) => StandardOutput.note(`warning: ${folder} cannot be written: ${message}`))
  )
})

const rowOf = <E>(job: Multirun.Job, exit: Exit.Exit<Judged, E>): SweepTable.Row => {
  const row = { index: job.index, overrides: job.overrides, folder: job.started.folder }
  if (Exit.isSuccess(exit)) {
    const { metrics, bestMetrics } = exit.value
    return { ...row, status: "done", metrics: { ...metrics, ...bestMetrics } }
  }
  return { ...row, status: Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed", metrics: {} }
}

/** What all jobs are judged by; none if they have different ones. */
const commonOf = ([first, ...others]: ReadonlyArray<Objective>): Objective | undefined =>
  others.every((one) => one.metric === first?.metric && one.mode === first.mode) ? first : undefined

const codesOf = <A, E>(exits: ReadonlyArray<Exit.Exit<A, E>>): ReadonlyArray<number> =>
  exits.filter(Exit.isFailure).map((exit) => ExitCode.ofExit(exit, undefined))

/**
 * Runs every job, then prints the table. A job that fails is reported and does not stop the next. An interruption stops
 * the sweep, and the table shows the jobs that ran. Fails after the last job, with the exit code of the first failure.
 */
export const sweep = Effect.fn("Multirun.sweep")(function* <E extends { readonly message: string }, R>(
  command: Composition.Command,
  input: Composition.Input,
  program: Program<E, R>
) {
  const plan = yield* planned(command, input)
  const jobs = plan.batches.flat()
  const swept = SweepTable.sweptOf(jobs.map(({ overrides }) => overrides))
  const rows: Array<SweepTable.Row> = []
  const objectives: Array<Objective> = []
  const run = (job: Multirun.Job) =>
    StandardOutput.note(
      `\n#${job.index} of ${Text.count(jobs.length, "job")}: ${swept(job.overrides).join(" ")}`
    ).pipe(
      Effect.andThen(program(job.started, { ...input, overrides: job.overrides })),
      Effect.onExit((exit) =>
        Effect.sync(() => {
          rows.push(rowOf(job, exit))
          if (Exit.isSuccess(exit)) objectives.push(exit.value.objective)
        }).pipe(Effect.andThen(Failure.report(exit)), Effect.andThen(record(plan)))
      )
    )
  const table = StandardOutput.lines((width) =>
    SweepTable.lines({
      rows,
      planned: jobs.length,
      swept,
      objective: commonOf(objectives),
      cwd: process.cwd(),
      width
    })
  )
  const outcomes = yield* Effect.forEach(plan.batches, (batch) => Multirun.serial.launch(batch, run)).pipe(
    Effect.onExit(() => table)
  )
  const codes = codesOf(outcomes.flat().map(({ exit }) => exit))
  const [code] = codes
  if (code !== undefined) {
    return yield* new Failure.JobsFailed({ failed: codes.length, jobs: jobs.length, code })
  }
})
