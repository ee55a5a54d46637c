/** The numbers of a run over its steps, kept from events for the learning curves. */

import type * as LearningCurves from "../../../pipeline/picture/LearningCurves.ts"
import type { Event } from "../../../pipeline/train/Event.ts"

export interface History {
  readonly watch: (event: Event) => void
  /** Loss, learning rate and metrics; panels without numbers are left out. */
  readonly panels: () => ReadonlyArray<LearningCurves.Panel>
}

type Samples = Map<string, Array<LearningCurves.Sample>>

const add = (samples: Samples, name: string, step: number, value: number): void => {
  const found = samples.get(name)
  if (found === undefined) samples.set(name, [{ step, value }])
  else found.push({ step, value })
}

const series = (
  samples: Samples,
  names: ReadonlyArray<string>,
  form: LearningCurves.Series["form"]
): ReadonlyArray<LearningCurves.Series> =>
  names.flatMap((name) => {
    const found = samples.get(name)
    return found === undefined ? [] : [{ name, samples: found, form }]
  })

export const make = (): History => {
  const samples: Samples = new Map()
  return {
    watch: (event) => {
      if (event._tag === "StepEnded" && event.optimized) {
        add(samples, "loss", event.step, event.loss)
        for (const [name, value] of Object.entries(event.parts)) add(samples, name, event.step, value)
        add(samples, "learning rate", event.step, event.learningRate)
      }
      if (event._tag === "EvaluationEnded" && event.kind === "val") {
        for (const [name, value] of Object.entries(event.metrics)) {
          add(samples, name.replace(/^val\//, ""), event.step, value)
        }
      }
    },
    panels: () => {
      const parts = [...samples.keys()].filter(
        (name) => !["loss", "learning rate", "hmean", "precision", "recall"].includes(name)
      )
      const metrics = series(samples, ["hmean", "precision", "recall"], "points")
      const panels: ReadonlyArray<LearningCurves.Panel> = [
        { title: "training loss", series: series(samples, ["loss"], "noisy"), from: 0 },
        { title: "parts of the loss", series: series(samples, parts, "noisy"), from: 0 },
        { title: "validation (IoU 0.5)", series: metrics, from: 0, to: 1 },
        { title: "learning rate", series: series(samples, ["learning rate"], "line"), from: 0 }
      ]
      return panels.filter((panel) => panel.series.length > 0)
    }
  }
}
