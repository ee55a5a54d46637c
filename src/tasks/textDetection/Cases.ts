/** An evaluated picture as one that can be shown, with how much of its text was found. */
import * as Effect from "effect/Effect"
import type { Picture } from "../../pipeline/module/TaskModule.ts"
import * as Shrink from "../../pipeline/picture/Shrink.ts"
import type { Box } from "../../pipeline/run/RunLogger.ts"
import type { Polygon } from "./geometry/Polygon.ts"
import * as DetectionMetric from "./metric/DetectionMetric.ts"
import * as Pictures from "./picture/Pictures.ts"
import type { ImageResult } from "./TextDetection.ts"

/** A result at the scale at which the net saw it. */
export const sampleOf = (result: ImageResult): Pictures.Sample => {
  const { width, height } = result.probability
  const [x, y] = [width / result.width, height / result.height]
  const scaled = (polygon: Polygon): Polygon => polygon.map(([px, py]) => [px * x, py * y] as const)
  const { pairs } = DetectionMetric.match(result)
  const matched = new Set(pairs.values())
  const { precision, recall } = DetectionMetric.scores(DetectionMetric.count(result))
  return {
    image: {
      name: result.name,
      width,
      height,
      rgb: result.rgb,
      regions: result.truth.map((region) => ({ ...region, polygon: scaled(region.polygon) }))
    },
    probability: result.probability,
    predictions: result.predictions.map((prediction) => ({
      polygon: scaled(prediction.polygon),
      confidence: prediction.score,
      matched: matched.has(prediction)
    })),
    found: new Set([...pairs.keys()].map((region) => region.id)),
    precision,
    recall
  }
}

const boxOf = (polygon: Polygon, scale: number): Omit<Box, "label"> => {
  const [xs, ys] = [polygon.map(([x]) => x / scale), polygon.map(([, y]) => y / scale)]
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) }
}

/** Truth and predictions as rectangles of a picture that was shrunk by `scale`. */
const boxesOf = ({ image, predictions }: Pictures.Sample, scale: number) => ({
  truth: image.regions.map(({ polygon, ignore }) => ({
    ...boxOf(polygon, scale),
    label: ignore ? "ignored" : "text"
  })),
  prediction: predictions.map(({ polygon, confidence }) => ({
    ...boxOf(polygon, scale),
    label: "text",
    ...(confidence === undefined ? {} : { score: confidence })
  }))
})

/** The picture with its outlines: predictions that found text, those that did not, and the text that was missed. */
const drawn = Effect.fnUntraced(function* (sample: Pictures.Sample, maxSide: number) {
  const missed = sample.image.regions
    .filter(({ id, ignore }) => !ignore && sample.found?.has(id) !== true)
    .map(({ polygon }) => ({ polygon }))
  const whole = yield* Pictures.overlay(sample.image, [...missed, ...sample.predictions])
  const factor = Shrink.factorFor(whole, maxSide)
  return { ...Shrink.by(whole, factor), boxes: boxesOf(sample, factor) }
})

/** Scored by its recall: missed text is what a person wants to see. A picture without text has recall 1. */
export const pictureOf = (result: ImageResult): Picture => {
  const sample = sampleOf(result)
  const recall = Number.isFinite(sample.recall) ? sample.recall : 1
  return {
    name: result.name,
    score: recall,
    caption: `${result.name}: recall ${recall.toFixed(2)}, precision ${sample.precision.toFixed(2)}`,
    facts: {
      recall,
      precision: sample.precision,
      words: result.truth.filter(({ ignore }) => !ignore).length,
      predictions: result.predictions.length
    },
    draw: (maxSide) => drawn(sample, maxSide)
  }
}
