/** What a person reads when a run fails: one screen, with a place and a cure; a report file when it is our bug. */
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

/** Some jobs of a sweep failed; each was told when it did. */
export class JobsFailed extends Schema.TaggedError<JobsFailed>()("JobsFailed", {
  failed: Schema.Int,
  jobs: Schema.Int,
  /** The exit code of the first. */
  code: Schema.Int
}) {
  override get message() {
    return `${this.failed} of ${this.jobs} jobs failed, as told above`
  }
}

/** Some pictures could not be read; the others were predicted. */
export class PicturesSkipped extends Schema.TaggedError<PicturesSkipped>()("PicturesSkipped", {
  skipped: Schema.Int,
  pictures: Schema.Int,
  /** The file that lists them. */
  list: Schema.String
}) {
  override get message() {
    return `${this.skipped} of ${this.pictures} pictures were skipped: ${this.list} says why. --strict stops at the first`
  }
}

/** effect/cli prints its own errors, and others are marked as reported by who did. */
const isPrinted = (error: unknown): boolean =>
  !Runtime.getErrorReported(error) ||
  (Predicate.isObject(error) && "_tag" in error && error._tag === "ShowHelp")

const sentence = (error: unknown): string =>
  Text.shortPaths(Address.masked(Thrown.said(error)), process.cwd())

/** Writes the report of a defect beside the person, or to the temporary folder, and tells where. */
const report = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>) {
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
      "anneal: too many files are open. Raise their number (ulimit -n), or close what else runs"
    )
  }
  const file = yield* report(cause)
  yield* StandardOutput.note(
    [
      `anneal has a bug: ${sentence(Cause.squash(cause))}`,
      Option.match(file, {
        onNone: () => Address.masked(Cause.pretty(cause)),
        onSome: (written) =>
          `The report is ${written}; please send it along with what you did. Saved checkpoints are whole.`
      })
    ].join("\n")
  )
})

/** Says on standard error why `exit` failed, after `who`; success and interruption say nothing here. */
const said =
  <R>(who: string, ofDefect: (cause: Cause.Cause<unknown>) => Effect.Effect<void, never, R>) =>
  <A, E>(exit: Exit.Exit<A, E>): Effect.Effect<void, never, R> => {
    if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return Effect.void
    const error = Cause.findErrorOption(exit.cause)
    if (Option.isNone(error)) return ofDefect(exit.cause)
    return isPrinted(error.value) ? Effect.void : StandardOutput.note(`${who}: ${sentence(error.value)}`)
  }

/** For the command line, whose defects are ours to be told of. */
export const tell = said("anneal", defect)

/** For a program of one's own, whose defects its author finds by where they were thrown. */
export const tellInProgram = said("error", (cause) =>
  StandardOutput.note(Address.masked(Cause.pretty(cause)))
)
