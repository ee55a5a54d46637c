/** Runs the programs that an installation needs: npm, pip, tar, the compiler. */
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import { ChildProcess, type ChildProcessSpawner } from "effect/process"
import * as Stream from "effect/Stream"
import { EngineInstallError } from "./InstallError.ts"

export interface Said {
  readonly problem: string
  readonly cure: string
}

export interface Call {
  readonly engine: string
  readonly step: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly cwd?: string
  readonly env?: Record<string, string>
  /** The errors for a missing program, and for one that fails. */
  readonly missing: Said
  readonly failed: Said
  /** Better errors for some failures: the first whose pattern is in the program's output. */
  readonly known?: ReadonlyArray<Said & { readonly step: string; readonly pattern: RegExp }>
  /** Called with each line as it is written. */
  readonly onLine?: (line: string) => Effect.Effect<void>
}

/** Without the frames of a stack trace, which would displace the message. */
const lastLines = (text: string): string =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s+at /.test(line))
    .slice(-12)
    .map((line) => `  ${line}`)
    .join("\n")

/** The disk may be full for any program. */
const fullDisk = {
  step: "space",
  pattern: /No space left on device|ENOSPC|disk quota exceeded/i,
  problem: "the disk is full",
  cure: "Make room, or choose another folder with ANNEAL_HOME=<folder>"
}

const spawnFailure =
  ({ engine, step, missing, failed, command }: Call) =>
  (error: PlatformError) =>
    new EngineInstallError({
      engine,
      step,
      ...(error.reason._tag === "NotFound" ? missing : failed),
      output: error.reason._tag === "NotFound" ? "" : `  ${command}: ${error.message}`
    })

/** Runs the program to its end; returns its standard output. */
export const run = Effect.fn("Program.run")(function* (
  call: Call
): Effect.fn.Return<string, EngineInstallError, ChildProcessSpawner.ChildProcessSpawner> {
  const { engine, step, onLine = () => Effect.void } = call
  const ended = yield* Effect.gen(function* () {
    const process = yield* ChildProcess.make(call.command, call.args, {
      extendEnv: true,
      stdin: "ignore",
      ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
      ...(call.env === undefined ? {} : { env: call.env })
    })
    const text = (stream: typeof process.stdout) =>
      Stream.decodeText(stream).pipe(
        Stream.splitLines,
        Stream.tap(onLine),
        Stream.runFold(
          () => "",
          (all, line) => `${all}${line}\n`
        )
      )
    return yield* Effect.all(
      { out: text(process.stdout), err: text(process.stderr), code: process.exitCode },
      { concurrency: "unbounded" }
    )
  }).pipe(Effect.scoped, Effect.mapError(spawnFailure(call)))
  if (Number(ended.code) === 0) return ended.out
  const said = `${ended.out}\n${ended.err}`
  const known = [fullDisk, ...(call.known ?? [])].find(({ pattern }) => pattern.test(said))
  const { problem, cure } = known ?? call.failed
  return yield* new EngineInstallError({
    engine,
    step: known?.step ?? step,
    problem,
    cure,
    output: lastLines(said)
  })
})
