/** What `anneal test` shows of a detector beside its metrics: each picture, the worst ones, thresholds, sizes of text. */
import * as Schema from "effect/Schema"
import type { Figure, Report } from "../../pipeline/module/TaskModule.ts"
import * as LearningCurves from "../../pipeline/picture/LearningCurves.ts"
import * as Cases from "./Cases.ts"
import { type DetectorPlan, TestKeys } from "./DetectionPlan.ts"
import { cell } from "./data/AnnotationText.ts"
import * as Cleval from "./metric/Cleval.ts"
import * as ClevalMetric from "./metric/ClevalMetric.ts"
import * as DetectionMetric from "./metric/DetectionMetric.ts"
import * as Pictures from "./picture/Pictures.ts"
import type { DetectionResult, ImageResult } from "./TextDetection.ts"
import * as Thresholds from "./Thresholds.ts"

interface Row {
  readonly name: string
  readonly counts: DetectionMetric.Counts
  readonly characters: Cleval.Counts
}

/** Of the worst pictures, as many as one looks at; each keeps its map and its pixels. */
const worstKept = 4

interface Worst {
  readonly hmean: number
  readonly result: ImageResult
}

const rowOf = (result: ImageResult): Row => ({
  name: result.name,
  counts: DetectionMetric.count(result),
  characters: ClevalMetric.count(result)
})

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6

const columns = "name,regions,detections,found,precision,recall,hmean"
const clevalColumns = "cleval_precision,cleval_recall,cleval_hmean"

/** A table of the pictures, the worst first. */
const csv = (rows: ReadonlyArray<Row>): string => {
  const scored = rows
    .map((row) => ({ ...row, scores: DetectionMetric.scores(row.counts) }))
    .sort((a, b) => a.scores.hmean - b.scores.hmean)
  const lines = scored.map(({ name, counts, characters, scores }) => {
    const cleval = Cleval.scores(characters)
    const numbers = [
      counts.truth,
      counts.predictions,
      counts.matched,
      scores.precision,
      scores.recall,
      scores.hmean,
      cleval.precision,
      cleval.recall,
      cleval.hmean
    ]
    return [cell(name), ...numbers.map(rounded)].join(",")
  })
  return [`${columns},${clevalColumns}`, ...lines, ""].join("\n")
}

const pointJson = ({ thresh, box_thresh, counts }: Thresholds.Point) => ({
  thresh,
  box_thresh,
  ...DetectionMetric.scores(counts)
})

const sizesJson = (sizes: ReadonlyArray<Cleval.Counts>) =>
  sizes.map((counts, i) => ({
    /** Heights over the long side of the picture. */
    from: ClevalMetric.bins[i] ?? 0,
    to: ClevalMetric.bins[i + 1] ?? 1,
    characters: counts.truth,
    ...Cleval.scores(counts)
  }))

const thresholdsFigure = (points: ReadonlyArray<Thresholds.Point>, thresh: number): Figure => {
  const scores = ["precision", "recall", "hmean"] as const
  const series = scores.map((name) => ({
    name,
    form: "line" as const,
    // Where nothing is detected there is no precision.
    samples: points
      .filter(({ counts }) => counts.predictions > 0)
      .map(({ box_thresh, counts }) => ({
        step: 100 * box_thresh,
        value: DetectionMetric.scores(counts)[name]
      }))
  }))
  const panel = { title: "IoU above 0.5", series, from: 0, to: 1, across: "box_thresh, percent" }
  const subtitle = `thresh ${thresh}`
  return { name: "thresholds", draw: LearningCurves.draw({ title: "Thresholds", subtitle, panels: [panel] }) }
}

const figuresOf = (worst: ReadonlyArray<Worst>, points: ReadonlyArray<Thresholds.Point>, thresh: number) => {
  const shown = worst.map(({ result }) => Cases.sampleOf(result))
  const curve = points.filter((point) => point.thresh === thresh)
  return [
    ...(shown.length === 0 ? [] : [{ name: "worst", draw: Pictures.validation("Worst pictures", shown) }]),
    thresholdsFigure(curve, thresh)
  ]
}

const found = (best: Thresholds.Point | undefined, rows: ReadonlyArray<Row>): ReadonlyArray<string> => {
  if (best === undefined) return []
  const sum = (key: keyof DetectionMetric.Counts) => rows.reduce((all, { counts }) => all + counts[key], 0)
  const set = { truth: sum("truth"), predictions: sum("predictions"), matched: sum("matched") }
  const [now, then] = [set, best.counts].map((counts) => DetectionMetric.scores(counts).hmean.toFixed(4))
  const keys = `postprocess.thresh=${best.thresh} postprocess.box_thresh=${best.box_thresh}`
  return [`best on the validation data: ${keys}, hmean ${then} instead of ${now}`]
}

/** Looks at each picture once; the thresholds are tried on its map, so that the net runs once. */
export const make = ({ postprocess }: DetectorPlan, asked: unknown): Report<DetectionResult> => {
  const search = Schema.is(Schema.toType(TestKeys))(asked) && asked.search_thresholds
  const thresholds = Thresholds.pixelThresholds(postprocess, search)
  const rows: Array<Row> = []
  let points: ReadonlyArray<Thresholds.Point> = []
  let worst: ReadonlyArray<Worst> = []
  let sizes: ReadonlyArray<Cleval.Counts> = ClevalMetric.bins.slice(1).map(() => Cleval.nothing)
  const add = (result: ImageResult): void => {
    const row = rowOf(result)
    rows.push(row)
    points = Thresholds.add(points, result, postprocess, thresholds)
    const own = ClevalMetric.countSizes(result)
    sizes = sizes.map((counts, i) => Cleval.sum(counts, own[i] ?? Cleval.nothing))
    const hmean = DetectionMetric.scores(row.counts).hmean
    worst = [...worst, { hmean, result }].sort((a, b) => a.hmean - b.hmean).slice(0, worstKept)
  }
  return {
    set: search ? "val" : undefined,
    watch: ({ images }) => {
      for (const image of images) add(image)
    },
    result: () => {
      const best = search ? Thresholds.best(points) : undefined
      const report = {
        images: rows.length,
        thresholds: points.map(pointJson),
        ...(best === undefined ? {} : { best: pointJson(best) }),
        sizes: sizesJson(sizes)
      }
      return {
        figures: figuresOf(worst, points, postprocess.thresh),
        files: [
          { what: "pictures", path: "report/pictures.csv", text: csv(rows) },
          { what: "report", path: "report/report.json", text: `${JSON.stringify(report, null, 2)}\n` }
        ],
        notes: found(best, rows)
      }
    }
  }
}
