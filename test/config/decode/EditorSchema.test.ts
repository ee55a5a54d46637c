import { Ajv2020 } from "ajv/dist/2020.js"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import * as EditorSchema from "../../../src/config/decode/EditorSchema.ts"

const Sgd = Schema.Struct({
  kind: Schema.tag("sgd"),
  lr: Schema.Finite.annotateKey({ description: "Learning rate." }),
  momentum: Schema.Finite.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0.9)))
})
const Adam = Schema.Struct({
  kind: Schema.tag("adam"),
  lr: Schema.Finite,
  betas: Schema.Tuple([Schema.Finite, Schema.Finite])
})

const Plan = Schema.Struct({
  seed: Schema.Int,
  name: Schema.optionalKey(Schema.String),
  mode: Schema.Literals(["fast", "exact"]),
  optimizer: Schema.Union([Sgd, Adam]),
  scales: Schema.Array(Schema.Finite),
  extra: Schema.Record(Schema.String, Schema.Int)
})

const accepts = (schema: EditorSchema.JsonSchema | undefined) => {
  assert.isDefined(schema)
  const validate = new Ajv2020({ strict: false }).compile(schema ?? {})
  return (value: unknown) => validate(value)
}

describe("EditorSchema.primary", () => {
  const schema = EditorSchema.primary(Plan, "a plan")
  const valid = accepts(schema)

  it("accepts parts of the plan, since other configs give the rest", () => {
    for (const value of [
      {},
      { seed: 1 },
      {
        defaults: ["_self_", { optimizer: "sgd" }, { data: null }, { x: ["a", "b"] }],
        hydra: { run: { dir: "x" } }
      },
      { optimizer: { kind: "sgd", momentum: 0 } },
      { optimizer: { lr: 1 }, scales: [1, 2], extra: { any: 1 } }
    ])
      assert.isTrue(valid(value), JSON.stringify(value))
  })

  it("accepts interpolations and ??? in the place of any value", () => {
    for (const value of [
      { seed: "${x}" },
      { seed: "???" },
      { mode: "${oc.env:MODE}" },
      { optimizer: { lr: "${lr}" }, scales: ["${a}", 1], extra: { k: "${n}" } }
    ])
      assert.isTrue(valid(value), JSON.stringify(value))
  })

  it("marks what is wrong", () => {
    for (const value of [
      { sede: 1 },
      { seed: "one" },
      { seed: 1.5 },
      { mode: "slow" },
      { optimizer: { kind: "lion" } },
      { optimizer: { kind: "sgd", betas: [0, 1] } },
      { scales: 3 },
      { extra: { k: "x" } },
      { defaults: "x" },
      { defaults: [{ a: 1 }] }
    ])
      assert.isFalse(valid(value), JSON.stringify(value))
  })

  it("carries the sentences and the defaults of the Schemas", () => {
    const text = JSON.stringify(schema)
    assert.include(text, '"description":"Learning rate."')
    assert.include(text, '"default":0.9')
  })
})

describe("EditorSchema.option", () => {
  it("is about the part of the plan that the option goes to", () => {
    const valid = accepts(EditorSchema.option(Plan, "optimizer", "an optimizer"))
    assert.isTrue(valid({ kind: "adam", betas: [0.9, "${b}"], defaults: ["base"] }))
    assert.isFalse(valid({ seed: 1 }))
    assert.isFalse(valid({ kind: "adam", momentum: 1 }))
  })

  it("is the whole plan for a config of the root", () => {
    assert.isTrue(accepts(EditorSchema.option(Plan, "", "an experiment"))({ seed: 1, optimizer: { lr: 1 } }))
  })

  it("does not exist where the plan has no such part", () => {
    assert.isUndefined(EditorSchema.option(Plan, "schedule", "a schedule"))
    assert.isUndefined(EditorSchema.option(Plan, "optimizer.nope", "nothing"))
  })

  it("does not exist where the plan has a list, which no file can be", () => {
    assert.isUndefined(EditorSchema.option(Plan, "scales", "scales"))
  })
})
