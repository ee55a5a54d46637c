/** What a text detector is measured by: regions at an IoU above 0.5, and characters by CLEval. */
import type { Metric } from "../../../pipeline/task/Metric.ts"
import * as ClevalMetric from "./ClevalMetric.ts"
import * as DetectionMetric from "./DetectionMetric.ts"

export interface State {
  readonly iou: DetectionMetric.State
  readonly cleval: ClevalMetric.State
}

/** `precision`, `recall` and `hmean` of regions, and `cleval_…` of characters. */
export const make: Metric<State, { readonly images: ReadonlyArray<DetectionMetric.Seen> }> = {
  initial: { iou: DetectionMetric.initial, cleval: ClevalMetric.initial },
  update: ({ iou, cleval }, seen) => ({
    iou: DetectionMetric.make.update(iou, seen),
    cleval: ClevalMetric.make.update(cleval, seen)
  }),
  result: ({ iou, cleval }) => ({
    ...DetectionMetric.make.result(iou),
    ...ClevalMetric.make.result(cleval)
  })
}
