/** Text detection as the command line runs it: the task of a plan, its data, its pictures and its predictions. */
import type { Implementation } from "../../pipeline/module/TaskModule.ts"
import * as Cases from "./Cases.ts"
import * as DetectionData from "./DetectionData.ts"
import * as DetectionExport from "./DetectionExport.ts"
import * as DetectionInspect from "./DetectionInspect.ts"
import type { DetectorPlan, PredictKeys } from "./DetectionPlan.ts"
import * as DetectionPredict from "./DetectionPredict.ts"
import * as DetectionPreview from "./DetectionPreview.ts"
import * as DetectionReport from "./DetectionReport.ts"
import type { DetectionBatch } from "./data/Batch.ts"
import { BatchSchema } from "./data/BatchSchema.ts"
import type * as TextMetric from "./metric/TextMetric.ts"
import * as Pictures from "./picture/Pictures.ts"
import * as ShardedData from "./ShardedData.ts"
import * as TextDetection from "./TextDetection.ts"

export const implementation: Implementation<
  DetectorPlan,
  PredictKeys,
  DetectionBatch,
  TextDetection.DetectionResult,
  TextMetric.State
> = {
  task: (plan) => TextDetection.fromPlan(plan).task,
  data: DetectionData.open,
  batch: BatchSchema,
  pictures: ({ images }) => images.map(Cases.pictureOf),
  figures: ({ kind, outputs, images }) => {
    const shown = outputs.flatMap((one) => one.images).slice(0, images)
    if (shown.length === 0) return []
    const title = kind === "test" ? "Test" : "Validation"
    return [{ name: "predictions", draw: Pictures.validation(title, shown.map(Cases.sampleOf)) }]
  },
  report: DetectionReport.make,
  predict: DetectionPredict.open,
  exported: DetectionExport.exported,
  inspect: DetectionInspect.inspect,
  preview: DetectionPreview.preview,
  pack: ShardedData.pack
}
