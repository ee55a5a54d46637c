/** Turns a sample about its middle, by any angle and by quarters. */
import * as Schema from "effect/Schema"
import { Fraction, NonNegative } from "../../internal/Numbers.ts"
import { field } from "../../plan/PlanField.ts"
import * as Affine from "../Affine.ts"
import * as Outline from "../Outline.ts"
import type { Transform } from "../Transform.ts"

/** `grow` is the default of the key. */
export const schema = (grow: boolean) =>
  Schema.Struct({
    kind: Schema.tag("rotate"),
    degrees: field(NonNegative, 5, "Most degrees either way."),
    quarters: field(Fraction, 0, "Probability of a turn by 90, 180 or 270 degrees before that."),
    grow: field(
      Schema.Boolean,
      grow,
      "Whether the sample grows to hold all of what is turned; else its corners are cut."
    )
  })

/** By whole quarters, clockwise; exact. */
const QUARTERS: readonly [Affine.Affine, ...Array<Affine.Affine>] = [
  [0, -1, 0, 1, 0, 0],
  [-1, 0, 0, 0, -1, 0],
  [0, 1, 0, -1, 0, 0]
]

/** Turned about the origin, a sample of this size moves so that its middle is that of the new one. */
const centred = (turn: Affine.Affine, width: number, height: number, grow: boolean) => {
  const corners: Outline.Outline = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height]
  ]
  const { left, top, right, bottom } = Outline.bounds(Affine.applyAll(turn, corners))
  // A rounding error is no pixel.
  const whole = (length: number) => Math.ceil(length - 1e-6)
  const size = grow ? { width: whole(right - left), height: whole(bottom - top) } : { width, height }
  const [x, y] = [(size.width - left - right) / 2, (size.height - top - bottom) / 2]
  return { ...size, map: Affine.andThen(turn, Affine.translation(x, y)) }
}

export const make =
  ({ degrees, quarters, grow }: ReturnType<typeof schema>["Type"]): Transform =>
  ({ width, height }, random) => {
    const quarter = random.pick(QUARTERS)
    const turned = random.chance(quarters) ? quarter : Affine.identity
    const angle = (random.between(-degrees, degrees) * Math.PI) / 180
    const turn = degrees === 0 ? turned : Affine.andThen(turned, Affine.rotation(angle))
    return centred(turn, width, height, grow)
  }
