/** Adds background around a sample that is smaller. */
import * as Schema from "effect/Schema"
import { Side } from "../../internal/Numbers.ts"
import { field } from "../../plan/PlanField.ts"
import * as Affine from "../Affine.ts"
import type { Transform } from "../Transform.ts"
import type { Target } from "./Target.ts"

export const Pad = Schema.Struct({
  kind: Schema.tag("pad"),
  width: field(Schema.NullOr(Side), null, "Least width afterwards, pixels; null: the net's input."),
  height: field(Schema.NullOr(Side), null, "Least height afterwards, pixels; null: the net's input."),
  place: field(
    Schema.Literals(["corner", "middle", "random"]),
    "random",
    "Where the sample lies: in the top left corner, in the middle or anywhere."
  )
})

const SHARES = { corner: 0, middle: 0.5, random: undefined } as const

export const make =
  ({ place, ...least }: typeof Pad.Type, target: Target): Transform =>
  (frame, random) => {
    const width = Math.max(frame.width, least.width ?? target.width)
    const height = Math.max(frame.height, least.height ?? target.height)
    const share = () => SHARES[place] ?? random.float()
    // Whole pixels, so that nothing is blurred.
    const x = Math.round(share() * (width - frame.width))
    const y = Math.round(share() * (height - frame.height))
    return { width, height, map: Affine.translation(x, y) }
  }
