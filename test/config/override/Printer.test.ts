import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Override from "../../../src/config/override/Override.ts"
import * as Printer from "../../../src/config/override/Printer.ts"
import * as Fuzz from "../Fuzz.ts"
import * as FuzzText from "../FuzzText.ts"

const parse = (text: string) => {
  const result = Override.parse(`key=${text}`, 0)
  return Result.isSuccess(result) && result.success.value !== undefined
    ? result.success.value
    : assert.fail(`${text} is no value`)
}

describe("OverridePrinter.print", () => {
  for (const [written, printed] of [
    ["str(10)", "'10'"],
    ["str(null_)", "null_"],
    ["choice('x;y')", "choice('x;y')"],
    ["[ a b , True ]", "[a\\ b,true]"],
    ["'it\\'s'", "'it\\'s'"],
    ["str('\\\\')", "\\\\"],
    ["tag(t,shuffle(1,2))", "tag('t',shuffle(1,2))"],
    ["int(interval(1,2))", "int(interval(1,2))"],
    ["shuffle()", "shuffle()"]
  ] as const) {
    it(`writes ${written} so that it reads back`, () => {
      assert.strictEqual(Printer.print(parse(written)), printed)
    })
  }

  it("gives back every value that the grammar makes", () => {
    const next = FuzzText.values(11)
    let values = 0
    for (let times = 0; times < 6000; times++) {
      const text = next()
      const result = Override.parse(`key=${text}`, 0)
      if (Result.isFailure(result) || result.success.value === undefined) continue
      values++
      assert.strictEqual(Fuzz.printsBack(result.success.value), undefined, text)
    }
    assert.isAbove(values, 2500)
  })
})

describe("OverridePrinter.toHydraText", () => {
  it("writes the text of Hydra's jobs, which need not read back", () => {
    assert.strictEqual(Printer.toHydraText(parse("str(10)")), "10")
    assert.strictEqual(Printer.toHydraText(parse("{a: [True, null], c d: 1}")), "{a:[True,null],c\\ d:1}")
  })
})

describe("OverridePrinter.quote", () => {
  it("doubles backslashes only before a quote and at the end", () => {
    assert.strictEqual(Printer.quote("a\\b\\'c\\", "single"), "'a\\b\\\\\\'c\\\\'")
    assert.strictEqual(Printer.quote('"', "double"), '"\\""')
  })
})
