import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Convert from "../../../src/config/node/Convert.ts"
import type { Node } from "../../../src/config/node/Node.ts"
import { Source } from "../../../src/config/node/Source.ts"
import * as Type from "../../../src/config/node/Type.ts"
import * as YamlWriter from "../../../src/config/yaml/Writer.ts"
import * as Yaml from "../../../src/config/yaml/Yaml.ts"

const color = Type.enumeration("Color", [
  ["RED", 1n],
  ["GREEN", 2n]
])
const point = Type.struct("Point", { x: Type.int, y: Type.optional(Type.int) })

const refused = undefined

/** A field's type, a value as YAML, and what the field then holds as YAML; `refused` where OmegaConf raises. */
const cases: ReadonlyArray<readonly [type: Type.Type, value: string, result: string | undefined]> = [
  [Type.int, "1", "1"],
  [Type.int, "'1'", "1"],
  [Type.int, "'0x1F'", refused],
  [Type.int, "1.0", refused],
  [Type.int, "true", refused],
  [Type.int, "null", refused],
  [Type.int, "???", "???"],
  [Type.int, "'${a}'", "${a}"],
  [Type.int, "[1]", refused],
  [Type.float, "1", "1.0"],
  [Type.float, "'1e-3'", "0.001"],
  [Type.float, "'inf'", ".inf"],
  [Type.float, "fast", refused],
  [Type.float, "true", refused],
  [Type.bool, "'on'", "true"],
  [Type.bool, "'NO'", "false"],
  [Type.bool, "1", "true"],
  [Type.bool, "0", "false"],
  [Type.bool, "2", "true"],
  [Type.bool, "maybe", refused],
  [Type.bool, "1.0", refused],
  [Type.str, "1", "'1'"],
  [Type.str, "1.50", "'1.5'"],
  [Type.str, "true", "'True'"],
  [Type.str, "[a]", refused],
  [Type.optional(Type.str), "null", "null"],
  [color, "GREEN", "GREEN"],
  [color, "1", "RED"],
  [color, "Color.RED", "RED"],
  [color, "BLUE", refused],
  [color, "3", refused],
  [Type.list(Type.int), "['1', 2]", "- 1\n- 2"],
  [Type.list(Type.int), "[1, x]", refused],
  [Type.list(Type.int), "{a: 1}", refused],
  [Type.list(Type.optional(Type.int)), "[null]", "- null"],
  [Type.dict(Type.str, Type.float), "{a: 1}", "a: 1.0"],
  [Type.dict(Type.str, Type.float), "{1: 1}", refused],
  [Type.dict(Type.int, Type.any), "{1: x}", "1: x"],
  [Type.dict(Type.str, Type.list(Type.int)), "{a: ['3']}", "a:\n- 3"],
  [Type.union("int", "str"), "1", "1"],
  [Type.union("int", "str"), "'1'", "'1'"],
  [Type.union("int", "str"), "1.5", refused],
  [Type.union("int", "float"), "true", refused],
  [point, "{x: '3', y: null}", "x: 3\n'y': null"],
  [point, "{x: 1, z: 2}", refused],
  [point, "{x: null}", refused]
]

const read = (text: string) => Effect.map(Yaml.parse(new Source("t.yaml", `v: ${text}\n`)), childOf)
const childOf = (node: Node | undefined): Node | undefined =>
  node?._tag === "Map" ? node.entries.get("v") : undefined

describe("Convert.convert", () => {
  for (const [type, text, result] of cases) {
    it.effect(`${Type.show(type)}: ${text}`, () =>
      Effect.gen(function* () {
        const node = yield* read(text)
        const refusals: Array<string> = []
        const converted = node && Convert.convert(node, type, "v", ({ problem }) => refusals.push(problem))
        if (result === refused) assert.isNotEmpty(refusals)
        else {
          assert.deepStrictEqual(refusals, [])
          assert.strictEqual(converted && YamlWriter.write(converted), `${result}\n`)
        }
      })
    )
  }

  it.effect("reports every problem with its key", () =>
    Effect.gen(function* () {
      const type = Type.dict(Type.str, Type.list(point))
      const node = yield* read("{a: [{x: 1}, {x: q}], b: [{x: 1, zz: 2}, 3]}")
      const refusals: Array<string> = []
      if (node !== undefined) Convert.convert(node, type, "v", ({ key }) => refusals.push(key))
      assert.deepStrictEqual(refusals, ["v.a[1].x", "v.b[0].zz", "v.b[1]"])
    })
  )
})
