/** Pictures of a whole evaluation: who was taken for whom, and the worst mistakes. */
import * as Effect from "effect/Effect"
import type { Evaluated, Figure } from "../../../pipeline/module/TaskModule.ts"
import * as ConfusionMatrix from "../../../pipeline/picture/ConfusionMatrix.ts"
import * as ImageGrid from "../../../pipeline/picture/ImageGrid.ts"
import * as Pixels from "../data/Pixels.ts"
import * as ClassificationMetric from "../metric/ClassificationMetric.ts"
import type { ClassificationResult } from "../metric/ClassificationResult.ts"
import * as Pictures from "./Pictures.ts"

const setOf = { val: "validation", test: "test" } as const

/** `confusion_matrix`, and `worst_mistakes` of as many pictures as are asked for, where a mistake was made. */
export const figures = ({
  kind,
  state,
  images
}: Evaluated<ClassificationResult, ClassificationMetric.State>): ReadonlyArray<Figure> => {
  const worst = state.worst.slice(0, images)
  const matrix: Figure = {
    name: "confusion_matrix",
    draw: ConfusionMatrix.draw({
      title: `Confusion matrix, ${setOf[kind]} samples`,
      ...ClassificationMetric.confusion(state)
    })
  }
  const grid: Figure = {
    name: "worst_mistakes",
    draw: Effect.suspend(() =>
      ImageGrid.draw({
        title: `Worst mistakes, ${setOf[kind]} samples`,
        subtitle: "truth as prediction (probability), worst first",
        cells: worst.map((sample) => ({
          image: Pixels.toRgb(sample.picture),
          caption: Pictures.caption(state.classes, sample),
          wrong: true
        }))
      })
    )
  }
  return worst.length === 0 ? [matrix] : [matrix, grid]
}
