/** `anneal/Run`: any task's runs as Effects, and the whole command line for one task. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Any } from "../pipeline/module/TaskModule.ts"
import * as Plans from "../runs/Plans.ts"
import * as App from "./App.ts"
import * as Invocation from "./Invocation.ts"
import * as Process from "./Process.ts"
import * as Composition from "./programs/config/Composition.ts"
import * as Decoded from "./programs/config/Decoded.ts"

export { last, type Options, type Partially, predict, test, train } from "../runs/Run.ts"

export interface ComposeOptions {
  /** As on the command line: `["trainer.max_epochs=3"]`. */
  readonly overrides?: ReadonlyArray<string> | undefined
  /** Folder of configs. By default `configs` in the working directory, if there is one. */
  readonly configs?: string | undefined
}

/**
 * The plan that `anneal train`, `test` or `predict` would run with, from configs and overrides, for `Run.train` and its
 * like. Fails with every problem at once, each with its place; what is probably not meant is logged as a warning.
 */
export const compose = Effect.fn("Run.compose")(
  function* (module: Any, command: Plans.Command, { overrides = [], configs }: ComposeOptions = {}) {
    const input = { ...Composition.nothing, overrides, configPath: Option.fromUndefinedOr(configs) }
    const composition = yield* Composition.compose(command, input)
    const { value, warnings } = yield* Decoded.plan(
      composition,
      yield* Plans.schema(module, command),
      Composition.nothing
    )
    yield* Effect.forEach(
      [...composition.warnings, ...warnings],
      ({ message }) => Effect.logWarning(message),
      {
        discard: true
      }
    )
    return new Plans.Composed({ decoded: value })
  },
  (composed, module) =>
    composed.pipe(
      Effect.provideService(Invocation.Invocation, Invocation.ofProgram(module)),
      Effect.provide(NodeServices.layer),
      Effect.scoped
    )
)

/**
 * The command line of `anneal` for one task: `Run.main(task)` in `src/main.ts` makes
 * `node src/main.ts train trainer.max_epochs=3` of it, with all that `anneal train` has. It reads the process's
 * arguments, handles its signals and sets its exit code.
 */
export const main = (task: Any): void =>
  Process.start((args) =>
    App.run(args).pipe(Effect.provideService(Invocation.Invocation, Invocation.ofProgram(task)))
  )
