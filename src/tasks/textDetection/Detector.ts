/** The detector that a plan describes. */

import type { DetectorPlan } from "./DetectionPlan.ts"
import * as Dbnet from "./model/Dbnet.ts"
import * as TextDetection from "./TextDetection.ts"

export interface Detector {
  readonly model: Dbnet.Dbnet
  readonly task: TextDetection.TextDetection
}

export const make = ({
  model,
  loss,
  postprocess
}: Pick<DetectorPlan, "model" | "loss" | "postprocess">): Detector => {
  const net = Dbnet.make(model.name, model)
  return { model: net, task: TextDetection.make({ model: net, loss, postprocess }) }
}
