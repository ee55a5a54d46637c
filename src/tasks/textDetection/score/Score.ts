/** `anneal score`: results in the field's own files against the truth, by CLEval and by regions at an IoU above 0.5. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as Schema from "effect/Schema"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import type { Source } from "../data/Finding.ts"
import type { Region } from "../data/TextImage.ts"
import * as Format from "../format/Format.ts"
import * as Cleval from "../metric/Cleval.ts"
import * as ClevalMetric from "../metric/ClevalMetric.ts"
import * as DetectionMetric from "../metric/DetectionMetric.ts"
import * as TextBox from "../metric/TextBox.ts"
import type { BoxType } from "./BoxTypes.ts"
import * as ScoreLines from "./ScoreLines.ts"
import * as Submission from "./Submission.ts"

export interface Options extends Cleval.Options {
  /** Zip archive or folder with the truth. */
  readonly gt: string
  /** The same with the results. */
  readonly pred: string
  readonly boxType: BoxType
  /** Whether the lines of the results have a confidence. */
  readonly confidence?: boolean
  /** Long side of the pictures, pixels: gives scores by the height of the text as well. */
  readonly longSide?: number | undefined
}

/** The lines of a picture in both. */
export interface Page {
  readonly name: string
  readonly truth: ReadonlyArray<ScoreLines.Line>
  readonly found: ReadonlyArray<ScoreLines.Line>
}

/** What is printed: numbers by their row and column, and everything as JSON. */
export interface Scored {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<{ readonly name: string; readonly values: ReadonlyArray<number> }>
  readonly json: Schema.Json
  readonly pictures: number
}

const linesOf = (source: Source | undefined, options: ScoreLines.Options) =>
  source === undefined ? Effect.succeed([]) : ScoreLines.read(source, options)

/** All pictures of the truth; one without results has none. */
const pagesOf = Effect.fnUntraced(function* (options: Options) {
  const { boxType, confidence = false, endToEnd = false } = options
  const [truth, results] = [yield* Submission.read(options.gt), yield* Submission.read(options.pred)]
  const stranger = [...results].find(([name]) => !truth.has(name))
  if (stranger !== undefined) {
    return yield* new DataError({
      where: stranger[1].file,
      problem: `the truth has no picture ${stranger[0]}`,
      cure: "Name a result like its truth: res_img_1.txt is compared with gt_img_1.txt."
    })
  }
  return yield* Effect.forEach([...truth], ([name, source]) =>
    Effect.all({
      name: Effect.succeed(name),
      truth: ScoreLines.read(source, { boxType, texts: endToEnd }),
      found: linesOf(results.get(name), { boxType, confidence, texts: endToEnd })
    })
  )
})

const boxOf =
  (options: Options) =>
  ({ polygon, text }: ScoreLines.Line): TextBox.TextBox =>
    TextBox.make(polygon, { text, ignore: text === Format.DO_NOT_CARE }, options)

/** Counts under the names that the official implementation has for them. */
const countsJson = (counts: Cleval.Counts) => {
  const { precision, recall, hmean } = Cleval.scores(counts)
  return {
    recall,
    precision,
    hmean,
    num_char_gt: counts.truth,
    num_char_det: counts.detected,
    gran_score_recall: counts.splitPenalty,
    num_char_tp_recall: counts.found,
    gran_score_precision: counts.mergePenalty,
    num_char_tp_precision: counts.found,
    num_char_fp: counts.wrong
  }
}

/** The results of one or more pictures. */
interface Total {
  readonly detection: ClevalMetric.State
  readonly endToEnd: ClevalMetric.State | undefined
  readonly splits: number
  readonly merges: number
  readonly overlapped: number
}

const totalOf = (results: ReadonlyArray<Cleval.Result>, endToEnd: boolean): Total => {
  const sum = (part: (result: Cleval.Result) => number) => results.reduce((all, one) => all + part(one), 0)
  const state = (part: (result: Cleval.Result) => Cleval.Counts | undefined) =>
    results.reduce((all, one) => ClevalMetric.add(all, part(one) ?? Cleval.nothing), ClevalMetric.initial)
  return {
    detection: state((one) => one.detection),
    endToEnd: endToEnd ? state((one) => one.endToEnd) : undefined,
    splits: sum((one) => one.splits),
    merges: sum((one) => one.merges),
    overlapped: sum((one) => one.overlapped)
  }
}

const totalJson = ({ detection, endToEnd, splits, merges, overlapped }: Total) => ({
  det: countsJson(detection.counts),
  ...(endToEnd === undefined ? {} : { e2e: countsJson(endToEnd.counts) }),
  num_splitted: splits,
  num_merged: merges,
  num_char_overlapped: overlapped
})

const scoreColumns = ["precision", "recall", "hmean"] as const

const rowOf = (name: string, { precision, recall, hmean }: Cleval.Scores) => ({
  name,
  values: [precision, recall, hmean]
})

const rowsOf = (name: string, state: ClevalMetric.State | undefined) =>
  state === undefined
    ? []
    : [
        rowOf(`${name}, all characters`, Cleval.scores(state.counts)),
        rowOf(`${name}, mean of pictures`, ClevalMetric.mean(state))
      ]

