/** Boxes and arrows, not yet drawn: what outlines, pipelines and lineages are turned into. */

import type { Forecast, Shape } from "../stage/PipelineNode.ts"
import { inOrder } from "../stage/PipelineOutline.ts"
import * as StageReason from "../stage/StageReason.ts"

export type Tone = "plain" | "outside" | "done" | "due"

export interface Box {
  /** Unique in its graph; letters and digits. */
  readonly id: string
  readonly title: string
  /** Further lines, in smaller type. */
  readonly lines: ReadonlyArray<string>
  readonly tone: Tone
}

export interface Arrow {
  readonly from: string
  readonly to: string
  readonly label: string
}

/** A graph without cycles. */
export interface Graph {
  /** Each after the boxes that point at it. */
  readonly boxes: ReadonlyArray<Box>
  readonly arrows: ReadonlyArray<Arrow>
}

/** Longest line in a box, in characters. */
const longest = 60

const shortened = (line: string): string => (line.length > longest ? `${line.slice(0, longest - 1)}…` : line)

const toneOf = ({ kind, forecast }: Shape): Tone => {
  if (forecast !== undefined) return forecast.action === "cached" ? "done" : "due"
  return kind === "source" ? "outside" : "plain"
}

const foundLines = ({ action, reasons, change }: Forecast): ReadonlyArray<string> =>
  action === "cached"
    ? [change === undefined ? "cached" : `cached, although ${change.paths.join(", ")} changed`]
    : reasons.map((reason) => `runs: ${StageReason.text(reason)}`)

const linesOf = ({ detail, forecast }: Shape): ReadonlyArray<string> =>
  [detail, ...(forecast === undefined ? [] : foundLines(forecast))]
    .filter((line) => line !== "")
    .map(shortened)

const isDrawn = ({ kind }: Shape): boolean => kind === "stage" || kind === "source"

interface Way {
  readonly shape: Shape
  readonly label: string
}

/** The nearest drawn nodes that `shape` depends on; nodes in between pass their label on. */
function* waysTo(shape: Shape): Generator<Way> {
  for (const { name, shape: input } of shape.inputs) {
    if (isDrawn(input)) yield { shape: input, label: name }
    else for (const way of waysTo(input)) yield { ...way, label: name === "" ? way.label : name }
  }
}

const arrowKey = ({ from, to, label }: Arrow): string => `${from} ${to} ${label}`

/** Stages and data from outside; plain values and pure functions between them are left out. */
export const fromShape = (root: Shape): Graph => {
  const drawn = inOrder(root).filter(isDrawn)
  const ids = new Map(drawn.map((shape, index) => [shape, `n${index}`]))
  const idOf = (shape: Shape) => ids.get(shape) ?? ""
  const arrows = drawn.flatMap((shape) =>
    [...waysTo(shape)].map((way) => ({ from: idOf(way.shape), to: idOf(shape), label: way.label }))
  )
  return {
    boxes: drawn.map((shape) => ({
      id: idOf(shape),
      title: shape.title,
      lines: linesOf(shape),
      tone: toneOf(shape)
    })),
    arrows: [...new Map(arrows.map((arrow) => [arrowKey(arrow), arrow])).values()]
  }
}
