/**
 * Runs a program as the process itself, as Effect's `NodeRuntime.runMain` does, but ends it as Anneal's command line ends:
 * a sentence if it fails, Anneal's exit codes, and an interruption for every signal that asks the process to end.
 */
import { readFileSync, readlinkSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as ExitCode from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as StandardOutput from "./terminal/StandardOutput.ts"

export interface MainProgramOptions {
  /** Whether the program reports its failure itself. */
  readonly disableErrorReporting?: boolean
}

/** An output that cannot be written must not end the program. */
const ignore = (): void => {}

/** The flags of an open file, as Linux lists them: the lowest two bits of the last octal digit are 1 for write-only. */
const onlyWritten = /^flags:\s*\d*[15]$/m

/**
 * Whether `nohup` started this process, so that it has to outlive its terminal. Node resets an ignored SIGHUP, so only
 * what GNU's nohup puts in the terminal's place is left to look at (coreutils, nohup.c): output to `nohup.out`, and
 * /dev/null, opened for writing, as input.
 */
const outlivesTerminal = Effect.try(
  () =>
    readlinkSync("/proc/self/fd/1").endsWith("/nohup.out") ||
    (readlinkSync("/proc/self/fd/0") === "/dev/null" &&
      onlyWritten.test(readFileSync("/proc/self/fdinfo/0", "utf8")))
).pipe(Effect.orElseSucceed(() => false))

/** Why output is lost, unless the reader closed the pipe because it wanted no more, as `head` does. */
const lostOutput = (error: Error | null | undefined): string | undefined =>
  error === null || error === undefined || ("code" in error && error.code === "EPIPE")
    ? undefined
    : `standard output could not be written, so its content is lost: ${error.message}`

const asProcess = Runtime.makeRunMain(({ fiber }) => {
  let signal: ExitCode.Signal | undefined
  let unwritten: Error | undefined
  const asked = (name: ExitCode.Signal): void => {
    if (name === "SIGHUP" && Effect.runSync(outlivesTerminal)) return
    signal ??= name
    fiber.interruptUnsafe(fiber.id)
  }
  for (const name of ExitCode.signals) process.on(name, asked)
  process.stderr.on("error", ignore)
  process.stdout.on("error", (error) => {
    unwritten ??= error
  })
  fiber.addObserver((exit) => {
    for (const name of ExitCode.signals) process.removeListener(name, asked)
    const lost = lostOutput(unwritten ?? process.stdout.errored)
    if (lost !== undefined) Effect.runSync(StandardOutput.note(lost))
    const code = ExitCode.ofExit(exit, signal)
    const last = code === ExitCode.done && lost !== undefined ? ExitCode.failed : code
    // oxlint-disable-next-line unicorn/no-process-exit -- as Effect's runtime does: handles that a failed program left open must not keep the process alive
    if (signal !== undefined || last !== ExitCode.done) process.exit(last)
  })
})

/**
 * Runs a program as the process. If it fails, its error is printed as a sentence on standard error. The exit code is the
 * command line's for Anneal's own errors (docs/architecture.md), otherwise the error's `Runtime.errorExitCode`, or 1.
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT interrupt it: scopes close, `last` is saved, and the exit code is 128 plus the
 * number of the signal. An output that cannot be written, such as a closed terminal, does not end it.
 */
export const run = <A, E>(program: Effect.Effect<A, E>, options: MainProgramOptions = {}): void => {
  const main =
    options.disableErrorReporting === true ? program : Effect.onExit(program, Failure.reportInProgram)
  asProcess(main, { disableErrorReporting: true })
}
