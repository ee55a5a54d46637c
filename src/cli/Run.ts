/** `anneal/Run`: any task's runs as Effects, and the whole command line for one task. */
import * as Effect from "effect/Effect"
import type { Any } from "../pipeline/module/TaskModule.ts"
import * as App from "./App.ts"
import * as Invocation from "./Invocation.ts"
import * as Process from "./Process.ts"

export { type Options, type Partially, predict, test, train } from "../runs/Run.ts"

/**
 * The command line of `anneal` for one task: `Run.main(task)` in `src/main.ts` makes
 * `node src/main.ts train trainer.max_epochs=3` of it, with all that `anneal train` has. It reads the process's
 * arguments, handles its signals and sets its exit code.
 */
export const main = (task: Any): void =>
  Process.start((args) =>
    App.run(args).pipe(Effect.provideService(Invocation.Invocation, Invocation.ofProgram(task)))
  )
