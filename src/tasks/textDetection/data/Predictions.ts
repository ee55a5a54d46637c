/** Predictions in the layout of annotations. */
import type { Detection } from "../postprocess/PostProcess.ts"
import type { Annotations, Image } from "./Annotations.ts"

/** The regions found on a picture. */
export interface Predicted {
  readonly name: string
  /** Size of the picture, pixels; `predictions` are in its coordinates. */
  readonly width: number
  readonly height: number
  /** Most probable first, kept inside the picture. */
  readonly predictions: ReadonlyArray<Detection>
}

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
