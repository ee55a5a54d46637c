/** What `test/reference/layers.py` made with PyTorch. */
import { readFileSync } from "node:fs"
import { Schema } from "effect"

const Numbers = Schema.Array(Schema.Number)

const Reference = Schema.Struct({
  input: Numbers,
  /** Between what the inputs lie. */
  span: Schema.Tuple([Schema.Number, Schema.Number]),
  shape: Numbers,
  output: Numbers,
  /** By the input, of the outputs weighted by a series. */
  gradient: Numbers,
  /** Those without gradient are statistics. */
  parameters: Schema.Record(
    Schema.String,
    Schema.Struct({ shape: Numbers, gradient: Schema.optionalKey(Numbers) })
  ),
  /** After the pass. */
  statistics: Schema.Record(Schema.String, Numbers)
})

export type Reference = typeof Reference.Type

const File = Schema.Struct({
  made_by: Schema.String,
  /** Of the values of a filter `[3, 3, 32, 48]`. */
  initialisers: Schema.Record(
    Schema.String,
    Schema.Struct({ deviation: Schema.Number, largest: Schema.Number })
  ),
  /** Fan-in and fan-out. */
  fans: Schema.Record(Schema.String, Schema.Tuple([Schema.Number, Schema.Number])),
  cases: Schema.Record(Schema.String, Reference)
})

export const references = Schema.decodeUnknownSync(Schema.fromJsonString(File))(
  readFileSync(new URL("../../../reference/layers.json", import.meta.url), "utf8")
)
