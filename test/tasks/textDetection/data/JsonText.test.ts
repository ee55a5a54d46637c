import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { offsets, places, walk } from "../../../../src/tasks/textDetection/data/JsonText.ts"

const at = (text: string) => {
  const problem = walk(text, {})
  return problem === undefined ? undefined : { ...places(text)(problem.offset), problem: problem.problem }
}

const accepted = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe("a JSON text", () => {
  it("reports where it breaks, and what is expected there", () => {
    assert.deepStrictEqual(at('{"a": 1,\n "b": }'), {
      line: 2,
      column: 7,
      problem: '"}" stands where a value is expected'
    })
    assert.deepStrictEqual(at('{"a": NaN}'), {
      line: 1,
      column: 7,
      problem: '"NaN" stands where a value is expected'
    })
    assert.match(at("[1, 2")?.problem ?? "", /the text ends where a comma or "]"/)
    assert.match(at("{a: 1}")?.problem ?? "", /"a" stands where a key in double quotes/)
    assert.match(at('{"a" 1}')?.problem ?? "", /where a colon/)
    assert.match(at("[1] 2")?.problem ?? "", /where the end of the text is expected/)
    assert.match(at("[".repeat(5000))?.problem ?? "", /more than 200 levels/)
  })

  it("finds the place of a path, or of the nearest thing above it", () => {
    const text = '{"images": {\n  "a.jpg": {"words": {"1": {"points": [[1, 2], [3, 4]]}}}}}'
    const paths = [
      ["images", "a.jpg"],
      ["images", "a.jpg", "words", "1", "points", 1, 0],
      ["images", "b"],
      []
    ]
    const found = offsets(text, paths).map((offset) => text.slice(offset, offset + 3))
    assert.deepStrictEqual(found, ['{"w', "3, ", "{\n ", '{"i'])
  })

  it("reports a key that appears twice, escapes read", () => {
    const seen: Array<string> = []
    walk('{"a": 1, "b": {"a": 2}, "\\u0061": 3}', { duplicate: (path) => seen.push(path.join("/")) })
    assert.deepStrictEqual(seen, ["a"])
  })

  it.effect.prop(
    "is accepted exactly when JSON.parse accepts it, however it is cut",
    [Schema.Json, Schema.Int],
    ([value, cut]) =>
      Effect.sync(() => {
        const text = JSON.stringify(value, null, Math.abs(cut) % 3)
        assert.isUndefined(walk(text, {}))
        const broken =
          text.slice(0, Math.abs(cut) % (text.length + 1)) +
          text.slice((Math.abs(cut) % (text.length + 1)) + 1)
        assert.strictEqual(walk(broken, {}) === undefined, accepted(broken), broken)
      })
  )
})
