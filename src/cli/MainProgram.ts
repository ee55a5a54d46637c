/**
 * Runs a program as the process itself, as `NodeRuntime.runMain` of Effect does, and as the command line of Anneal ends:
 * a sentence where it fails, the exit codes of Anneal, and an interruption for every signal that asks for an end.
 */
import { readFileSync, readlinkSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as ExitCode from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as StandardOutput from "./terminal/StandardOutput.ts"

export interface MainProgramOptions {
  /** Whether the program says itself why it failed. */
  readonly disableErrorReporting?: boolean
}

/** Nothing to do where an output cannot be written: what is lost is the output, never the program. */
const givenUp = (): void => {}

/** The last octal digit of the flags that Linux tells of an open file; its lowest two bits are 1 for writing only. */
const onlyWritten = /^flags:\s*\d*[15]$/m

/**
 * Whether `nohup` started this, so that it shall outlive its terminal. Node takes back that SIGHUP was ignored; what is
 * left to be seen is what GNU's nohup puts in a terminal's place (coreutils, nohup.c): the output in `nohup.out`, and as
 * input /dev/null, opened for writing.
 */
const outlivesTerminal = Effect.try(
  () =>
    readlinkSync("/proc/self/fd/1").endsWith("/nohup.out") ||
    (readlinkSync("/proc/self/fd/0") === "/dev/null" &&
      onlyWritten.test(readFileSync("/proc/self/fdinfo/0", "utf8")))
).pipe(Effect.orElseSucceed(() => false))

/** What was to be read from standard output and is lost; nothing where the reader wanted no more, as `head` does. */
const lostOutput = (error: Error | null | undefined): string | undefined =>
  error === null || error === undefined || ("code" in error && error.code === "EPIPE")
    ? undefined
    : `standard output could not be written, and what it was to hold is lost: ${error.message}`

const asProcess = Runtime.makeRunMain(({ fiber }) => {
  let signal: ExitCode.Signal | undefined
  let unwritten: Error | undefined
  const asked = (name: ExitCode.Signal): void => {
    if (name === "SIGHUP" && Effect.runSync(outlivesTerminal)) return
    signal ??= name
    fiber.interruptUnsafe(fiber.id)
  }
  for (const name of ExitCode.signals) process.on(name, asked)
  process.stderr.on("error", givenUp)
  process.stdout.on("error", (error) => {
    unwritten ??= error
  })
  fiber.addObserver((exit) => {
    for (const name of ExitCode.signals) process.removeListener(name, asked)
    const lost = lostOutput(unwritten ?? process.stdout.errored)
    if (lost !== undefined) Effect.runSync(StandardOutput.note(lost))
    const code = ExitCode.ofExit(exit, signal)
    const last = code === ExitCode.done && lost !== undefined ? ExitCode.failed : code
    // oxlint-disable-next-line unicorn/no-process-exit -- as Effect's runtime does: what a failed program left open must not keep the process
    if (signal !== undefined || last !== ExitCode.done) process.exit(last)
  })
})

/**
 * Runs a program as the process. Where it fails, its error is a sentence on standard error, and the exit code is that of
 * the command line for Anneal's own errors (docs/architecture.md), what an error says by `Runtime.errorExitCode`, else 1.
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT interrupt it, so that scopes close, `last` is saved, and the exit code is 128 and
 * the number of the signal. An output that cannot be written, as that of a closed terminal, does not end it.
 */
export const run = <A, E>(program: Effect.Effect<A, E>, options: MainProgramOptions = {}): void => {
  const main =
    options.disableErrorReporting === true ? program : Effect.onExit(program, Failure.tellInProgram)
  asProcess(main, { disableErrorReporting: true })
}
