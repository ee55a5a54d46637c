/** Blurs a sample, as a lens out of focus or a hand that moves does: by a Gaussian. */
import * as Schema from "effect/Schema"
import { field } from "../../plan/PlanField.ts"
import type { Transform } from "../Transform.ts"

const Sigma = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 32 }))

export const Blur = Schema.Struct({
  kind: Schema.tag("blur"),
  sigma: field(
    Schema.Tuple([Sigma, Sigma]),
    [0.3, 1.2],
    "Least and most standard deviation of the Gaussian, pixels."
  )
})

/** Weights from the middle out to three standard deviations, that add up to 1 with their mirror image. */
const kernelOf = (sigma: number): Float64Array => {
  const half = Float64Array.from({ length: Math.ceil(3 * sigma) + 1 }, (_, i) =>
    Math.exp(-(i * i) / (2 * sigma * sigma))
  )
  const sum = half.reduce((total, weight) => total + 2 * weight, -(half[0] ?? 0))
  return half.map((weight) => weight / sum)
}

/** One line of a channel, `count` values `stride` apart in both arrays; beyond its ends it goes on as they are. */
const blurLine = (
  from: ArrayLike<number>,
  into: Float32Array | Uint8Array,
  start: number,
  stride: number,
  count: number,
  kernel: Float64Array
): void => {
  const last = count - 1
  const at = (i: number) => from[start + Math.min(last, Math.max(0, i)) * stride] ?? 0
  const rounds = into instanceof Uint8Array
  for (let i = 0; i < count; i++) {
    let sum = (kernel[0] ?? 0) * at(i)
    for (let k = 1; k < kernel.length; k++) sum += (kernel[k] ?? 0) * (at(i - k) + at(i + k))
    into[start + i * stride] = rounds ? Math.round(sum) : sum
  }
}

/** In place, row-major RGB; columns first, then rows, since a Gaussian is their product. */
export const blur = (rgb: Uint8Array, width: number, height: number, sigma: number): void => {
  if (sigma <= 0) return
  const kernel = kernelOf(sigma)
  const middle = new Float32Array(rgb.length)
  for (let x = 0; x < width * 3; x++) blurLine(rgb, middle, x, width * 3, height, kernel)
  for (let y = 0; y < height; y++)
    for (let k = 0; k < 3; k++) blurLine(middle, rgb, y * width * 3 + k, 3, width, kernel)
}

export const make =
  ({ sigma }: typeof Blur.Type): Transform =>
  (_, random) => {
    const drawn = random.between(...sigma)
    return { paint: (rgb, width, height) => blur(rgb, width, height, drawn) }
  }
