import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as SchemaKeys from "../../../src/config/decode/SchemaKeys.ts"

const Plan = Schema.Struct({
  mode: Schema.Literals(["min", "max"]),
  limit: Schema.NullOr(Schema.Union([Schema.Literal(-1), Schema.Int])),
  optimizer: Schema.Union([
    Schema.Struct({ kind: Schema.tag("adam"), amsgrad: Schema.Boolean }),
    Schema.Struct({ kind: Schema.tag("sgd") })
  ])
})

const valuesAt = (key: string) => SchemaKeys.valuesAt(Plan.ast, key.split("."))

describe("SchemaKeys", () => {
  it("counts the values of a key: literals, booleans, null, over the members of a union", () => {
    assert.deepStrictEqual(valuesAt("mode"), ["min", "max"])
    assert.deepStrictEqual(valuesAt("limit"), ["-1", "null"])
    assert.deepStrictEqual(valuesAt("optimizer.kind"), ["adam", "sgd"])
    assert.deepStrictEqual(valuesAt("optimizer.amsgrad"), ["true", "false"])
  })

  it("has none for a mapping, a key below a value, and a key that is not there", () => {
    for (const key of ["optimizer", "mode.x", "lr"]) assert.deepStrictEqual(valuesAt(key), [])
  })
})
