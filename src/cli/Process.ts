/** Starts a program as a process does: with its arguments, its signals, its exit code, and a sentence when it fails. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ExitCode from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as Platform from "./Platform.ts"
import * as TerminalScreen from "./TerminalScreen.ts"

export const start = <E>(
  program: (args: ReadonlyArray<string>) => Effect.Effect<void, E, Layer.Success<typeof Platform.layer>>
): void => {
  // Effect's runtime turns signals into interruption of the main fiber; this only remembers which one it was, as the
  // exit code of a terminated process differs from that of Ctrl-C.
  let signal: NodeJS.Signals | undefined
  process.once("SIGTERM", (name) => {
    signal = name
  })
  const main = program(process.argv.slice(2)).pipe(
    Effect.exit,
    Effect.tap(Failure.tell),
    Effect.flatten,
    Effect.provide(Layer.merge(Platform.layer, TerminalScreen.log))
  )
  NodeRuntime.runMain(main, {
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(ExitCode.ofExit(exit, Exit.isSuccess(exit) ? undefined : signal))
  })
}
