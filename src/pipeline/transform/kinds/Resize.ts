/** Scales a sample, and by a factor that is drawn. */
import * as Schema from "effect/Schema"
import { AboveZero, Side } from "../../internal/Numbers.ts"
import { field } from "../../plan/PlanField.ts"
import * as Affine from "../Affine.ts"
import type { Transform } from "../Transform.ts"
import type { Target } from "./Target.ts"

export const Resize = Schema.Struct({
  kind: Schema.tag("resize"),
  long_side: field(Schema.NullOr(Side), null, "Long side afterwards, pixels; null: as evaluation sees it."),
  scale: field(
    Schema.Tuple([AboveZero, AboveZero]),
    [1, 1],
    "Smallest and largest factor beside that, drawn evenly in its logarithm."
  )
})

export const make =
  ({ long_side, scale: [least, most] }: typeof Resize.Type, { longSide }: Target): Transform =>
  ({ width, height }, random) => {
    const factor = Math.exp(random.between(Math.log(least), Math.log(most)))
    const scale = ((long_side ?? longSide) / Math.max(width, height)) * factor
    const size = {
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale))
    }
    return { ...size, map: Affine.scaling(size.width / width, size.height / height) }
  }
