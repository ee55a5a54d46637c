/** What the commands with a configuration share: compose first, and load the rest only when that went well. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Config from "../config/Config.ts"
import type { Command, Input } from "./programs/Composition.ts"

/** Composes, prints on `--cfg job|hydra|all`, or goes on with `program`. */
export const run =
  <E, R>(
    command: Command,
    program: (composition: Config.Composed, input: Input) => Effect.Effect<void, E, R>
  ) =>
  (input: Input) =>
    Effect.gen(function* () {
      const Composition = yield* Effect.promise(() => import("./programs/Composition.ts"))
      const composition = yield* Composition.compose(command, input)
      const cfg = Option.getOrUndefined(input.cfg)
      if (cfg === undefined || cfg === "plan") return yield* program(composition, input)
      return yield* Composition.print(composition, input, cfg)
    })
