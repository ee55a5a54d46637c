/** A stage whose declaration and values do not fit together. */
import * as Schema from "effect/Schema"

export class StageRefused extends Schema.TaggedError<StageRefused>()("StageRefused", {
  stage: Schema.String,
  /** What does not fit. */
  part: Schema.Literals(["name", "input", "parameters", "output"]),
  problem: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `stage ${this.stage}, ${this.part}: ${this.problem}. ${this.cure}`
  }
}
