/** Runs the commands with a configuration: composes it first, and loads the rest only if that succeeds. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Started } from "../config/sweep/Run.ts"
import { CommandRefused } from "./Failure.ts"
import type { Command, Input } from "./programs/config/Composition.ts"

const composition = Effect.promise(() => import("./programs/config/Composition.ts"))

/** Prints what `--info` or `--cfg` asks for; with `--multirun`, of the configuration of the sweep. */
export const show = Effect.fnUntraced(function* (command: Command, input: Input) {
  const Composition = yield* composition
  const composed = yield* Composition.compose(command, input)
  if (Option.isSome(input.info)) return yield* Composition.inform(composed, input.info.value)
  const cfg = Option.getOrElse(input.cfg, () => "job" as const)
  if (cfg !== "plan") return yield* Composition.print(composed, input, cfg)
  const Decoded = yield* Effect.promise(() => import("./programs/config/Decoded.ts"))
  yield* Decoded.print(command, composed, input)
})

/** As in Hydra, so that a forgotten `--cfg` does not start a training. */
const resolveAlone = () =>
  new CommandRefused({
    problem: "--resolve needs --cfg.\nAdd what to print: --cfg job --resolve."
  })

const programs = {
  train: Effect.map(
    Effect.promise(() => import("./programs/Train.ts")),
    ({ train }) => train
  ),
  test: Effect.map(
    Effect.promise(() => import("./programs/Test.ts")),
    ({ test }) => test
  ),
  predict: Effect.map(
    Effect.promise(() => import("./programs/Predict.ts")),
    ({ predict }) => predict
  )
} as const

/** The program of a command, loaded when it is called. */
const programOf = (command: Command) =>
  Effect.fnUntraced(function* (started: Started, input: Input) {
    const program = yield* programs[command]
    return yield* program(started, input)
  })

/** Shows the configuration on `--cfg` or `--info`, otherwise runs the command; with `--multirun` once for each job. */
export const run = (command: Command) => (input: Input) =>
  Effect.gen(function* () {
    if (input.resolve && Option.isNone(input.cfg)) return yield* resolveAlone()
    if (Option.isSome(input.info) || Option.isSome(input.cfg)) return yield* show(command, input)
    if (input.multirun) {
      const { sweep } = yield* Effect.promise(() => import("./programs/Multirun.ts"))
      return yield* sweep(command, input, programOf(command))
    }
    const Composition = yield* composition
    const composed = yield* Composition.compose(command, input)
    yield* programOf(command)(yield* Composition.start(composed), input)
  })
