/** Cuts a part out of a sample and scales it to the whole size (Szegedy et al., 2015): for pictures of one class. */
import * as Schema from "effect/Schema"
import { AboveZero, Fraction } from "../../internal/Numbers.ts"
import type * as Random from "../../nn/Random.ts"
import { field } from "../../plan/PlanField.ts"
import * as Affine from "../Affine.ts"
import type { Frame, Transform } from "../Transform.ts"

export const ResizedCrop = Schema.Struct({
  kind: Schema.tag("resized_crop"),
  area: field(Schema.Tuple([Fraction, Fraction]), [0.3, 1], "Least and most of the area that is kept."),
  aspect: field(
    Schema.Tuple([AboveZero, AboveZero]),
    [0.75, 4 / 3],
    "Least and most ratio of width to height, drawn evenly in its logarithm."
  )
})

/** Shapes that are tried; if none fits, all is kept. */
const SHAPES = 10

const shape = (random: Random.Random, frame: Frame, { area, aspect }: typeof ResizedCrop.Type) => {
  for (let left = SHAPES; left > 0; left--) {
    const pixels = random.between(...area) * frame.width * frame.height
    const ratio = Math.exp(random.between(Math.log(aspect[0]), Math.log(aspect[1])))
    const [width, height] = [Math.sqrt(pixels * ratio), Math.sqrt(pixels / ratio)]
    if (width >= 1 && height >= 1 && width <= frame.width && height <= frame.height) return { width, height }
  }
  return frame
}

export const make =
  (options: typeof ResizedCrop.Type): Transform =>
  (frame, random) => {
    const { width, height } = shape(random, frame, options)
    const moved = Affine.translation(
      -random.between(0, frame.width - width),
      -random.between(0, frame.height - height)
    )
    return { map: Affine.andThen(moved, Affine.scaling(frame.width / width, frame.height / height)) }
  }
