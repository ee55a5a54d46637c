import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { Polygon } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Cleval from "../../../../src/tasks/textDetection/metric/Cleval.ts"
import * as ClevalMetric from "../../../../src/tasks/textDetection/metric/ClevalMetric.ts"
import * as TextBox from "../../../../src/tasks/textDetection/metric/TextBox.ts"
import { box, turned } from "../Geometry.ts"

const Boxes = Schema.Array(Schema.Tuple([Schema.Array(Schema.Finite), Schema.String]))
const Numbers = Schema.Array(Schema.Finite)
const Case = Schema.Struct({
  regions: Boxes,
  found: Boxes,
  caseSensitive: Schema.Boolean,
  splitPenalty: Schema.Finite,
  mergePenalty: Schema.Finite,
  areaPrecision: Schema.Finite,
  detection: Numbers,
  endToEnd: Numbers,
  splits: Schema.Int,
  merges: Schema.Int,
  overlapped: Schema.Int
})
const Sizes = Schema.Struct({
  longSide: Schema.Int,
  pages: Schema.Array(Schema.Struct({ regions: Boxes, found: Boxes })),
  hmeans: Numbers
})
/** Made by the official implementation: reference/pages.py. */
const { cases, sizes } = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Struct({ cases: Schema.Array(Case), sizes: Sizes }))
)(readFileSync(new URL("../reference/pages.json", import.meta.url), "utf8"))

const cornersOf = (numbers: ReadonlyArray<number>): Polygon =>
  [0, 2, 4, 6].map((i) => [numbers[i] ?? 0, numbers[i + 1] ?? 0] as const)

const boxes = (all: typeof Boxes.Type, reading: TextBox.Reading = {}) =>
  all.map(([numbers, text]) => TextBox.make(cornersOf(numbers), { text, ignore: text === "###" }, reading))

const numbersOf = (counts: Cleval.Counts | undefined) => {
  if (counts === undefined) return []
  const { recall, precision, hmean } = Cleval.scores(counts)
  return [recall, precision, hmean, counts.truth, counts.detected, counts.found, counts.wrong]
}

const region = (polygon: Polygon, text: string | undefined) => TextBox.make(polygon, { text })
const detection = (polygon: Polygon, text = "") => TextBox.make(polygon, { text })
const scoresOf = (regions: ReadonlyArray<TextBox.TextBox>, found: ReadonlyArray<TextBox.TextBox>) =>
  Cleval.scores(Cleval.evaluate(regions, found).detection)

