/** What the commands with a configuration share: compose first, and load the rest only when that went well. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Program } from "./Outcome.ts"
import type { Command, Input } from "./programs/Composition.ts"

/** Composes, prints on `--cfg` or `--info`, or goes on with `program`; with `--multirun` once for each job. */
export const run =
  <E extends { readonly message: string }, R>(command: Command, program: Program<E, R>) =>
  (input: Input) =>
    Effect.gen(function* () {
      const Composition = yield* Effect.promise(() => import("./programs/Composition.ts"))
      if (input.multirun) {
        const { sweep } = yield* Effect.promise(() => import("./programs/Multirun.ts"))
        return yield* sweep(command, input, program)
      }
      const composition = yield* Composition.compose(command, input)
      const cfg = Option.getOrUndefined(input.cfg)
      if (Option.isSome(input.info)) return yield* Composition.inform(composition, input.info.value)
      if (cfg !== undefined && cfg !== "plan") return yield* Composition.print(composition, input, cfg)
      yield* program(yield* Composition.start(composition), input)
    })
