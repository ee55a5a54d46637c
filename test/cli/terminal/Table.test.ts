import { assert, describe, it } from "@effect/vitest"
import * as Table from "../../../src/cli/terminal/Table.ts"
import * as Text from "../../../src/cli/terminal/Text.ts"

const columns = [
  { title: "id" },
  { title: "name", spare: 1 },
  { title: "steps", align: "right" as const, spare: 3 },
  { title: "score", align: "right" as const, spare: 2 }
]
const rows = [
  ["a1", "first", "10", "0.5"],
  ["b22", "the second", "2000", "0.25"]
].map((row) => row.map(Text.plain))

const shown = (width: number) => Table.lines(columns, rows, width).map((line) => Text.show(line, false))

describe("TerminalTable", () => {
  it("lines columns up, numbers to the right, without white space at the end of a line", () => {
    assert.deepStrictEqual(shown(Number.POSITIVE_INFINITY), [
      "id   name        steps  score",
      "a1   first          10    0.5",
      "b22  the second   2000   0.25"
    ])
  })

  it("keeps a row on one line, and its columns in place, whatever a cell holds", () => {
    const hostile = [Text.plain("a\nb\u001b[2K"), Text.plain("x")]
    assert.deepStrictEqual(
      Table.lines([{ title: "id" }, { title: "name" }], [hostile], 80).map((line) => Text.show(line, false)),
      ["id             name", "a\\nb\\u001b[2K  x"]
    )
  })

  it("gives spare columns up in a narrow window, the most spare first", () => {
    assert.deepStrictEqual(shown(28), [
      "id   name        score",
      "a1   first         0.5",
      "b22  the second   0.25"
    ])
    assert.deepStrictEqual(shown(15), ["id   name", "a1   first", "b22  the second"])
    assert.deepStrictEqual(shown(14), ["id", "a1", "b22"])
  })

  it("cuts what cannot be given up", () => {
    assert.deepStrictEqual(shown(2), ["i…", "a…", "b…"])
    for (let width = 1; width < 40; width++) {
      for (const line of shown(width)) assert.isAtMost([...line].length, width)
    }
  })
})
