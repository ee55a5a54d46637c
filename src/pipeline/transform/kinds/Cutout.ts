/** Hides rectangles (DeVries and Taylor, 2017; Zhong et al., 2020); a region that is hidden in part is ignored. */
import * as Schema from "effect/Schema"
import { atMost, Fraction } from "../../internal/Numbers.ts"
import type * as Random from "../../nn/Random.ts"
import { field } from "../../plan/PlanField.ts"
import * as Outline from "../Outline.ts"
import type { Frame, Transform } from "../Transform.ts"
import type { Target } from "./Target.ts"

const Number = atMost(64)

export const Cutout = Schema.Struct({
  kind: Schema.tag("cutout"),
  count: field(Schema.Tuple([Number, Number]), [1, 3], "Fewest and most rectangles."),
  size: field(
    Schema.Tuple([Fraction, Fraction]),
    [0.05, 0.2],
    "Least and most of each of its sides, as a part of the sample's."
  ),
  hidden: field(
    Fraction,
    0.3,
    "A legible region of which one hides a larger part is ignored: nobody could read it."
  )
})

const rectangle = (random: Random.Random, { width, height }: Frame, size: readonly [number, number]) => {
  const [w, h] = [Math.round(random.between(...size) * width), Math.round(random.between(...size) * height)]
  const [left, top] = [random.int(width - w + 1), random.int(height - h + 1)]
  return { left, top, right: left + w, bottom: top + h }
}

const isHidden = (outline: Outline.Outline, box: Outline.Box, most: number): boolean =>
  Outline.overlap(Outline.bounds(outline), box) &&
  Outline.area(Outline.clip(outline, box)) > most * Outline.area(outline)

export const make =
  ({ count: [fewest, most], size, hidden }: typeof Cutout.Type, { background }: Target): Transform =>
  (frame, random) => {
    const count = fewest + random.int(Math.max(0, most - fewest) + 1)
    const boxes = Array.from({ length: count }, () => rectangle(random, frame, size))
    const regions = frame.regions.map((region) =>
      !region.ignore && boxes.some((box) => isHidden(region.polygon, box, hidden))
        ? { ...region, ignore: true }
        : region
    )
    const paint = (rgb: Uint8Array, width: number) => {
      for (const { left, top, right, bottom } of boxes)
        for (let y = top; y < bottom; y++)
          for (let x = left; x < right; x++) rgb.set(background, (y * width + x) * 3)
    }
    return { regions, paint }
  }
