/** What PyTorch computed, made by vectors/optimizers.py. */
import { readFileSync } from "node:fs"
import * as Schema from "effect/Schema"

const Row = Schema.Array(Schema.Finite)
const Options = Schema.Record(Schema.String, Schema.Unknown)

const Vectors = Schema.fromJsonString(
  Schema.Struct({
    made_by: Schema.String,
    start: Row,
    gradients: Schema.Array(Row),
    optimizers: Schema.Array(
      Schema.Struct({ name: Schema.String, options: Options, weights: Schema.Record(Schema.String, Row) })
    ),
    schedules: Schema.Array(
      Schema.Struct({ name: Schema.String, options: Options, lr: Schema.Finite, rates: Row })
    ),
    plateau: Schema.Struct({ metrics: Row, options: Options, lr: Schema.Finite, rates: Row }),
    groups: Schema.Struct({ slow: Row, fast: Row }),
    averages: Schema.Struct({ ema: Row, swa: Row, rates: Schema.Struct({ cos: Row, linear: Row }) })
  })
)

export const vectors = Schema.decodeUnknownSync(Vectors)(
  readFileSync(new URL("./vectors/optimizers.json", import.meta.url), "utf8")
)

/** Largest difference, relative to the larger of the value and `floor`. */
export const difference = (
  seen: ReadonlyArray<number>,
  wanted: ReadonlyArray<number>,
  floor = 1e-3
): number =>
  Math.max(
    ...wanted.map((value, i) => Math.abs((seen[i] ?? Number.NaN) - value) / Math.max(Math.abs(value), floor))
  )
