/** What a pipeline would run and why. */
import type { Forecast, Shape } from "./PipelineNode.ts"

export interface OutlinedStage extends Forecast {
  readonly stage: string
  /** The parameters on one line. */
  readonly detail: string
}

export interface PipelineOutline {
  /** The graph with the forecast of each stage, from the last stage back. */
  readonly shape: Shape
  /** Each stage once, in an order in which they could run. */
  readonly stages: ReadonlyArray<OutlinedStage>
}

/** Every node once, each after its inputs. */
export const inOrder = (root: Shape): ReadonlyArray<Shape> => {
  const seen = new Set<Shape>()
  const ordered: Array<Shape> = []
  const visit = (shape: Shape): void => {
    if (seen.has(shape)) return
    seen.add(shape)
    for (const input of shape.inputs) visit(input.shape)
    ordered.push(shape)
  }
  visit(root)
  return ordered
}

export const make = (shape: Shape): PipelineOutline => ({
  shape,
  stages: inOrder(shape).flatMap(({ title, detail, forecast }) =>
    forecast === undefined ? [] : [{ stage: title, detail, ...forecast }]
  )
})

/** The stages that would run. */
export const toRun = (outline: PipelineOutline): ReadonlyArray<OutlinedStage> =>
  outline.stages.filter(({ action }) => action === "run")
