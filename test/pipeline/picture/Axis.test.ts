import { assert, describe, it } from "@effect/vitest"
import * as Axis from "../../../src/pipeline/picture/Axis.ts"

const labels = (values: ReadonlyArray<number>, options = {}) => {
  const axis = Axis.make(values, options)
  return axis.ticks.map(axis.label).join(" ")
}

describe("an axis", () => {
  it("ends in round numbers about its values, and writes them with the decimals they need", () => {
    assert.strictEqual(labels([0, 9.6]), "0 2.5 5.0 7.5 10.0")
    assert.strictEqual(labels([0.1, 0.92], { from: 0, to: 1 }), "0 0.25 0.50 0.75 1.00")
    assert.strictEqual(labels([0, 0.002]), "0 0.0005 0.0010 0.0015 0.0020")
    assert.strictEqual(labels([-3, 3]), "-4 -2 0 2 4")
    assert.strictEqual(labels([0, 12_000]), "0 5k 10k 15k")
    assert.strictEqual(labels([0, 3e-6]), "0 1.0e-6 2.0e-6 3.0e-6")
  })

  it("has no fractions when its values are whole", () => {
    assert.strictEqual(labels([0, 1, 3], { whole: true, count: 5 }), "0 1 2 3")
  })

  it("holds one value, none, and what is not finite", () => {
    for (const values of [[5], [0], [], [Number.NaN, Number.POSITIVE_INFINITY]]) {
      const axis = Axis.make(values)
      assert.isBelow(axis.low, axis.high)
      assert.isAbove(axis.ticks.length, 1)
      for (const value of values.filter(Number.isFinite)) {
        assert.isTrue(Axis.part(axis, value) >= 0 && Axis.part(axis, value) <= 1)
      }
    }
  })
})