describe("Cleval", () => {
  it("equals the official implementation on random pages", () => {
    assert.strictEqual(cases.length, 60)
    for (const one of cases) {
      const [regions, found] = [boxes(one.regions, one), boxes(one.found, one)]
      const result = Cleval.evaluate(regions, found, { ...one, endToEnd: true })
      for (const part of ["detection", "endToEnd"] as const) {
        const numbers = numbersOf(result[part])
        for (const [i, expected] of one[part].entries())
          assert.closeTo(numbers[i] ?? Number.NaN, expected, 1e-9)
      }
      const { splits, merges, overlapped } = result
      assert.deepStrictEqual([splits, merges, overlapped], [one.splits, one.merges, one.overlapped])
    }
  })

  it("equals the official implementation by size of the text", () => {
    const { longSide, pages, hmeans } = sizes
    const bySize = pages.map(({ regions, found }) =>
      ClevalMetric.countBySize(
        boxes(regions),
        boxes(found),
        regions.map(([numbers]) => ClevalMetric.sizeOf(cornersOf(numbers), longSide))
      )
    )
    for (const [bin, expected] of hmeans.entries()) {
      const all = bySize.reduce(
        (sum, page) => Cleval.sum(sum, page[bin]?.detection ?? Cleval.nothing),
        Cleval.nothing
      )
      // The official one sums in single precision.
      assert.closeTo(Cleval.scores(all).hmean, expected, 1e-6)
    }
  })

  it("counts a split by hand: all letters found, one lost by the penalty", () => {
    const word = region(box(0, 0, 80, 10), "abcdefgh")
    const halves = [detection(box(0, 0, 40, 10)), detection(box(40, 0, 40, 10))]
    const { detection: counts, splits } = Cleval.evaluate([word], halves)
    assert.deepStrictEqual(
      [counts.found, counts.truth, counts.splitPenalty, counts.mergePenalty, splits],
      [8, 8, 1, 0, 1]
    )
    assert.deepStrictEqual(Cleval.scores(counts), { recall: 7 / 8, precision: 1, hmean: 14 / 15 })
  })

  it("gives each centre on a border to one of two neighbours", () => {
    // Five letters over 50 pixels: the third centre is at 25, where the detections meet.
    const word = region(box(0, 0, 50, 10), "abcde")
    const { overlapped, detection: counts } = Cleval.evaluate(
      [word],
      [detection(box(0, 0, 25, 10)), detection(box(25, 0, 25, 10))]
    )
    assert.deepStrictEqual([overlapped, counts.found], [0, 5])
  })

  it("follows a bent polygon, whose middle a straight line would leave", () => {
    const arch: Polygon = Array.from({ length: 14 }, (_, i) => {
      const [angle, radius] = i < 7 ? [Math.PI * (1 - i / 6), 100] : [(Math.PI * (i - 7)) / 6, 70]
      return [200 + radius * Math.cos(angle), 200 - radius * Math.sin(angle)] as const
    })
    const word = region(arch, "roundabout")
    for (const [x, y] of word.centres) {
      const radius = Math.hypot(x - 200, y - 200)
      assert.isTrue(radius > 75 && radius < 95, `${radius}`)
    }
    assert.strictEqual(scoresOf([word], [detection(arch)]).hmean, 1)
    // The same arch in two halves is split, and found completely.
    const half = [...arch.slice(0, 4), ...arch.slice(10)]
    const other = arch.slice(3, 11)
    const result = Cleval.evaluate([word], [detection(half), detection(other)])
    assert.deepStrictEqual([result.detection.found, result.splits], [10, 1])
  })

  it("takes a text of unknown length by its proportions, and one that nobody wants as neither", () => {
    assert.strictEqual(region(box(0, 0, 40, 10), undefined).centres.length, 4)
    assert.strictEqual(region(turned(box(0, 0, 400, 10), 30, [0, 0]), undefined).centres.length, 10)
    const ignored = TextBox.make(box(0, 0, 40, 10), { ignore: true })
    const { detection: counts } = Cleval.evaluate([ignored], [detection(box(1, 1, 38, 8))])
    assert.deepStrictEqual(counts, Cleval.nothing)
  })

  it("is a metric: of all characters, and as a mean of pictures; NaN of nothing", () => {
    const seen = (name: string, truth: ReadonlyArray<Polygon>, found: ReadonlyArray<Polygon>) => ({
      name,
      truth: truth.map((polygon) => ({ id: name, polygon, ignore: false, transcription: "abcd" })),
      predictions: found.map((polygon) => ({ polygon }))
    })
    const [here, there] = [box(0, 0, 40, 10), box(0, 50, 40, 10)]
    const result = (images: ReadonlyArray<ReturnType<typeof seen>>) =>
      ClevalMetric.make.result(ClevalMetric.make.update(ClevalMetric.initial, { images }))
    const numbers = result([seen("a", [here], [here]), seen("b", [here, there], [here]), seen("c", [], [])])
    assert.closeTo(numbers["cleval_recall"] ?? 0, 8 / 12, 1e-12)
    assert.closeTo(numbers["cleval_image_hmean"] ?? 0, (1 + 2 / 3) / 2, 1e-12)
    assert.deepStrictEqual(Object.values(result([seen("c", [], [])])), Array(4).fill(Number.NaN))
  })
})
