import { assert, describe, it } from "@effect/vitest"
import * as Decimal from "../../../src/config/override/Decimal.ts"

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
