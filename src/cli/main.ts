/**
 * The `anneal` command. Parse, compose, run, report: each command loads its own part when it is called, so that
 * `--help` and a refused typo never wait for an engine.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as App from "./App.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as Platform from "./Platform.ts"

// Effect's runtime turns signals into interruption of the main fiber; this only remembers which one it was, as the
// exit code of a terminated process differs from that of Ctrl-C.
let signal: NodeJS.Signals | undefined
process.once("SIGTERM", (name) => {
  signal = name
})

const main = App.run(process.argv.slice(2)).pipe(
  Effect.exit,
  Effect.tap(Failure.tell),
  Effect.flatten,
  Effect.provide(Platform.layer)
)

NodeRuntime.runMain(main, {
  disableErrorReporting: true,
  teardown: (exit, onExit) => onExit(ExitCode.ofExit(exit, Exit.isSuccess(exit) ? undefined : signal))
})
