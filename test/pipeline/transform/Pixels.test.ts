import { assert, describe, it } from "@effect/vitest"
import sharp from "sharp"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import * as Blur from "../../../src/pipeline/transform/kinds/Blur.ts"
import * as Colour from "../../../src/pipeline/transform/kinds/Colour.ts"
import * as Jpeg from "../../../src/pipeline/transform/kinds/Jpeg.ts"
import * as Noise from "../../../src/pipeline/transform/kinds/Noise.ts"
import * as Shading from "../../../src/pipeline/transform/kinds/Shading.ts"
import type { Change, Transform } from "../../../src/pipeline/transform/Transform.ts"

const [WIDTH, HEIGHT] = [150, 110]

/** Discs of any colour, half smooth and half noisy. */
const photo = (): Uint8Array => {
  const random = Random.make(4)
  return Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH)]
    const wave = 128 + 90 * Math.sin(x / (6 + (i % 3))) * Math.cos(y / (9 - (i % 3)))
    return x > WIDTH / 2 ? wave : Math.min(255, Math.max(0, wave + 12 * random.normal()))
  })
}

const frame = { width: WIDTH, height: HEIGHT, regions: [] }

const changed = (transform: Transform, rgb = photo(), seed = 1): Uint8Array => {
  const { tones, paint }: Change = transform(frame, Random.make(seed))
  const toned = tones === undefined ? rgb : rgb.map((value, i) => tones[i % 3]?.[value] ?? 0)
  paint?.(toned, WIDTH, HEIGHT)
  return toned
}

/** Mean of absolute differences. */
const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0))
  return sum / a.length
}

const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const

describe("Transforms that paint", () => {
  for (const quality of [20, 50, 90]) {
    it(`compress as JPEG of quality ${quality} does`, async () => {
      // Colours change slowly, as the codec interpolates them where it enlarges them, and ours repeats.
      const before = photo().map(
        (_, i, all) => (all[i - (i % 3)] ?? 0) * (1 - ((i % 3) * ((i / 3) % WIDTH)) / 900)
      )
      const file = await sharp(before, { raw })
        .jpeg({ quality, chromaSubsampling: "4:2:0", optimiseCoding: false })
        .toBuffer()
      const real = await sharp(file).raw().toBuffer()
      const ours = before.slice()
      Jpeg.compress(ours, WIDTH, HEIGHT, quality)
      const loss = apart(before, real)
      assert.isAbove(loss, 1)
      // Each rounds several times on its way.
      assert.isBelow(apart(ours, real), Math.max(1, loss / 4))
      assert.closeTo(apart(before, ours), loss, Math.max(0.5, loss / 10))
    })
  }

  for (const sigma of [0.7, 1.5, 3]) {
    it(`blur by a Gaussian of ${sigma} pixels`, async () => {
      const before = photo()
      const ours = before.slice()
      Blur.blur(ours, WIDTH, HEIGHT, sigma)
      const real = await sharp(before, { raw })
        .blur({ sigma, precision: "float", minAmplitude: 0.01 })
        .raw()
        .toBuffer()
      assert.isAbove(apart(before, real), 3)
      assert.isBelow(apart(ours, real), 0.6)
    })
  }

  it("add noise of the deviation that is drawn, with mean 0", () => {
    const before = new Uint8Array(WIDTH * HEIGHT * 3).fill(128)
    const noisy = changed(Noise.make({ kind: "noise", sigma: [0.05, 0.05], colour: true }), before.slice())
    const mean = noisy.reduce((sum, value) => sum + value, 0) / noisy.length
    const variance = noisy.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noisy.length
    assert.closeTo(mean, 128, 0.5)
    assert.closeTo(Math.sqrt(variance), 0.05 * 255, 0.7)
    const grey = changed(Noise.make({ kind: "noise", sigma: [0.05, 0.05], colour: false }), before.slice())
    for (let i = 0; i < grey.length; i += 3) assert.strictEqual(grey[i], grey[i + 2])
  })

  const colour = { kind: "colour", brightness: 0, contrast: 0, gain: 0, saturation: 0, hue: 0 } as const

  it("leave colours as they are where nothing may change", () => {
    assert.deepStrictEqual(changed(Colour.make(colour)), photo())
  })

  it("keep greys and luma through saturation and hue", () => {
    const turn = Colour.make({ ...colour, saturation: 0.5, hue: 60 })
    const grey = Uint8Array.from({ length: 300 }, (_, i) => 40 + Math.floor(i / 3))
    const kept = changed(turn, grey.slice())
    assert.isTrue(kept.every((value, i) => Math.abs(value - (grey[i] ?? 0)) <= 1))
    // Colours that stay away from the ends of the range, where they would be cut.
    const mild = photo().map((value) => 100 + value / 5)
    const luma = (rgb: Uint8Array) =>
      Float64Array.from(
        { length: rgb.length / 3 },
        (_, i) => 0.213 * (rgb[3 * i] ?? 0) + 0.715 * (rgb[3 * i + 1] ?? 0) + 0.072 * (rgb[3 * i + 2] ?? 0)
      )
    const turned = changed(turn, mild.slice())
    assert.isAbove(apart(mild, turned), 2)
    assert.isBelow(apart(luma(mild), luma(turned)), 0.6)
  })

  it("shade smoothly, within what is allowed", () => {
    const flat = new Uint8Array(WIDTH * HEIGHT * 3).fill(128)
    const shaded = changed(Shading.make({ kind: "shading", amount: 0.5, spread: 0.5 }), flat)
    for (let i = 0; i < shaded.length; i++) {
      assert.isAtLeast(shaded[i] ?? 0, Math.floor(128 / 1.5))
      assert.isAtMost(shaded[i] ?? 0, Math.ceil(128 * 1.5))
    }
    for (let i = 3; i < WIDTH * 3; i++) assert.isAtMost(Math.abs((shaded[i] ?? 0) - (shaded[i - 3] ?? 0)), 4)
    assert.isAbove(new Set(shaded).size, 10)
  })
})
