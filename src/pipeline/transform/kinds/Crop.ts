/**
 * Cuts a part out of a sample, and no legible region into two: of several places the one where its borders run between
 * regions. Where there is none, as with a line that is longer than the crop, what is cut is ignored from there on, since
 * a piece of a word is neither a word nor background.
 */
import * as Schema from "effect/Schema"
import { Fraction, Side } from "../../internal/Numbers.ts"
import type * as Random from "../../nn/Random.ts"
import { field } from "../../plan/PlanField.ts"
import * as Affine from "../Affine.ts"
import * as Outline from "../Outline.ts"
import type { Frame, Transform } from "../Transform.ts"
import type { Target } from "./Target.ts"

export const Crop = Schema.Struct({
  kind: Schema.tag("crop"),
  width: field(Schema.NullOr(Side), null, "Width afterwards, pixels; null: the net's input."),
  height: field(Schema.NullOr(Side), null, "Height afterwards, pixels; null: the net's input."),
  prefer_text: field(
    Fraction,
    0.9,
    "Probability that it is placed around a legible region rather than anywhere."
  ),
  cut: field(
    Schema.Literals(["never", "allow"]),
    "never",
    "Regions at its borders: never cut, or else ignored; or allowed, and then a part counts as the whole."
  )
})

/** Places that are tried. */
const PLACES = 50

/** The middle of a legible region, if one is preferred and there is one, else anywhere on the sample. */
const interest = (frame: Frame, random: Random.Random, preferText: number): Outline.Point => {
  const [first, ...others] = frame.regions.filter(({ ignore, polygon }) => !ignore && polygon.length > 0)
  const anywhere: Outline.Point = [random.between(0, frame.width), random.between(0, frame.height)]
  if (first === undefined || !random.chance(preferText)) return anywhere
  const { left, top, right, bottom } = Outline.bounds(random.pick([first, ...others]).polygon)
  return [(left + right) / 2, (top + bottom) / 2]
}

/** Where the crop begins along one side, in whole pixels: within a larger sample, or around all of a smaller one. */
const begin = (random: Random.Random, position: number, length: number, side: number): number => {
  const start = random.between(position - side, position)
  return Math.round(Math.min(Math.max(0, length - side), Math.max(Math.min(0, length - side), start)))
}

const cuts = (box: Outline.Box, bounds: Outline.Box): boolean =>
  Outline.overlap(bounds, box) && !Outline.within(bounds, box)

const place = (frame: Frame, random: Random.Random, width: number, height: number, preferText: number) => {
  const [x, y] = interest(frame, random, preferText)
  const left = begin(random, x, frame.width, width)
  const top = begin(random, y, frame.height, height)
  return { left, top, right: left + width, bottom: top + height }
}

/** The first place that cuts nothing, or the one that cuts the fewest regions. */
const placed = (legible: ReadonlyArray<Outline.Box>, next: () => Outline.Box): Outline.Box => {
  let best = next()
  let fewest = Infinity
  for (let left = PLACES, box = best; left > 0 && fewest > 0; left--, box = next()) {
    const cut = legible.filter((bounds) => cuts(box, bounds)).length
    if (cut < fewest) {
      fewest = cut
      best = box
    }
  }
  return best
}

export const make =
  ({ prefer_text, cut, ...sides }: typeof Crop.Type, target: Target): Transform =>
  (frame, random) => {
    const width = sides.width ?? target.width
    const height = sides.height ?? target.height
    const next = () => place(frame, random, width, height, prefer_text)
    const moved = (box: Outline.Box) => ({ width, height, map: Affine.translation(-box.left, -box.top) })
    if (cut === "allow") return moved(next())
    const legible = frame.regions.filter(({ ignore }) => !ignore)
    const box = placed(
      legible.map(({ polygon }) => Outline.bounds(polygon)),
      next
    )
    const regions = frame.regions.map((region) =>
      cuts(box, Outline.bounds(region.polygon)) ? { ...region, ignore: true } : region
    )
    return { ...moved(box), regions }
  }
