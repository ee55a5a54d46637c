import { assert, describe, it } from "vitest"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import * as Augment from "../../../../src/tasks/imageClassification/data/Augment.ts"
import type { Pixels } from "../../../../src/tasks/imageClassification/data/Pixels.ts"

const options: Augment.AugmentOptions = {
  shift: 0.1,
  rotate: 10,
  scale: [0.9, 1.1],
  flip: 0.5,
  brightness: 0.1,
  contrast: 0.2,
  erase: 0.5,
  erase_area: [0.02, 0.2],
  mixup: 0
}

const input = (width: number, height: number, more: Partial<Augment.Input> = {}): Augment.Input => ({
  width,
  height,
  channels: 1,
  mean: [0],
  std: [1 / 255],
  fit: "crop",
  ...more
})

/** Grey, by rows. */
const picture = (rows: ReadonlyArray<ReadonlyArray<number>>): Pixels => ({
  width: rows[0]?.length ?? 0,
  height: rows.length,
  channels: 1,
  data: Uint8Array.from(rows.flat())
})

/** What the net sees, in 0..255 and rounded, by rows. */
const seen = (from: Pixels, to: Augment.Input, change: Partial<Augment.Change> = {}) => {
  const into = new Float32Array(to.width * to.height * to.channels)
  Augment.write(into, from, to, { ...Augment.none, ...change })
  const row = to.width * to.channels
  return Array.from({ length: to.height }, (_, y) =>
    [...into.subarray(y * row, (y + 1) * row)].map((value) => Math.round(value * 1000) / 1000)
  )
}

const three = picture([
  [10, 20, 30],
  [40, 50, 60],
  [70, 80, 90]
])

describe("Augment", () => {
  it("leaves a picture of the input's size as it is, exactly", () => {
    const random = Random.make(1)
    const data = Uint8Array.from({ length: 28 * 28 }, () => random.int(256))
    const to = input(28, 28, { mean: [0.1307], std: [0.3081] })
    const into = new Float32Array(data.length)
    Augment.write(into, { width: 28, height: 28, channels: 1, data }, to, Augment.none)
    for (const [i, value] of data.entries()) {
      assert.strictEqual(into[i], Math.fround((value / 255 - 0.1307) / 0.3081))
    }
    assert.deepStrictEqual([...Augment.toBytes(into, to)], [...data])
  })

  it("shifts, flips, turns and scales about the middle; edges go on", () => {
    assert.deepStrictEqual(seen(three, input(3, 3), { x: 1 }), [
      [10, 10, 20],
      [40, 40, 50],
      [70, 70, 80]
    ])
    assert.deepStrictEqual(seen(three, input(3, 3), { y: -1 })[0], [40, 50, 60])
    assert.deepStrictEqual(seen(three, input(3, 3), { flip: true }), [
      [30, 20, 10],
      [60, 50, 40],
      [90, 80, 70]
    ])
    // A quarter clockwise: what was at the left is at the top.
    assert.deepStrictEqual(seen(three, input(3, 3), { angle: Math.PI / 2 }), [
      [70, 40, 10],
      [80, 50, 20],
      [90, 60, 30]
    ])
    assert.deepStrictEqual(seen(three, input(3, 3), { scale: 2 }), [
      [30, 35, 40],
      [45, 50, 55],
      [60, 65, 70]
    ])
  })

  it("moves the flipped picture, not what is flipped", () => {
    assert.deepStrictEqual(seen(three, input(3, 3), { flip: true, x: 1 })[0], [30, 30, 20])
  })

  it("keeps the middle of another shape, or all of it stretched", () => {
    const wide = picture([
      [1, 2, 3, 4],
      [5, 6, 7, 8]
    ])
    assert.deepStrictEqual(seen(wide, input(2, 2)), [
      [2, 3],
      [6, 7]
    ])
    assert.deepStrictEqual(seen(wide, input(2, 2, { fit: "stretch" })), [
      [1.5, 3.5],
      [5.5, 7.5]
    ])
  })

  it("changes tones about the middle grey and keeps them between black and white", () => {
    const [[dark = 0, light = 0] = []] = seen(picture([[0, 255]]), input(2, 1), { contrast: 0.5 })
    assert.closeTo(dark, 63.75, 1e-3)
    assert.closeTo(light, 191.25, 1e-3)
    assert.deepStrictEqual(seen(picture([[0, 255]]), input(2, 1), { brightness: 0.2 }), [[51, 255]])
  })

  it("normalises each channel by its own numbers, and gives grey to all of them", () => {
    const colours = { channels: 3, mean: [0, 0.5, 1], std: [1, 0.5, 2] } as const
    const one: Pixels = { width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 255, 255) }
    assert.deepStrictEqual(seen(one, input(1, 1, colours)), [[1, 1, 0]])
    assert.deepStrictEqual(seen(picture([[255]]), input(1, 1, colours)), [[1, 1, 0]])
  })

  it("erases to the mean", () => {
    const erased = { left: 1, top: 0, right: 3, bottom: 2 }
    assert.deepStrictEqual(seen(three, input(3, 3, { mean: [0.5] }), { erased }), [
      [-117.5, 0, 0],
      [-87.5, 0, 0],
      [-57.5, -47.5, -37.5]
    ])
  })

  it("draws within the bounds, and each option without a say in the others", () => {
    const to = input(20, 10)
    for (let i = 0; i < 500; i++) {
      const one = Augment.draw(Random.make(i), options, to)
      assert.isAtMost(Math.abs(one.x), 2)
      assert.isAtMost(Math.abs(one.y), 1)
      assert.isAtMost(Math.abs(one.angle), (10 * Math.PI) / 180)
      assert.isTrue(one.scale >= 0.9 - 1e-12 && one.scale <= 1.1 + 1e-12)
      assert.isTrue(one.contrast >= 1 / 1.2 - 1e-12 && one.contrast <= 1.2 + 1e-12)
      const box = one.erased ?? { left: 0, top: 0, right: 0, bottom: 0 }
      assert.isTrue(box.left >= 0 && box.top >= 0 && box.right <= 20 && box.bottom <= 10)
      const other = Augment.draw(Random.make(i), { ...options, shift: 0, flip: 0, erase: 0 }, to)
      assert.deepStrictEqual(
        [other.angle, other.scale, other.brightness, other.contrast],
        [one.angle, one.scale, one.brightness, one.contrast]
      )
    }
  })

  it("changes nothing by its defaults", () => {
    const off = {
      ...options,
      shift: 0,
      rotate: 0,
      scale: [1, 1],
      flip: 0,
      brightness: 0,
      contrast: 0,
      erase: 0
    } as const
    const drawn = Augment.draw(Random.make(3), off, input(28, 28))
    assert.deepStrictEqual(seen(three, input(3, 3), drawn), seen(three, input(3, 3)))
  })

  it("draws mixtures from Beta(alpha, alpha): mean 1/2, variance 1 / (4 (2 alpha + 1))", () => {
    for (const alpha of [0.2, 0.9]) {
      const random = Random.make(5, alpha)
      const parts = Array.from({ length: 20_000 }, () => Augment.drawPart(random, alpha))
      const mean = parts.reduce((sum, part) => sum + part, 0) / parts.length
      const variance = parts.reduce((sum, part) => sum + (part - mean) ** 2, 0) / parts.length
      assert.closeTo(mean, 0.5, 0.01)
      assert.closeTo(variance, 1 / (4 * (2 * alpha + 1)), 0.005)
      assert.isTrue(parts.every((part) => part >= 0 && part <= 1))
    }
  })
})
