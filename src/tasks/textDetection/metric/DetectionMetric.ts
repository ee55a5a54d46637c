/**
 * Precision, recall and hmean of text detection as in ICDAR 2015's incidental scene text competition
 * (Karatzas et al., 2015): one detection for one region at an IoU above 0.5, counted over the whole set.
 */
import type { Metric, Metrics } from "../../../pipeline/task/Metric.ts"
import type { Region } from "../data/TextImage.ts"
import type { Polygon as Outline } from "../geometry/Polygon.ts"
import * as Shape from "../geometry/Shape.ts"

/** The input of the metric for one picture; coordinates are the picture's pixels. */
export interface Seen {
  readonly name: string
  readonly truth: ReadonlyArray<Region>
  readonly predictions: ReadonlyArray<{ readonly polygon: Outline }>
}

/** Regions and detections that count, and the pairs among them. */
export interface Counts {
  readonly truth: number
  readonly predictions: number
  readonly matched: number
}

export interface ImageCounts extends Counts {
  readonly name: string
}

export interface State extends Counts {
  /** In the order of the pictures. */
  readonly images: ReadonlyArray<ImageCounts>
}

/** Least IoU of a pair, exclusive. */
const leastIou = 0.5

/** Fraction of a detection's area on an ignored region above which the detection is ignored. */
const leastIgnored = 0.5

/** The matches in one picture. */
export interface Matching<P> {
  /** Regions that count. */
  readonly truth: ReadonlyArray<Region>
  /** Detections that count: not those on an ignored region. */
  readonly counted: ReadonlyArray<P>
  /** Each found region with its detection. */
  readonly pairs: ReadonlyMap<Region, P>
}

/** Matches one picture. Detections come most probable first; each region takes the first that fits. */
export const match = <P extends { readonly polygon: Outline }>(seen: {
  readonly truth: ReadonlyArray<Region>
  readonly predictions: ReadonlyArray<P>
}): Matching<P> => {
  const ignored = shaped(seen.truth.filter((region) => region.ignore))
  const truth = shaped(seen.truth.filter((region) => !region.ignore))
  const counted = shaped(seen.predictions).filter(
    ({ shape }) => !ignored.some((region) => coveredPart(shape, region.shape) > leastIgnored)
  )
  const free = new Set(counted)
  const pairs = new Map<Region, P>()
  for (const region of truth) {
    for (const prediction of free) {
      if (Shape.iou(prediction.shape, region.shape) > leastIou) {
        free.delete(prediction)
        pairs.set(region.of, prediction.of)
        break
      }
    }
  }
  return { truth: truth.map((one) => one.of), counted: counted.map((one) => one.of), pairs }
}

const shaped = <A extends { readonly polygon: Outline }>(all: ReadonlyArray<A>) =>
  all.map((of) => ({ of, shape: Shape.of(of.polygon) }))

/** The numbers of `match`. */
export const count = (seen: Seen): Counts => {
  const { truth, counted, pairs } = match(seen)
  return { truth: truth.length, predictions: counted.length, matched: pairs.size }
}

const coveredPart = (shape: Shape.Shape, by: Shape.Shape): number =>
  shape.area > 0 ? Shape.sharedArea(shape, by) / shape.area : 0

export interface Scores {
  readonly precision: number
  readonly recall: number
  readonly hmean: number
}

const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)

/**
 * `precision`, `recall` and their harmonic mean `hmean`, each in [0, 1]; all 1 if there was nothing to find and
 * nothing was found.
 */
export const scores = (counts: Counts): Scores => {
  if (counts.truth === 0 && counts.predictions === 0) return { precision: 1, recall: 1, hmean: 1 }
  return {
    precision: ratio(counts.matched, counts.predictions),
    recall: ratio(counts.matched, counts.truth),
    hmean: ratio(2 * counts.matched, counts.truth + counts.predictions)
  }
}

export const initial: State = { truth: 0, predictions: 0, matched: 0, images: [] }

export const update = (state: State, seen: ReadonlyArray<Seen>): State => {
  const images = seen.map((image): ImageCounts => ({ name: image.name, ...count(image) }))
  const total = (key: keyof Counts) => images.reduce((sum, image) => sum + image[key], state[key])
  return {
    truth: total("truth"),
    predictions: total("predictions"),
    matched: total("matched"),
    images: [...state.images, ...images]
  }
}

/** Without regions and detections there is no measurement and no rank: a set without words is not a perfect one. */
const undefinedScores = { precision: Number.NaN, recall: Number.NaN, hmean: Number.NaN }

/**
 * Counts over all pictures, then one precision, recall and hmean; not a mean over pictures. All are NaN if there was
 * nothing to find in any picture and nothing was found.
 */
export const make: Metric<State, { readonly images: ReadonlyArray<Seen> }> = {
  initial,
  update: (state, seen) => update(state, seen.images),
  result: (state): Metrics => (state.truth + state.predictions === 0 ? undefinedScores : { ...scores(state) })
}
