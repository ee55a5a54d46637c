import { assert, describe, it } from "@effect/vitest"
import * as NumberText from "../../../src/config/node/NumberText.ts"
import * as Decimal from "../../../src/config/override/Decimal.ts"
import { generator } from "../../../src/config/override/Shuffle.ts"

// The texts are what Python's repr() gives for these numbers.
describe("NumberText.formatFloat", () => {
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
      assert.strictEqual(NumberText.formatFloat(number), text)
    })
  }

  it("reads back every double", () => {
    const random = generator(1)
    const view = new DataView(new ArrayBuffer(8))
    for (let times = 0; times < 5000; times++) {
      view.setUint32(0, random() * 2 ** 32)
      view.setUint32(4, random() * 2 ** 32)
      const number = view.getFloat64(0)
      const read =
        NumberText.parseFloat(NumberText.formatFloat(number)) ?? assert.fail(`${number} is not read`)
      assert.isTrue(Object.is(read, number), String(number))
    }
  })
})

describe("NumberText.parseInt", () => {
  it("reads what Python's int() reads, in ASCII digits", () => {
    assert.deepStrictEqual([" 10 ", "+7", "-0", "007", "1_000"].map(NumberText.parseInt), [10, 7, 0, 7, 1000])
    assert.strictEqual(NumberText.parseInt("-123456789012345678901"), -123456789012345678901n)
    const others = ["", "1.0", "1__0", "_1", "0x10", "1e3", "abc", "9".repeat(5000)]
    assert.deepStrictEqual(
      others.map(NumberText.parseInt),
      others.map(() => undefined)
    )
  })
})

describe("NumberText.parseFloat", () => {
  it("reads what Python's float() reads", () => {
    const texts = ["1", " 1.5 ", ".5", "1.", "1_0.5e-1_0", "Infinity", "-inf", "nan"]
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number
    assert.deepStrictEqual(texts.map(NumberText.parseFloat), [1, 1.5, 0.5, 1, 10.5e-10, inf, -inf, nan])
    const others = ["", ".", "e5", "1e", "1__0", "1._5", "0x10", "a"]
    assert.deepStrictEqual(
      others.map(NumberText.parseFloat),
      others.map(() => undefined)
    )
  })
})

describe("Decimal", () => {
  it("holds a double exactly", () => {
    assert.deepStrictEqual(Decimal.from(0.5), { coefficient: 4503599627370496n * 5n ** 53n, exponent: -53 })
    for (const number of [0.1, -3.75, 1e300, 5e-324, 0]) {
      assert.strictEqual(Decimal.toNumber(Decimal.from(number)), number)
    }
  })

  it("rounds sums to 28 digits, half to even", () => {
    const ulp = { coefficient: 5n, exponent: -28 }
    const even = Decimal.add({ coefficient: 1n, exponent: 0 }, ulp)
    assert.strictEqual(even.coefficient, 10n ** 27n)
    const odd = Decimal.add({ coefficient: 10n ** 27n + 1n, exponent: -27 }, ulp)
    assert.strictEqual(odd.coefficient, 10n ** 27n + 2n)
  })
})
