import { assert, describe, it } from "@effect/vitest"
import sharp from "sharp"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import { degrade } from "../../../../src/tasks/textDetection/synthetic/photo/Compression.ts"

const SIDE = 64

/** Strokes and noise: every block is busy. */
const drawing = (): Float32Array => {
  const random = Random.make(3)
  return Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [x, y] = [at % SIDE, Math.floor(at / SIDE)]
    return Math.round(Math.min(255, ((x + 2 * y) % 11 < 4 ? 30 : 215) + random.between(-25, 25)))
  })
}

const byLibjpeg = async (grey: Float32Array, quality: number): Promise<Uint8Array> => {
  const raw = { width: SIDE, height: SIDE, channels: 1 } as const
  const jpeg = await sharp(Uint8Array.from(grey), { raw })
    .toColourspace("b-w")
    .jpeg({ quality, trellisQuantisation: false, overshootDeringing: false, quantisationTable: 0 })
    .toBuffer()
  return sharp(jpeg).toColourspace("b-w").raw().toBuffer()
}

describe("compression", () => {
  it.each([20, 50, 80])("gives the pixels that libjpeg gives at quality %i", async (quality) => {
    const grey = drawing()
    const reference = await byLibjpeg(grey, quality)
    const before = grey.slice()
    degrade(grey, SIDE, SIDE, quality)
    const off = Array.from(grey, (value, i) =>
      Math.abs(Math.max(0, Math.min(255, value)) - (reference[i] ?? Number.NaN))
    )
    // libjpeg computes in whole numbers, and a coefficient that lies between two steps may fall either way.
    assert.isBelow(off.reduce((sum, value) => sum + value, 0) / off.length, 1)
    const changed = grey.reduce((sum, value, i) => sum + Math.abs(value - (before[i] ?? 0)), 0) / grey.length
    assert.isAbove(changed, 3)
  })

  it("leaves quiet paper, and what is no whole block, alone", () => {
    const grey = Float32Array.from({ length: 20 * 20 }, (_, at) =>
      at % 20 < 10 ? 200 + (at % 3) : (at * 37) % 255
    )
    const before = grey.slice()
    degrade(grey, 20, 20, 20)
    for (let at = 0; at < grey.length; at++) {
      const [x, y] = [at % 20, Math.floor(at / 20)]
      if (x < 8 || x >= 16 || y >= 16) assert.strictEqual(grey[at], before[at])
    }
    assert.notDeepEqual(grey, before)
  })
})
