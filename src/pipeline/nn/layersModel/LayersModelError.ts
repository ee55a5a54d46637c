/** Why a model of tfjs-layers is refused. */
import * as Schema from "effect/Schema"

/** A model of tfjs-layers that cannot be trained here. */
export class LayersModelError extends Schema.TaggedError<LayersModelError>()("LayersModelError", {
  /** The name that it was to have. */
  model: Schema.String,
  problem: Schema.String,
  /** What to do. */
  cure: Schema.String
}) {
  override get message() {
    return `model ${this.model}: ${this.problem}. ${this.cure}`
  }
}
