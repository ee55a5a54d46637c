/** What does the work of image classification; loaded when a run begins. */
import type { Implementation } from "../../pipeline/module/TaskModule.ts"
import * as ClassificationExport from "./ClassificationExport.ts"
import * as ClassificationInspect from "./ClassificationInspect.ts"
import type { ClassificationPlan } from "./ClassificationPlan.ts"
import * as ClassificationPreview from "./ClassificationPreview.ts"
import { ClassificationBatch } from "./data/Batch.ts"
import * as ClassificationData from "./data/ClassificationData.ts"
import * as ImageClassification from "./ImageClassification.ts"
import type * as ClassificationMetric from "./metric/ClassificationMetric.ts"
import type { ClassificationResult } from "./metric/ClassificationResult.ts"
import * as Figures from "./picture/Figures.ts"
import * as Pictures from "./picture/Pictures.ts"
import * as Predict from "./predict/Predict.ts"
import type { ClassificationPredictPlan } from "./predict/PredictPlan.ts"

export const implementation: Implementation<
  ClassificationPlan,
  ClassificationPredictPlan,
  ClassificationBatch,
  ClassificationResult,
  ClassificationMetric.State
> = {
  task: ImageClassification.make,
  data: ClassificationData.open,
  batch: ClassificationBatch,
  pictures: Pictures.pictures,
  figures: Figures.figures,
  predict: Predict.predict,
  exported: ClassificationExport.exported,
  inspect: ClassificationInspect.inspect,
  preview: ClassificationPreview.preview,
  pack: ClassificationData.pack
}
