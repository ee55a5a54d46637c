/** The error for an override that the grammar refuses. */
import * as Schema from "effect/Schema"
import { explain } from "./Problem.ts"

/** An override's text is not in the grammar; `start` and `end` are 0-based positions in `input`. */
export class OverrideSyntaxError extends Schema.TaggedError<OverrideSyntaxError>()("OverrideSyntaxError", {
  /** The whole override, as typed. */
  input: Schema.String,
  /** Its place in the list of overrides, 0-based. */
  index: Schema.Finite,
  start: Schema.Finite,
  end: Schema.Finite,
  /** What is wrong, as a sentence without the final full stop. */
  problem: Schema.String,
  /** What could stand there instead. */
  expected: Schema.Array(Schema.String),
  /** What to do about it. */
  cure: Schema.String
}) {
  override get message() {
    return explain("is malformed", this)
  }
}
