/** `--cfg plan`: the decoded plan as JSON, defaults and all. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Config from "../../../config/Config.ts"
import { didYouMean } from "../../../config/node/Nearest.ts"
import { CommandRefused } from "../../Failure.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import { plans } from "./CommandPlans.ts"
import * as Composition from "./Composition.ts"
import * as Decoded from "./Decoded.ts"

/** The part at a dotted key. */
const partOf = Effect.fnUntraced(function* (plan: unknown, key: string) {
  let part: unknown = plan
  for (const name of key.split(".")) {
    const next: unknown = Predicate.hasProperty(part, name) ? part[name] : undefined
    if (next === undefined) {
      const known = Predicate.isObject(part) ? Object.keys(part) : []
      return yield* new CommandRefused({
        problem: `--package ${key}: the plan has no "${name}" there${didYouMean(name, known)}`
      })
    }
    part = next
  }
  return part
})

/** Prints the plan of a command, or the part that `--package` names. */
export const print = Effect.fnUntraced(function* (
  command: Composition.Command,
  composition: Config.Composed,
  input: Composition.Input
) {
  const { value, warnings } = yield* Decoded.plan(composition, plans[command], input)
  const key = Option.filter(input.pkg, (name) => name !== "_global_")
  const part = Option.isSome(key) ? yield* partOf(value, key.value) : value
  yield* Composition.warn(warnings)
  yield* StandardOutput.json(part)
})
