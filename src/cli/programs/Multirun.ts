/** `--multirun`: the jobs of a sweep, one after another in this process, and a table of what came out. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Multirun from "../../config/Multirun.ts"
import { ConfigurationRefused } from "../Failure.ts"
import type { Outcome, Program } from "../Outcome.ts"
import * as Composition from "./Composition.ts"

interface Done {
  readonly job: ReadonlyArray<string>
  readonly outcome: Outcome | undefined
  /** The sentence of its failure. */
  readonly error: string | undefined
}

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

const sentence = <A, E extends { readonly message: string }>(exit: Exit.Exit<A, E>): string => {
  const error = Exit.findErrorOption(exit)
  return error._tag === "Some" ? error.value.message : "interrupted, or a defect"
}

const doneOf = <E extends { readonly message: string }>({
  job,
  exit
}: Multirun.Outcome<Outcome | undefined, E>): Done => ({
  job: job.overrides,
  outcome: Exit.isSuccess(exit) ? exit.value : undefined,
  error: Exit.isSuccess(exit) ? undefined : sentence(exit)
})

/** Every job is composed before the first runs. */
const planned = Effect.fnUntraced(function* (command: Composition.Command, input: Composition.Input) {
  const plan = yield* Multirun.plan(yield* Composition.options(command, input)).pipe(Composition.refused)
  if (plan.batches.flat().length > 0) return plan
  return yield* new ConfigurationRefused({
    problem: "the sweep has no job: a glob() matches no option. See them with --info defaults-tree"
  })
})

/** Runs every job and tells all; fails with the first failure once all are done. */
export const sweep = Effect.fn("Multirun.sweep")(function* <E extends { readonly message: string }, R>(
  command: Composition.Command,
  input: Composition.Input,
  program: Program<E, R>,
  launcher: Multirun.Launcher = Multirun.serial
) {
  const plan = yield* planned(command, input)
  const total = plan.batches.flat().length
  const outcomes = yield* Effect.forEach(plan.batches, (batch) =>
    launcher.launch(batch, (job) =>
      Effect.andThen(
        Console.error(`\njob ${job.index} of ${total}: ${job.overrides.join(" ")}`),
        program(job.started, { ...input, overrides: job.overrides })
      )
    )
  )
  yield* record(plan)
  const done = outcomes.flat()
  yield* Console.log(table(done.map(doneOf)))
  const failed = done.find(({ exit }) => Exit.isFailure(exit))
  if (failed !== undefined) yield* failed.exit
})

/** `multirun.yaml` in the folder of the sweep, where a job has made it. */
const record = Effect.fnUntraced(function* ({ folder, files }: Multirun.Multirun) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const cannot = (error: PlatformError) =>
    new ConfigurationRefused({ problem: `${folder} cannot be written: ${error.message}` })
  yield* Effect.gen(function* () {
    if (!(yield* fs.exists(folder))) return
    for (const [name, text] of Object.entries(files)) yield* fs.writeFileString(path.join(folder, name), text)
  }).pipe(Effect.mapError(cannot))
})
