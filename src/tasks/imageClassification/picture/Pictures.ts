/** Samples for people: each with what it was taken for, the worst first. */
import * as Effect from "effect/Effect"
import type { Picture } from "../../../pipeline/module/TaskModule.ts"
import type { RgbImage } from "../../../pipeline/picture/Images.ts"
import * as Shrink from "../../../pipeline/picture/Shrink.ts"
import * as Pixels from "../data/Pixels.ts"
import * as ClassificationMetric from "../metric/ClassificationMetric.ts"
import type { ClassificationResult, SampleResult } from "../metric/ClassificationResult.ts"

/** A picture of fewer pixels is shown in whole pixels of several, to about this side. */
const SEEN = 160

/** Each pixel as a square of `factor` by `factor`. */
const enlarged = ({ width, height, rgb }: RgbImage, factor: number): RgbImage => {
  const made = new Uint8Array(width * height * factor * factor * 3)
  const wide = width * factor
  for (let i = 0; i < made.length; i++) {
    const x = Math.floor((Math.floor(i / 3) % wide) / factor)
    const y = Math.floor(Math.floor(i / 3 / wide) / factor)
    made[i] = rgb[(y * width + x) * 3 + (i % 3)] ?? 0
  }
  return { width: wide, height: height * factor, rgb: made }
}

/** As large as people see it, at most `maxSide` pixels a side. */
export const shown = (picture: Pixels.Pixels, maxSide: number): RgbImage => {
  const image = Pixels.toRgb(picture)
  const side = Math.max(image.width, image.height)
  const factor = Math.floor(Math.min(SEEN, maxSide) / side)
  return factor > 1 ? enlarged(image, factor) : Shrink.by(image, Shrink.factorFor(image, maxSide))
}

const named = (classes: ReadonlyArray<string>, number: number): string => classes[number] ?? "none"

/** `7 as 1 (0.98)`: the class, what it was taken for and how sure the net was; `7 (0.98)` where it was right. */
export const caption = (
  classes: ReadonlyArray<string>,
  { label, predicted, probabilities }: SampleResult
): string => {
  const sure = `(${(probabilities[predicted] ?? 0).toFixed(2)})`
  const taken = named(classes, predicted)
  return label === predicted || label < 0
    ? `${taken} ${sure}`
    : `${named(classes, label)} as ${taken} ${sure}`
}

/** Those of known classes; the score is the probability of the true class. */
export const pictures = ({ classes, samples }: ClassificationResult): ReadonlyArray<Picture> =>
  samples
    .filter(({ label }) => label >= 0)
    .map((sample) => ({
      name: sample.name,
      score: ClassificationMetric.truth(sample),
      caption: caption(classes, sample),
      wrong: sample.label !== sample.predicted,
      facts: {
        truth: named(classes, sample.label),
        predicted: named(classes, sample.predicted),
        probability: sample.probabilities[sample.predicted] ?? 0
      },
      draw: (maxSide) => Effect.sync(() => shown(sample.picture, maxSide))
    }))
