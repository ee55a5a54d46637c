/** Pictures of a whole evaluation: who was taken for whom, and the worst mistakes. */
import type { Evaluated, Figure } from "../../../pipeline/task/TaskModule.ts"
import type { ClassificationResult } from "../ClassificationResult.ts"
import type * as ClassificationMetric from "../metric/ClassificationMetric.ts"

export const figures = (
  _evaluated: Evaluated<ClassificationResult, ClassificationMetric.State>
): ReadonlyArray<Figure> => []
