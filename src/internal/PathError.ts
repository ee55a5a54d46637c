/** The base of the errors that concern one file or folder: which, what is wrong with it and what to do. */
import * as Schema from "effect/Schema"

export class PathError extends Schema.Error<PathError>("anneal/PathError")({
  path: Schema.String,
  /** What is wrong, without the final full stop. */
  problem: Schema.String,
  /** What to do about it, as a sentence. */
  cure: Schema.String
}) {
  override get message() {
    return `${this.path}: ${this.problem}. ${this.cure}`
  }
}
