/** Image classification as a task module: `task: image_classification`. */
import * as Effect from "effect/Effect"
import * as TaskModule from "../../pipeline/module/TaskModule.ts"
import { ClassificationPlan, ClassificationTestPlan } from "./ClassificationPlan.ts"
import { ClassificationPredictPlan } from "./predict/PredictPlan.ts"

export default TaskModule.lazy({
  name: "image_classification",
  plan: ClassificationPlan,
  objective: { metric: "accuracy", mode: "max" },
  testPlan: ClassificationTestPlan,
  predictPlan: ClassificationPredictPlan,
  requires: ["pictures"],
  onResume: {
    "data.root": "free",
    "data.file": "free",
    "data.workers": "free",
    "data.prefetch": "free",
    "data.cache": "free",
    "data.cache_bytes": "free",
    "data.cache_dir": "free",
    // The last bits of a probability may differ.
    "data.val_batch_size": "shown",
    "metrics.per_class": "free"
  },
  next: [
    {
      command: "anneal predict image_dir=<folder>",
      does: "find the classes of your pictures"
    },
    {
      command: "anneal train task=image_classification data=folder data.root=<folder> data.classes=<number>",
      does: "learn from your own pictures, a folder for each class"
    }
  ],
  load: Effect.map(
    Effect.promise(() => import("./implementation.ts")),
    (module) => module.implementation
  )
})
