/** Sees a sample from the side: each of its corners moves inwards by a part that is drawn. */
import * as Schema from "effect/Schema"
import { field } from "../../plan/PlanField.ts"
import * as Affine from "../Affine.ts"
import * as Homography from "../Homography.ts"
import type { Outline } from "../Outline.ts"
import type { Transform } from "../Transform.ts"

export const Perspective = Schema.Struct({
  kind: Schema.tag("perspective"),
  amount: field(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.3 })),
    0.1,
    "Most that a corner moves, as a part of each side."
  )
})

export const make =
  ({ amount }: typeof Perspective.Type): Transform =>
  ({ width, height }, random) => {
    const inwards = (side: number) => random.between(0, amount) * side
    const corners: Outline = [
      [inwards(width), inwards(height)],
      [width - inwards(width), inwards(height)],
      [width - inwards(width), height - inwards(height)],
      [inwards(width), height - inwards(height)]
    ]
    const toUnit = Homography.ofAffine(Affine.scaling(1 / width, 1 / height))
    return { map: Homography.andThen(toUnit, Homography.fromUnitSquare(corners)) }
  }
