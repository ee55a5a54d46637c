/** The error for a sweep that cannot be expanded into jobs. */
import * as Schema from "effect/Schema"
import { explain } from "../override/Problem.ts"

/** An override parses, but the jobs it stands for cannot be listed; `start` and `end` are 0-based positions in `input`. */
export class SweepError extends Schema.TaggedError<SweepError>()("SweepError", {
  /** The whole override, as typed; empty when the sweep as a whole is at fault. */
  input: Schema.String,
  start: Schema.Finite,
  end: Schema.Finite,
  /** What is wrong, as a sentence without the final full stop. */
  problem: Schema.String,
  /** What to do about it. */
  cure: Schema.String
}) {
  override get message() {
    if (this.input === "") return `${this.problem}\n${this.cure}`
    return explain("cannot be swept", { ...this, expected: [] })
  }
}
