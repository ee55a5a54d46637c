import { assert, describe, it } from "@effect/vitest"
import * as Shrink from "../../../src/pipeline/picture/Shrink.ts"

describe("Shrink", () => {
  it("takes means of whole squares, and leaves a picture that is small enough alone", () => {
    const image = { width: 4, height: 2, rgb: Uint8Array.from({ length: 24 }, (_, i) => i) }
    assert.strictEqual(Shrink.by(image, Shrink.factorFor(image, 4)), image)
    assert.strictEqual(Shrink.factorFor({ width: 641, height: 10 }, 640), 2)
    const half = Shrink.by(image, 2)
    assert.deepStrictEqual([half.width, half.height], [2, 1])
    // (0 + 3 + 12 + 15) / 4, and so on for each channel.
    assert.deepStrictEqual([...half.rgb], [8, 9, 10, 14, 15, 16])
  })
})
