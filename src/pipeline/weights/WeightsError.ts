/** Why a model cannot begin with the weights of a file. */
import * as Schema from "effect/Schema"
import { PathError } from "../../internal/PathError.ts"

/** The weights cannot be found or read, or do not say what they are. */
export class WeightsError extends PathError.extend<WeightsError>("WeightsError")({
  _tag: Schema.tag("WeightsError")
}) {}

/** The overrides that name the file and say more of it: the short form, `model.weights=<path>`, has no keys. */
export const withKey = (path: string, key: string): string => `model.weights.path=${path} ${key}`

const Shape = Schema.Array(Schema.Int)

/** Weights that have other shapes than the model's, every one of them. */
export class WeightsMismatch extends Schema.TaggedError<WeightsMismatch>()("WeightsMismatch", {
  path: Schema.String,
  model: Schema.String,
  /** Shapes in the file and in the model, both as they lie here. */
  mismatches: Schema.Array(Schema.Struct({ name: Schema.String, found: Shape, wanted: Shape }))
}) {
  override get message() {
    const list = this.mismatches.map(
      ({ name, found, wanted }) => `  ${name}: [${found.join(", ")}] instead of [${wanted.join(", ")}]`
    )
    return [
      `${this.path} has weights of other shapes than ${this.model}:`,
      ...list,
      `Use ${withKey(this.path, "model.weights.mismatch=skip")} to leave these at their first values, or choose the model that the weights are of.`
    ].join("\n")
  }
}

/** A file of which nothing fits the model. */
export class WeightsForeign extends Schema.TaggedError<WeightsForeign>()("WeightsForeign", {
  path: Schema.String,
  model: Schema.String,
  /** Names in the file beside the model's that are nearest to them. */
  nearest: Schema.Array(Schema.Struct({ found: Schema.String, wanted: Schema.NullOr(Schema.String) })),
  cure: Schema.String
}) {
  override get message() {
    const list = this.nearest.map(({ found, wanted }) =>
      wanted === null ? `  ${found}` : `  ${found}, where the model has ${wanted}`
    )
    return [`nothing in ${this.path} fits ${this.model}. It has:`, ...list, this.cure].join("\n")
  }
}
