/** Bends a sample smoothly, as paper that is not flat (after Simard, Steinkraus and Platt, 2003). */
import * as Schema from "effect/Schema"
import { Fraction } from "../../internal/Numbers.ts"
import { field } from "../../plan/PlanField.ts"
import * as Displacement from "../Displacement.ts"
import * as SmoothField from "../SmoothField.ts"
import type { Transform } from "../Transform.ts"

export const Elastic = Schema.Struct({
  kind: Schema.tag("elastic"),
  spacing: field(
    Schema.Int.check(Schema.isBetween({ minimum: 8, maximum: 4096 })),
    64,
    "Pixels between points that move by themselves."
  ),
  strength: field(
    Fraction,
    0.5,
    "1 moves points by up to an eighth of the spacing either way: more would fold the paper."
  )
})

export const make =
  ({ spacing, strength }: typeof Elastic.Type): Transform =>
  ({ width, height }, random) => {
    const most = strength * spacing * Displacement.MOST
    const field = () => SmoothField.draw(random, width, height, spacing, most)
    return { map: { x: field(), y: field() } }
  }
