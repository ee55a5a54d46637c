/** The error for an override that the grammar refuses. */
import { Schema } from "effect"

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
    const caret = `${" ".repeat(this.start)}${"^".repeat(Math.max(1, this.end - this.start))}`
    const expected = this.expected.length === 0 ? "" : `\nexpected ${this.expected.join(", ")}`
    return `override "${this.input}": ${this.problem} at character ${this.start + 1}\n  ${this.input}\n  ${caret}${expected}\n${this.cure}`
  }
}
