/** Evaluations of a task whose outputs are pictures: what the runs show of any task. */
import * as Effect from "effect/Effect"
import type { Picture } from "../../src/pipeline/module/TaskModule.ts"
import { Canvas } from "../../src/pipeline/picture/Canvas.ts"
import type { EvaluationKind, Event } from "../../src/pipeline/train/Event.ts"

export type Outputs = ReadonlyArray<Picture>
export type State = number

/** A grey square with one box of truth, half as large as it may be; drawing it needs the canvas. */
export const picture = (name: string, score: number): Picture => ({
  name,
  score,
  caption: `${name}: ${score.toFixed(2)}`,
  facts: { length: name.length },
  draw: (maxSide) =>
    Effect.gen(function* () {
      const { create } = yield* Canvas
      const side = maxSide / 2
      yield* create(side, side)
      const box = { minX: 0, minY: 0, maxX: side, maxY: side, label: "whole" }
      return {
        width: side,
        height: side,
        rgb: new Uint8Array(side * side * 3).fill(128),
        boxes: { truth: [box], prediction: [] }
      }
    })
})

const place = { epoch: 0, step: 7 }

export const started = (kind: EvaluationKind = "val"): Event<Outputs, State> => ({
  _tag: "EvaluationStarted",
  kind,
  ...place,
  batches: 2
})

export const batch = (n: number, outputs: Outputs, kind: EvaluationKind = "val"): Event<Outputs, State> => ({
  _tag: "EvaluationBatchEnded",
  kind,
  ...place,
  batch: n,
  batches: 2,
  outputs
})

export const ended = (
  kind: EvaluationKind = "val",
  state: State = 1,
  metrics: { readonly [name: string]: number } = {}
): Event<Outputs, State> => ({ _tag: "EvaluationEnded", kind, ...place, metrics, state, seconds: 1 })
