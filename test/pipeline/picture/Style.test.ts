import { assert, describe, it } from "@effect/vitest"
import * as Style from "../../../src/pipeline/picture/Style.ts"

describe("what figures write", () => {
  it("are numbers that can be read", () => {
    const written = [0, 7, 1234, 1234567, -2469.4, 0.123456, 99.96, 12.345, 1e-7, 3e12, Number.NaN]
    assert.deepStrictEqual(written.map(Style.numberText), [
      "0",
      "7",
      "1,234",
      "1,234,567",
      "-2,469",
      "0.123",
      "100",
      "12.3",
      "1.00e-7",
      "3.00e+12",
      "–"
    ])
  })

  it("are percents of which only a whole says 100 and only nothing 0", () => {
    assert.deepStrictEqual(
      [0, 0.0001, 0.5, 0.9999, 1].map((part) => Style.percent(part)),
      ["0%", "1%", "50%", "99%", "100%"]
    )
    assert.deepStrictEqual(
      [0.00001, 0.99999].map((part) => Style.percent(part, 1)),
      ["0.1%", "99.9%"]
    )
  })

  it("are counts with their noun", () => {
    assert.deepStrictEqual(
      [0, 1, 2048].map((count) => Style.counted(count, "sample")),
      ["0 samples", "1 sample", "2,048 samples"]
    )
  })

  it("have colours between two", () => {
    assert.deepStrictEqual(
      [0, 0.5, 1].map((strength) => Style.between("#ffffff", "#0010ff", strength)),
      ["#ffffff", "#8088ff", "#0010ff"]
    )
  })
})
