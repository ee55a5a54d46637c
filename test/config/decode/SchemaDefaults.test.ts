import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import * as SchemaDefaults from "../../../src/config/decode/SchemaDefaults.ts"

const field = <S extends Schema.Top>(schema: S, value: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value)))

const fields = {
  size: field(Schema.Int, 3),
  name: Schema.String,
  widths: field(Schema.Array(Schema.Int), [1, 2]),
  resume: field(Schema.NullOr(Schema.String), null),
  data: Schema.Struct({ root: Schema.String, batch: field(Schema.Int, 8) }),
  model: field(Schema.Struct({ hidden: field(Schema.Int, 16) }), {}),
  net: field(
    Schema.Union([
      Schema.Struct({ kind: Schema.tag("small"), width: field(Schema.Int, 4) }),
      Schema.Struct({ kind: Schema.tag("large"), depth: field(Schema.Int, 9) })
    ]),
    { kind: "small" }
  )
}

describe("the defaults of a Schema as a config", () => {
  it("are all of its keys, and ??? where a value has to be given", () => {
    assert.deepStrictEqual(SchemaDefaults.of(fields), {
      size: 3,
      name: "???",
      widths: [1, 2],
      resume: null,
      data: { root: "???", batch: 8 },
      model: { hidden: 16 },
      net: { kind: "small", width: 4 }
    })
  })

  it("lack, beneath other configs, what has several forms: keys of one would stay beside those of another", () => {
    const { net, ...others } = SchemaDefaults.of(fields)
    assert.isDefined(net)
    assert.deepStrictEqual(SchemaDefaults.beneath(fields), others)
  })
})
