import { assert, describe, it } from "@effect/vitest"
import * as Python from "../../../src/config/node/Python.ts"
import { generator } from "../../../src/config/override/Shuffle.ts"

// The texts are what Python's repr() gives for these numbers.
describe("Python.floatText", () => {
  for (const [number, text] of [
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [0.1, "0.1"],
    [1e-4, "0.0001"],
    [1e-5, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [123456789012345680, "1.2345678901234568e+17"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1e100, "1e+100"],
    [5e-324, "5e-324"],
    [-2.5, "-2.5"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NEGATIVE_INFINITY, "-inf"],
    [Number.NaN, "nan"]
  ] as const) {
    it(`writes ${text}`, () => {
      assert.strictEqual(Python.floatText(number), text)
    })
  }

  it("reads back every double", () => {
    const random = generator(1)
    const view = new DataView(new ArrayBuffer(8))
    for (let times = 0; times < 5000; times++) {
      view.setUint32(0, random() * 2 ** 32)
      view.setUint32(4, random() * 2 ** 32)
      const number = view.getFloat64(0)
      const read = Python.parseFloat(Python.floatText(number)) ?? assert.fail(`${number} is not read`)
      assert.isTrue(Object.is(read, number), String(number))
    }
  })
})

describe("Python.parseInt", () => {
  it("reads what Python's int() reads", () => {
    const texts = [" 10 ", "+7", "-0", "007", "1_000", "\u0663", "\u001f5\u2003"]
    assert.deepStrictEqual(texts.map(Python.parseInt), [10n, 7n, 0n, 7n, 1000n, 3n, 5n])
    assert.strictEqual(Python.parseInt("-123456789012345678901"), -123456789012345678901n)
    const others = ["", "1.0", "1__0", "_1", "0x10", "1e3", "abc", "\ufeff1", "9".repeat(5000)]
    assert.deepStrictEqual(
      others.map(Python.parseInt),
      others.map(() => undefined)
    )
  })
})

describe("Python.parseFloat", () => {
  it("reads what Python's float() reads", () => {
    const texts = ["1", " 1.5 ", ".5", "1.", "1_0.5e-1_0", "Infinity", "-inf", "nan"]
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number
    assert.deepStrictEqual(texts.map(Python.parseFloat), [1, 1.5, 0.5, 1, 10.5e-10, inf, -inf, nan])
    const others = ["", ".", "e5", "1e", "1__0", "1._5", "0x10", "a"]
    assert.deepStrictEqual(
      others.map(Python.parseFloat),
      others.map(() => undefined)
    )
  })
})
