/** What is printed when a command fails: at most a screen, with a place and a cure; for a bug of ours, a report file. */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Address from "../layers/internal/Address.ts"
import * as Thrown from "../layers/internal/Thrown.ts"
import * as ExitCode from "./ExitCode.ts"
import * as StandardOutput from "./terminal/StandardOutput.ts"
import * as Text from "./terminal/Text.ts"

/** The command line is refused: its configuration does not compose, or a flag or an argument makes no sense. */
export class CommandRefused extends Schema.TaggedError<CommandRefused>()("CommandRefused", {
  problem: Schema.String
}) {
  override get message() {
    return this.problem
  }
}

/** Some jobs of a sweep failed; the error of each was printed when it did. */
export class JobsFailed extends Schema.TaggedError<JobsFailed>()("JobsFailed", {
  failed: Schema.Int,
  jobs: Schema.Int,
  /** The exit code of the first. */
  code: Schema.Int
}) {
  override get message() {
    return `${this.failed} of ${this.jobs} jobs failed; their errors are above`
  }
}

/** Some inputs could not be read; the others were predicted. */
export class InputsSkipped extends Schema.TaggedError<InputsSkipped>()("InputsSkipped", {
  skipped: Schema.Int,
  inputs: Schema.Int,
  /** The file that lists them. */
  list: Schema.String
}) {
  override get message() {
    return `${this.skipped} of ${this.inputs} inputs were skipped; ${this.list} gives the reasons. --strict stops at the first`
  }
}

/** An inspected data set has problems, or its parts share samples; asked for by `--fail`. */
export class DataFaulty extends Schema.TaggedError<DataFaulty>()("DataFaulty", {
  where: Schema.String,
  problems: Schema.Int,
  leaks: Schema.Int,
  /** The page that shows them. */
  page: Schema.String
}) {
  override get message() {
    return `${this.where}: ${this.problems} problems, ${this.leaks} leaks between parts; ${this.page} shows them`
  }
}

/** Whether the error was printed already: effect/cli prints its own, and others may be marked as reported. */
const isPrinted = (error: unknown): boolean =>
  !Runtime.getErrorReported(error) ||
  (Predicate.isObject(error) && "_tag" in error && error._tag === "ShowHelp")

const sentence = (error: unknown): string =>
  Text.shortPaths(Address.masked(Thrown.said(error)), process.cwd())

/** Writes the report of a defect to the working folder, or else to a temporary one; gives its path. */
const writeReport = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const time = DateTime.formatIso(yield* DateTime.now).replaceAll(/[:.]/g, "-")
  const text = Address.masked(
    [
      `anneal defect, ${time}`,
      `node ${process.version} on ${process.platform} ${process.arch}`,
      `command: ${process.argv.slice(1).join(" ")}`,
      "",
      Cause.pretty(cause),
      ""
    ].join("\n")
  )
  const name = `anneal-defect-${time}.txt`
  const write = (folder: string) => {
    const file = path.join(folder, name)
    return Effect.as(fs.writeFileString(file, text), file)
  }
  return yield* write(".").pipe(
    Effect.catch(() => Effect.flatMap(fs.makeTempDirectory({ prefix: "anneal-" }), write)),
    Effect.option
  )
})

const defect = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>) {
  if (ExitCode.isExhausted(cause)) {
    return yield* StandardOutput.note(
      "anneal: too many files are open. Raise the limit (ulimit -n), or close other programs"
    )
  }
  const file = yield* writeReport(cause)
  yield* StandardOutput.note(
    [
      `anneal has a bug: ${sentence(Cause.squash(cause))}`,
      Option.match(file, {
        onNone: () => Address.masked(Cause.pretty(cause)),
        onSome: (written) =>
          `The report is in ${written}. Please send it with a description of what you did. Saved checkpoints are intact.`
      })
    ].join("\n")
  )
})

/** Prints on standard error why `exit` failed, after `who`; nothing for a success or an interruption. */
const reporting =
  <R>(who: string, ofDefect: (cause: Cause.Cause<unknown>) => Effect.Effect<void, never, R>) =>
  <A, E>(exit: Exit.Exit<A, E>): Effect.Effect<void, never, R> => {
    if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return Effect.void
    const error = Cause.findErrorOption(exit.cause)
    if (Option.isNone(error)) return ofDefect(exit.cause)
    return isPrinted(error.value) ? Effect.void : StandardOutput.note(`${who}: ${sentence(error.value)}`)
  }

/** For the command line, whose defects are our bugs. */
export const report = reporting("anneal", defect)

/** For a program that a user wrote: a defect is printed with its stack trace. */
export const reportInProgram = reporting("error", (cause) =>
  StandardOutput.note(Address.masked(Cause.pretty(cause)))
)
