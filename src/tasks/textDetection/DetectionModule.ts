/** What the command line knows of text detection before any of it is loaded. */
import * as Effect from "effect/Effect"
import * as TaskModule from "../../pipeline/module/TaskModule.ts"
import { DetectorPlan, PredictKeys, TestKeys } from "./DetectionPlan.ts"

export default TaskModule.lazy({
  name: "text_detection",
  plan: DetectorPlan,
  objective: { metric: "hmean", mode: "max" },
  testPlan: TestKeys,
  predictPlan: PredictKeys,
  requires: ["pictures"],
  onResume: {
    "data.root": "free",
    "data.format": "free",
    "data.test_size": "free",
    "data.workers": "free",
    "data.prefetch": "free",
    "data.cache": "free",
    "data.cache_bytes": "free",
    "data.cache_dir": "free",
    "data.val_batch_size": "shown"
  },
  next: [
    { command: "anneal predict image_dir=<folder>", does: "find the text on your pictures" },
    { command: "anneal train data=receipts data.root=<folder>", does: "learn from your own receipts" }
  ],
  load: Effect.map(
    Effect.promise(() => import("./implementation.ts")),
    (module) => module.implementation
  )
})
