import { assert, describe, it } from "vitest"
import * as CsvText from "../../../../src/tasks/imageClassification/data/CsvText.ts"

const rows = (text: string) => {
  const parsed = CsvText.parse(text)
  return "rows" in parsed ? parsed.rows.map(({ line, fields }) => [line, ...fields]) : parsed
}

describe("CsvText", () => {
  it("reads fields with quotes, commas and line ends in them, and says on which line a row begins", () => {
    const text = '\uFEFFpath,label\r\n"a, b.png","c""d"\n\n"x\ny",2\rlast,\n'
    assert.deepStrictEqual(rows(text), [
      [1, "path", "label"],
      [2, "a, b.png", 'c"d'],
      [4, "x\ny", "2"],
      [6, "last", ""]
    ])
  })

  it("reads a last line without an end, and one that ends with a comma", () => {
    assert.deepStrictEqual(rows("a,b"), [[1, "a", "b"]])
    assert.deepStrictEqual(rows("a,"), [[1, "a", ""]])
    assert.deepStrictEqual(rows(""), [])
    assert.deepStrictEqual(rows("\n\n"), [])
  })

  it("says the line of a quote that is not closed, or that is followed by something", () => {
    assert.deepStrictEqual(rows('a\n"b\nc\n'), {
      line: 2,
      problem: "a quote is not closed, or something follows it"
    })
    assert.deepStrictEqual(rows('a\nb\n"c"d\n'), {
      line: 3,
      problem: "a quote is not closed, or something follows it"
    })
    assert.deepStrictEqual(rows('a"b"\n'), {
      line: 1,
      problem: "a quote is not closed, or something follows it"
    })
  })

  it("takes no longer for what never ends than for its length", () => {
    const parsed = CsvText.parse(`"${'""'.repeat(500_000)}`)
    assert.deepStrictEqual(parsed, { line: 1, problem: "a quote is not closed, or something follows it" })
  })

  it("quotes what needs it, so that it reads back", () => {
    for (const value of ["plain", "a,b", 'a"b', "a\nb", ""]) {
      assert.deepStrictEqual(rows(`${CsvText.quote(value)},x`), [[1, value, "x"]])
    }
    assert.strictEqual(CsvText.quote("plain"), "plain")
  })
})
