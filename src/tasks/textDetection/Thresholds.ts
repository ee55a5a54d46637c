/**
 * Precision and recall over the thresholds of the post-processing. A detection's score does not depend on `box_thresh`,
 * so each map is looked at once for each `thresh`.
 */
import * as DetectionMetric from "./metric/DetectionMetric.ts"
import type { PostProcessOptions } from "./postprocess/PostProcessOptions.ts"
import type { ImageResult } from "./TextDetection.ts"

export interface Point {
  readonly thresh: number
  readonly box_thresh: number
  readonly counts: DetectionMetric.Counts
}

/** 0.05 to 0.95. */
export const boxThresholds: ReadonlyArray<number> = Array.from({ length: 19 }, (_, i) => (i + 1) / 20)

/** 0.1 to 0.6. */
const searched: ReadonlyArray<number> = Array.from({ length: 11 }, (_, i) => (i + 2) / 20)

/** The values of `thresh` that are looked at: those of a search, and the one that is set. */
export const pixelThresholds = (options: PostProcessOptions, search: boolean): ReadonlyArray<number> =>
  search ? [...new Set([...searched, options.thresh])].sort((a, b) => a - b) : [options.thresh]

const ofImage = (result: ImageResult, options: PostProcessOptions, thresh: number): ReadonlyArray<Point> => {
  const all = result.detect({ ...options, thresh, box_thresh: 0 })
  return boxThresholds.map((box_thresh) => ({
    thresh,
    box_thresh,
    counts: DetectionMetric.count({
      name: result.name,
      truth: result.truth,
      predictions: all.filter(({ score }) => score >= box_thresh)
    })
  }))
}

const sum = (a: DetectionMetric.Counts, b: DetectionMetric.Counts | undefined): DetectionMetric.Counts => ({
  truth: a.truth + (b?.truth ?? 0),
  predictions: a.predictions + (b?.predictions ?? 0),
  matched: a.matched + (b?.matched ?? 0)
})

/** The points with those of one more picture. */
export const add = (
  points: ReadonlyArray<Point>,
  result: ImageResult,
  options: PostProcessOptions,
  thresholds: ReadonlyArray<number>
): ReadonlyArray<Point> =>
  thresholds
    .flatMap((thresh) => ofImage(result, options, thresh))
    .map((point, i) => ({ ...point, counts: sum(point.counts, points[i]?.counts) }))

/** The point of the highest hmean; of equals the first. */
export const best = (points: ReadonlyArray<Point>): Point | undefined => {
  const hmean = ({ counts }: Point) => DetectionMetric.scores(counts).hmean
  const [first, ...others] = points
  return first === undefined
    ? undefined
    : others.reduce((found, point) => (hmean(point) > hmean(found) ? point : found), first)
}
