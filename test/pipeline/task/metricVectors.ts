/** What scikit-learn computed, made by ../vectors/metrics.py. */
import { readFileSync } from "node:fs"
import * as Schema from "effect/Schema"

const Row = Schema.Array(Schema.Finite)
const ByClass = Schema.Struct({
  macro: Schema.Finite,
  micro: Schema.Finite,
  /** Null of a class that is neither among the labels nor among the predictions. */
  classes: Schema.Array(Schema.NullOr(Schema.Finite))
})

const Vectors = Schema.fromJsonString(
  Schema.Struct({
    made_by: Schema.String,
    classification: Schema.Array(
      Schema.Struct({
        name: Schema.String,
        classes: Schema.Int,
        labels: Row,
        /** Probabilities, row-major. */
        scores: Row,
        accuracy: Schema.Finite,
        confusion: Schema.Array(Row),
        auroc: Schema.Finite,
        precision: ByClass,
        recall: ByClass,
        f1: ByClass,
        topK: Schema.optional(Schema.Record(Schema.String, Schema.Finite)),
        perplexity: Schema.optional(Schema.Finite)
      })
    ),
    regression: Schema.Array(
      Schema.Struct({
        name: Schema.String,
        targets: Row,
        predictions: Row,
        mae: Schema.Finite,
        rmse: Schema.Finite,
        r2: Schema.Finite
      })
    )
  })
)

export const vectors = Schema.decodeUnknownSync(Vectors)(
  readFileSync(new URL("../vectors/metrics.json", import.meta.url), "utf8")
)
