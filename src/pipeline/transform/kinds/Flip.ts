/** Mirrors a sample. */
import * as Schema from "effect/Schema"
import { field } from "../../plan/PlanField.ts"
import type { Transform } from "../Transform.ts"

export const Flip = Schema.Struct({
  kind: Schema.tag("flip"),
  axis: field(
    Schema.Literals(["horizontal", "vertical"]),
    "horizontal",
    "horizontal: left and right change places; vertical: top and bottom."
  )
})

export const make =
  ({ axis }: typeof Flip.Type): Transform =>
  ({ width, height }) => ({
    map: axis === "horizontal" ? [-1, 0, width, 0, 1, 0] : [1, 0, 0, 0, -1, height]
  })
