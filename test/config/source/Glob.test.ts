import { assert, describe, it } from "@effect/vitest"
import * as Glob from "../../../src/config/source/Glob.ts"

describe("Glob.matches", () => {
  for (const [pattern, matching, others] of [
    ["*", ["", "a", "a.b"], []],
    ["a*", ["a", "abc"], ["ba", "A"]],
    ["*a*b", ["ab", "xaxbxb"], ["a", "ba", "abx"]],
    ["?", ["a", "é", "😀"], ["", "ab"]],
    ["[abc]", ["a", "c"], ["d", "ab", ""]],
    ["[!a-c]x", ["dx", "-x"], ["ax", "bx", "x"]],
    ["[]]", ["]"], ["[]]", "["]],
    ["[a-]", ["a", "-"], ["b"]],
    ["[abc", ["[abc"], ["a"]],
    ["v[0-9].*", ["v1.2"], ["v.2", "vx.2"]]
  ] as const) {
    it(`reads ${pattern}`, () => {
      for (const name of matching) assert.isTrue(Glob.matches(name, pattern), name)
      for (const name of others) assert.isFalse(Glob.matches(name, pattern), name)
    })
  }

  it("takes no exponential time on many stars", () => {
    assert.isFalse(Glob.matches("a".repeat(2000), `${"*a".repeat(200)}*b`))
  })
})

describe("Glob.filter", () => {
  it("keeps the order of the names and lets exclusion win", () => {
    assert.deepStrictEqual(Glob.filter(["c", "a", "b"], ["*"], ["b"]), ["c", "a"])
    assert.deepStrictEqual(Glob.filter(["a", "b"], [], []), [])
  })
})
