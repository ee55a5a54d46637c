/** Runs the programs that an installation needs: pip, npm, the compiler. */
import * as Effect from "effect/Effect"
import { ChildProcess, type ChildProcessSpawner } from "effect/process"
import * as Stream from "effect/Stream"
import { EngineInstallError } from "./InstallError.ts"

export interface Call {
  readonly engine: string
  readonly step: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly cwd?: string
  readonly env?: Record<string, string>
  /** Said when the program is not there, and when it fails. */
  readonly missing: { readonly problem: string; readonly cure: string }
  readonly failed: { readonly problem: string; readonly cure: string }
}

const lastLines = (text: string): string =>
  text
    .trimEnd()
    .split("\n")
    .slice(-12)
    .map((line) => `  ${line}`)
    .join("\n")

/** Runs to the end; gives what it wrote to standard output. */
export const run = Effect.fn("Program.run")(function* (
  call: Call
): Effect.fn.Return<string, EngineInstallError, ChildProcessSpawner.ChildProcessSpawner> {
  const { engine, step } = call
  const absent = () => new EngineInstallError({ engine, step, ...call.missing, output: "" })
  const ended = yield* Effect.gen(function* () {
    const process = yield* ChildProcess.make(call.command, call.args, {
      extendEnv: true,
      ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
      ...(call.env === undefined ? {} : { env: call.env })
    })
    return yield* Effect.all(
      {
        out: Stream.mkString(Stream.decodeText(process.stdout)),
        err: Stream.mkString(Stream.decodeText(process.stderr)),
        code: process.exitCode
      },
      { concurrency: "unbounded" }
    )
  }).pipe(Effect.scoped, Effect.mapError(absent))
  if (Number(ended.code) === 0) return ended.out
  const output = lastLines(`${ended.out}\n${ended.err}`)
  return yield* new EngineInstallError({ engine, step, ...call.failed, output })
})
