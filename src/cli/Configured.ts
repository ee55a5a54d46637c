/** What the commands with a configuration share: compose first, and load the rest only when that went well. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ConfigurationRefused } from "./Failure.ts"
import type { Program } from "./Outcome.ts"
import type { Command, Input } from "./programs/config/Composition.ts"

const composition = Effect.promise(() => import("./programs/config/Composition.ts"))

/** Prints what `--info` or `--cfg` asks for, of the configuration of a sweep where there is one. */
export const show = Effect.fnUntraced(function* (command: Command, input: Input) {
  const Composition = yield* composition
  const composed = yield* Composition.compose(command, input)
  if (Option.isSome(input.info)) return yield* Composition.inform(composed, input.info.value)
  const cfg = Option.getOrElse(input.cfg, () => "job" as const)
  if (cfg !== "plan") return yield* Composition.print(composed, input, cfg)
  const PlanText = yield* Effect.promise(() => import("./programs/config/PlanText.ts"))
  yield* PlanText.print(command, composed, input)
})

/** As in Hydra, so that nobody trains who wanted to look. */
const resolveAlone = () =>
  new ConfigurationRefused({
    problem: "--resolve goes with --cfg only.\nSay what to print: --cfg job --resolve."
  })

/** Shows the configuration on `--cfg` or `--info`, else runs `program`; with `--multirun` once for each job. */
export const run =
  <E extends { readonly message: string }, R>(command: Command, program: Program<E, R>) =>
  (input: Input) =>
    Effect.gen(function* () {
      if (input.resolve && Option.isNone(input.cfg)) return yield* resolveAlone()
      if (Option.isSome(input.info) || Option.isSome(input.cfg)) return yield* show(command, input)
      if (input.multirun) {
        const { sweep } = yield* Effect.promise(() => import("./programs/Multirun.ts"))
        return yield* sweep(command, input, program)
      }
      const Composition = yield* composition
      const composed = yield* Composition.compose(command, input)
      yield* program(yield* Composition.start(composed), input)
    })
