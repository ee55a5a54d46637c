import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Config from "../../../src/config/Config.ts"
import * as Plain from "../../../src/config/node/Plain.ts"
import { Source } from "../../../src/config/node/Source.ts"
import * as Yaml from "../../../src/config/yaml/Yaml.ts"

/** What `OmegaConf.to_yaml` prints of `{"k": value}`. */
const printed: ReadonlyArray<readonly [value: Plain.Input, text: string]> = [
  [1, "1"],
  [1.5, "1.5"],
  [1e-5, "1.0e-05"],
  [1e22, "10000000000000000000000"],
  [123456789012345678n, "123456789012345678"],
  [Number.NaN, ".nan"],
  [-Infinity, "-.inf"],
  [true, "true"],
  [null, "null"],
  ["text", "text"],
  ["", "''"],
  ["yes", "'yes'"],
  ["y", "'y'"],
  ["No", "'No'"],
  ["null", "'null'"],
  ["~", "'~'"],
  ["12", "'12'"],
  ["1_000", "'1_000'"],
  ["1e5", "'1e5'"],
  ["1:30", "'1:30'"],
  ["inf", "'inf'"],
  ["2024-01-02", "'2024-01-02'"],
  ["0x1F", "'0x1F'"],
  ["=", "'='"],
  ["a: b", "'a: b'"],
  ["a #b", "'a #b'"],
  ["- a", "'- a'"],
  ["[x", "'[x'"],
  ["${a}", "${a}"],
  ["???", "???"],
  ["it's", "it's"],
  [" padded ", "' padded '"],
  ["line\nbreak", '"line\n\n  break"'.replaceAll('"', "'")],
  ["tab\there", '"tab\\there"'],
  ["é", "é"],
  ["\u0007", '"\\a"'],
  [[], "[]"],
  [{}, "{}"]
]

describe("Config.toYaml", () => {
  for (const [value, text] of printed) {
    it(`writes ${text}`, () => {
      assert.strictEqual(Config.toYaml({ k: value }), `k: ${text}\n`)
    })
  }

  it("writes collections in block style", () => {
    const value = { list: [1, [2, 3], { a: 1, b: [] }], map: { inner: { deep: null } } }
    assert.strictEqual(
      Config.toYaml(value),
      "list:\n- 1\n- - 2\n  - 3\n- a: 1\n  b: []\nmap:\n  inner:\n    deep: null\n"
    )
  })

  it("folds long text at spaces past column 80", () => {
    const text = Array.from({ length: 30 }, (_, i) => `word${i}`).join(" ")
    const lines = Config.toYaml({ key: text }).split("\n")
    assert.lengthOf(lines, 4)
    assert.strictEqual(
      lines[0],
      "key: word0 word1 word2 word3 word4 word5 word6 word7 word8 word9 word10 word11 word12"
    )
    assert.isTrue(lines[1]?.startsWith("  word13 "))
  })

  it("writes keys like values", () => {
    assert.strictEqual(
      Config.toYaml({ yes: 1, "12": 2, "a b": 3, "": 4, "x: y": 5 }),
      "'12': 2\n'yes': 1\na b: 3\n? ''\n: 4\n'x: y': 5\n"
    )
  })

  it.effect("is read back as the same value", () =>
    Effect.gen(function* () {
      for (const [value] of printed) {
        const text = Config.toYaml({ k: value })
        const node = yield* Yaml.parse(new Source("t.yaml", text))
        const origin = { _tag: "Computed", by: "a test" } as const
        assert.deepStrictEqual(
          node === undefined ? undefined : Plain.fromNode(node),
          Plain.fromNode(Plain.toNode({ k: value }, origin)),
          text
        )
      }
    })
  )
})
