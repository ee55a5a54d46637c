import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { DetectorPlan, TestKeys } from "../../../src/tasks/textDetection/DetectionPlan.ts"
import * as DetectionReport from "../../../src/tasks/textDetection/DetectionReport.ts"
import * as PostProcess from "../../../src/tasks/textDetection/postprocess/PostProcess.ts"
import type { ImageResult } from "../../../src/tasks/textDetection/TextDetection.ts"

const plan = Schema.decodeUnknownSync(DetectorPlan)({ data: { kind: "synthetic" } })
const asked = (search_thresholds: boolean) => Schema.decodeUnknownSync(TestKeys)({ search_thresholds })

/** Two words of which the net is surer of one, and a stain that it takes for text with 0.72; as sure as `sure`. */
const result = (name: string, sure: number): ImageResult => {
  const map = { width: 100, height: 60, data: new Float32Array(6000) }
  const paint = (left: number, top: number, probability: number) => {
    for (let y = top; y < top + 6; y++) map.data.fill(probability, y * 100 + left, y * 100 + left + 40)
  }
  paint(10, 10, 0.95)
  paint(10, 30, sure)
  paint(55, 45, 0.72)
  const detect: ImageResult["detect"] = (options) => PostProcess.detect(map, options)
  const words = detect({ ...plan.postprocess, thresh: 0.1, box_thresh: 0.1 })
    .map(({ polygon }) => polygon)
    .filter((polygon) => polygon.every(([x]) => x < 70))
  return {
    name,
    width: 100,
    height: 60,
    truth: words.map((polygon, i) => ({ id: String(i), polygon, ignore: false })),
    predictions: detect(plan.postprocess),
    probability: map,
    rgb: new Uint8Array(100 * 60 * 3),
    detect
  }
}

const reported = (search: boolean, ...images: ReadonlyArray<ImageResult>) => {
  const report = DetectionReport.make(plan, asked(search))
  for (const image of images) report.watch({ images: [image] })
  const { files, figures, notes } = report.result()
  const textOf = (path: string) => files.find((file) => file.path === path)?.text ?? ""
  return {
    set: report.set,
    figures,
    notes,
    csv: textOf("report/pictures.csv"),
    report: textOf("report/report.json")
  }
}

const Thresholds = Schema.fromJsonString(
  Schema.Struct({
    thresholds: Schema.Array(
      Schema.Struct({ thresh: Schema.Finite, box_thresh: Schema.Finite, hmean: Schema.Finite })
    )
  })
)

describe("DetectionReport", () => {
  it("lists each picture, the worst first, and draws the worst and the thresholds", () => {
    const { csv, figures, set } = reported(false, result("good, better.png", 0.9), result("bad.png", 0.2))
    const [header, first, second] = csv.split("\n")
    assert.match(header ?? "", /^name,regions,detections,found,precision/)
    assert.match(first ?? "", /^bad\.png,2,2,1,0\.5,0\.5,0\.5,/)
    assert.match(second ?? "", /^"good, better\.png",2,3,2,0\.666667,1,0\.8,/)
    assert.deepStrictEqual(
      figures.map(({ name }) => name),
      ["worst", "thresholds"]
    )
    assert.isUndefined(set)
  })

  it("finds the thresholds that leave the stain out, on the validation set", () => {
    const image = result("a", 0.9)
    const { notes, report, set } = reported(true, image)
    assert.strictEqual(set, "val")
    assert.match(notes[0] ?? "", /box_thresh=0\.75, hmean 1\.0000 instead of 0\.8000$/)
    // Each point is what the detector itself gives with these thresholds.
    const { thresholds } = Schema.decodeSync(Thresholds)(report)
    assert.strictEqual(thresholds.length, 11 * 19)
    for (const { thresh, box_thresh, hmean } of thresholds) {
      const found = image.detect({ ...plan.postprocess, thresh, box_thresh }).length
      const matched = Math.min(found, 2)
      assert.closeTo(hmean, (2 * matched) / (2 + found), 1e-12)
    }
  })

  it("has nothing to say of nothing", () => {
    const { figures, csv } = reported(false)
    assert.deepStrictEqual([figures.length, csv.split("\n").length], [1, 2])
  })
})
