/** Adds Gaussian noise, as a sensor in weak light does. */
import * as Schema from "effect/Schema"
import { Fraction } from "../../internal/Numbers.ts"
import { field } from "../../plan/PlanField.ts"
import type { Transform } from "../Transform.ts"

export const Noise = Schema.Struct({
  kind: Schema.tag("noise"),
  sigma: field(
    Schema.Tuple([Fraction, Fraction]),
    [0, 0.04],
    "Least and most standard deviation, as a part of full white."
  ),
  colour: field(Schema.Boolean, true, "Whether each channel has noise of its own.")
})

/** Normal numbers drawn for a sample; each value takes one of them, which is several times as fast as one of its own. */
const POOL = 4096

export const make =
  ({ sigma, colour }: typeof Noise.Type): Transform =>
  (_, random) => {
    const deviation = 255 * random.between(...sigma)
    const paint = (rgb: Uint8Array) => {
      const pool = Float64Array.from({ length: POOL }, () => deviation * random.normal())
      let noise = 0
      for (let i = 0; i < rgb.length; i++) {
        if (colour || i % 3 === 0) noise = pool[random.int(POOL)] ?? 0
        rgb[i] = Math.min(255, Math.max(0, Math.round((rgb[i] ?? 0) + noise)))
      }
    }
    return { paint }
  }
