/** Image classification as a task module: `task: image_classification`. */
import * as Effect from "effect/Effect"
import * as TaskModule from "../../pipeline/task/TaskModule.ts"
import {
  ClassificationPlan,
  ClassificationPredictPlan,
  ClassificationTestPlan
} from "./ClassificationPlan.ts"

export default TaskModule.lazy({
  name: "image_classification",
  plan: ClassificationPlan,
  objective: { metric: "accuracy", mode: "max" },
  testPlan: ClassificationTestPlan,
  predictPlan: ClassificationPredictPlan,
  load: Effect.map(
    Effect.promise(() => import("./implementation.ts")),
    (module) => module.implementation
  )
})
