/** Predictions in the layout of annotations. */

import type { ImageResult } from "../TextDetection.ts"
import type { Annotations, Image } from "./Annotations.ts"

/** What predictions hold of a picture. */
export type Predicted = Pick<ImageResult, "name" | "width" | "height" | "predictions">

/** Words `0001`, `0002`, … in reading order: by the top of each region, then its left. */
export const toImage = ({ width, height, predictions }: Predicted): Image => {
  const top = (polygon: ReadonlyArray<readonly [number, number]>) => Math.min(...polygon.map(([, y]) => y))
  const left = (polygon: ReadonlyArray<readonly [number, number]>) => Math.min(...polygon.map(([x]) => x))
  const ordered = predictions.toSorted(
    (a, b) => top(a.polygon) - top(b.polygon) || left(a.polygon) - left(b.polygon)
  )
  return {
    img_w: width,
    img_h: height,
    words: Object.fromEntries(
      ordered.map(({ polygon, score }, i) => [
        String(i + 1).padStart(4, "0"),
        { points: polygon.map(([x, y]): [number, number] => [x, y]), confidence: score }
      ])
    )
  }
}

export const toAnnotations = (results: ReadonlyArray<Predicted>): Annotations => ({
  images: Object.fromEntries(results.map((result) => [result.name, toImage(result)]))
})
