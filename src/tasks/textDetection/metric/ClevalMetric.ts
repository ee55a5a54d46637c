/** CLEval of detections over a set of pictures: of all their characters together, and as a mean of the pictures. */
import type { Metric, Metrics } from "../../../pipeline/task/Metric.ts"
import * as MinAreaRect from "../geometry/MinAreaRect.ts"
import type { Polygon as Outline } from "../geometry/Polygon.ts"
import * as Cleval from "./Cleval.ts"
import type { Seen } from "./DetectionMetric.ts"
import * as TextBox from "./TextBox.ts"

export interface State {
  readonly counts: Cleval.Counts
  /** Sums over the pictures on which there was something to find, or something was found. */
  readonly sums: Cleval.Scores
  readonly images: number
}

export const initial: State = {
  counts: Cleval.nothing,
  sums: { precision: 0, recall: 0, hmean: 0 },
  images: 0
}

/** Regions as CLEval sees them. A region without a text has as many characters as its proportions suggest. */
const regionsOf = ({ truth }: Seen): ReadonlyArray<TextBox.TextBox> =>
  truth.map(({ polygon, ignore, transcription }) =>
    TextBox.make(polygon, { text: transcription === "" ? undefined : transcription, ignore })
  )

const detectionsOf = ({ predictions }: Seen): ReadonlyArray<TextBox.TextBox> =>
  predictions.map(({ polygon }) => TextBox.make(polygon, { text: "" }))

/** One picture. */
export const count = (seen: Seen): Cleval.Counts =>
  Cleval.evaluate(regionsOf(seen), detectionsOf(seen)).detection

/** With one more picture. */
export const add = ({ counts, sums, images }: State, one: Cleval.Counts): State => {
  if (one.truth + one.detected === 0) return { counts, sums, images }
  const { precision, recall, hmean } = Cleval.scores(one)
  return {
    counts: Cleval.sum(counts, one),
    sums: {
      precision: sums.precision + precision,
      recall: sums.recall + recall,
      hmean: sums.hmean + hmean
    },
    images: images + 1
  }
}

/** The mean of the pictures' scores; NaN of none. */
export const mean = ({ sums, images }: State): Cleval.Scores => ({
  precision: sums.precision / images,
  recall: sums.recall / images,
  hmean: sums.hmean / images
})

/**
 * `cleval_precision`, `cleval_recall` and `cleval_hmean` of all characters of the set, and `cleval_image_hmean`, the
 * mean of the pictures' hmeans, each in [0, 1]. All are NaN if there was nothing to find and nothing was found.
 */
export const make: Metric<State, { readonly images: ReadonlyArray<Seen> }> = {
  name: "cleval_hmean",
  initial,
  update: (state, seen) => seen.images.reduce((sum, image) => add(sum, count(image)), state),
  result: (state): Metrics => {
    const none = state.images === 0
    const { precision, recall, hmean } = Cleval.scores(state.counts)
    return {
      cleval_precision: none ? Number.NaN : precision,
      cleval_recall: none ? Number.NaN : recall,
      cleval_hmean: none ? Number.NaN : hmean,
      cleval_image_hmean: mean(state).hmean
    }
  }
}

/** Bounds of the official size bins: height of the text over the long side of the picture. */
export const bins = [0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.1, 0.5, 1] as const

/** Height over the long side of its picture: of the smallest rectangle around it, in whole pixels. */
export const sizeOf = (polygon: Outline, longSide: number): number => {
  const rect = MinAreaRect.around(polygon)
  if (rect === undefined) return 0
  const [a = [0, 0], b = a, c = b] = MinAreaRect.corners(rect).map(
    ([x, y]) => [Math.round(x), Math.round(y)] as const
  )
  const side = (from: readonly [number, number], to: readonly [number, number]) =>
    Math.hypot(to[0] - from[0], to[1] - from[1])
  return Math.min(side(a, b), side(b, c)) / longSide
}

/** One picture of a detector, with counts for each size bin. */
export const countSizes = (
  seen: Seen & { readonly width: number; readonly height: number }
): ReadonlyArray<Cleval.Counts> => {
  const longSide = Math.max(seen.width, seen.height)
  const sizes = seen.truth.map(({ polygon }) => sizeOf(polygon, longSide))
  return countBySize(regionsOf(seen), detectionsOf(seen), sizes).map(({ detection }) => detection)
}

/** One picture with a result for each size bin; regions of other sizes are ignored. */
export const countBySize = (
  regions: ReadonlyArray<TextBox.TextBox>,
  detections: ReadonlyArray<TextBox.TextBox>,
  sizes: ReadonlyArray<number>,
  options: Cleval.Options = {}
): ReadonlyArray<Cleval.Result> =>
  bins.slice(1).map((high, i) => {
    const low = bins[i] ?? 0
    const isIn = (size: number | undefined) => size !== undefined && size >= low && size <= high
    const own = regions.map((region, at) => (isIn(sizes[at]) ? region : { ...region, ignore: true }))
    return Cleval.evaluate(own, detections, options)
  })
