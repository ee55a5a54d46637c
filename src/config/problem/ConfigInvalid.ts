/** The error for a configuration that does not decode: everything that is wrong with it, each with its place. */
import * as Schema from "effect/Schema"
import { describe, Place } from "../node/Source.ts"

/** One thing that is wrong. */
export const Problem = Schema.Struct({
  /** `missing`: a value that must be given later (`???`), or an interpolation of one. */
  kind: Schema.Literals(["missing", "interpolation", "unknown", "required", "value"]),
  key: Schema.String,
  place: Place,
  /** What is wrong, without the final full stop. */
  problem: Schema.String,
  /** What to do about it; may be empty. */
  cure: Schema.String
})
export type Problem = typeof Problem.Type

export class ConfigInvalid extends Schema.TaggedError<ConfigInvalid>()("ConfigInvalid", {
  problems: Schema.Array(Problem)
}) {
  override get message() {
    return this.problems
      .map(
        ({ key, place, problem, cure }) =>
          `${describe(place)}: ${key}: ${problem}.${cure === "" ? "" : ` ${cure}`}`
      )
      .join("\n")
  }
}
