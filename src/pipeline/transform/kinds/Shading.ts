/** Lights a sample unevenly: a smooth gain, as of a lamp at one side or a shadow. */
import * as Schema from "effect/Schema"
import { Fraction } from "../../internal/Numbers.ts"
import { field } from "../../plan/PlanField.ts"
import * as SmoothField from "../SmoothField.ts"
import type { Transform } from "../Transform.ts"

export const Shading = Schema.Struct({
  kind: Schema.tag("shading"),
  amount: field(Fraction, 0.3, "Most that light is multiplied or divided by, less one."),
  spread: field(
    Schema.Finite.check(Schema.isBetween({ minimum: 0.05, maximum: 1 })),
    0.5,
    "How wide lights and shadows are, as a part of the longer side."
  )
})

const shade = (rgb: Uint8Array, width: number, light: SmoothField.SmoothField): void => {
  for (let from = 0, y = 0.5; from < rgb.length; from += width * 3, y++) {
    const row = SmoothField.rowAt(light, y)
    for (let x = 0; x < width; x++) {
      const gain = Math.exp(SmoothField.along(row, light.spacing, x + 0.5))
      for (let k = from + x * 3; k < from + x * 3 + 3; k++) {
        rgb[k] = Math.min(255, Math.round((rgb[k] ?? 0) * gain))
      }
    }
  }
}

export const make =
  ({ amount, spread }: typeof Shading.Type): Transform =>
  ({ width, height }, random) => {
    const spacing = Math.max(1, spread * Math.max(width, height))
    // The field holds logarithms, so that light and shadow are equally likely.
    const light = SmoothField.draw(random, width, height, spacing, Math.log1p(amount))
    return { paint: (rgb, across) => shade(rgb, across, light) }
  }