const meanJson = ({ detection, endToEnd }: Total) => ({
  det: { ...ClevalMetric.mean(detection) },
  ...(endToEnd === undefined ? {} : { e2e: { ...ClevalMetric.mean(endToEnd) } })
})

/** Totals of the size bins, the smallest texts first; none if the size of the pictures is unknown. */
const sizesOf = (pages: ReadonlyArray<Page>, options: Options) => {
  const { longSide } = options
  if (longSide === undefined) return []
  const bySize = pages.map(({ truth, found }) => {
    const sizes = truth.map(({ polygon }) => ClevalMetric.sizeOf(polygon, longSide))
    return ClevalMetric.countBySize(truth.map(boxOf(options)), found.map(boxOf(options)), sizes, options)
  })
  return ClevalMetric.bins.slice(1).map((high, i) => ({
    low: ClevalMetric.bins[i] ?? 0,
    high,
    total: totalOf(
      bySize.flatMap((bins) => bins[i] ?? []),
      options.endToEnd === true
    )
  }))
}

const percent = (part: number): string => `${Number((100 * part).toFixed(1))} %`

const regionOf = ({ polygon, text }: ScoreLines.Line, i: number): Region => ({
  id: String(i),
  polygon,
  ignore: text === Format.DO_NOT_CARE,
  ...(text === undefined ? {} : { transcription: text })
})

/** Counts of a picture; end to end, a pair counts if its texts are the same. */
const countsOf = ({ truth, found }: Page, { endToEnd, caseSensitive }: Options): DetectionMetric.Counts => {
  const match = DetectionMetric.match({ truth: truth.map(regionOf), predictions: found })
  const read = (text: string | undefined) => (caseSensitive === false ? text?.toUpperCase() : text)
  const pairs = [...match.pairs].filter(
    ([region, line]) => endToEnd !== true || read(region.transcription) === read(line.text)
  )
  return { truth: match.truth.length, predictions: match.counted.length, matched: pairs.length }
}

/** Regions at an IoU above 0.5, of all pictures together and as a mean of those that have something. */
const regionsOf = (pages: ReadonlyArray<Page>, options: Options) => {
  const images = pages.map((page) => {
    const counts = countsOf(page, options)
    return { name: page.name, ...DetectionMetric.scores(counts), ...counts }
  })
  const sum = (key: keyof DetectionMetric.Counts) => images.reduce((all, image) => all + image[key], 0)
  const counts = { truth: sum("truth"), predictions: sum("predictions"), matched: sum("matched") }
  const judged = images.filter(({ truth, predictions }) => truth + predictions > 0)
  const mean = (key: keyof Cleval.Scores) =>
    judged.reduce((all, image) => all + image[key], 0) / judged.length
  return {
    all: { ...DetectionMetric.scores(counts), ...counts },
    mean: { precision: mean("precision"), recall: mean("recall"), hmean: mean("hmean") },
    images
  }
}

const regionRows = ({ all, mean }: ReturnType<typeof regionsOf>) => [
  rowOf("IoU above 0.5, all regions", all),
  rowOf("IoU above 0.5, mean of pictures", mean)
]

/** CLEval of all pictures. */
export const cleval = Effect.fn("Score.cleval")(function* (
  options: Options
): Effect.fn.Return<Scored, DataError, FileSystem.FileSystem | Path.Path> {
  const pages = yield* pagesOf(options)
  const endToEnd = options.endToEnd === true
  const results = pages.map(({ name, truth, found }) => ({
    name,
    result: Cleval.evaluate(truth.map(boxOf(options)), found.map(boxOf(options)), options)
  }))
  const total = totalOf(
    results.map(({ result }) => result),
    endToEnd
  )
  const [sizes, regions] = [sizesOf(pages, options), regionsOf(pages, options)]
  return {
    columns: scoreColumns,
    rows: [
      ...rowsOf("detection", total.detection),
      ...rowsOf("end to end", total.endToEnd),
      ...sizes.map(({ low, high, total: { detection } }) =>
        rowOf(`detection, height ${percent(low)} to ${percent(high)}`, Cleval.scores(detection.counts))
      ),
      ...regionRows(regions)
    ],
    pictures: pages.length,
    json: {
      metric: "cleval",
      pictures: pages.length,
      all: totalJson(total),
      mean: meanJson(total),
      iou: { all: regions.all, mean: regions.mean },
      sizes: sizes.map(({ low, high, total }) => ({ low, high, ...totalJson(total) })),
      images: results.map(({ name, result }) => ({ name, ...totalJson(totalOf([result], endToEnd)) }))
    }
  }
})

/** Regions at an IoU above 0.5 of all pictures. */
export const iou = Effect.fn("Score.iou")(function* (
  options: Options
): Effect.fn.Return<Scored, DataError, FileSystem.FileSystem | Path.Path> {
  const pages = yield* pagesOf(options)
  const regions = regionsOf(pages, options)
  return {
    columns: scoreColumns,
    rows: regionRows(regions),
    pictures: pages.length,
    json: { metric: "iou", pictures: pages.length, ...regions }
  }
})
