import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ImageCodec from "../../../../src/layers/image/ImageCodec.ts"
import { Canvas, CanvasError } from "../../../../src/pipeline/picture/Canvas.ts"
import { Progress } from "../../../../src/pipeline/run/Progress.ts"
import { RunDirectory } from "../../../../src/pipeline/run/RunDirectory.ts"
import type { Event } from "../../../../src/pipeline/train/Event.ts"
import * as Figures from "../../../../src/tasks/textDetection/picture/Figures.ts"
import type { DetectionResult } from "../../../../src/tasks/textDetection/TextDetection.ts"

const started: Event<DetectionResult> = {
  _tag: "EvaluationStarted",
  kind: "val",
  epoch: 0,
  step: 1,
  batches: 1
}

const seen: Event<DetectionResult> = {
  _tag: "EvaluationBatchEnded",
  kind: "val",
  epoch: 0,
  step: 1,
  batch: 1,
  batches: 1,
  outputs: {
    images: [
      {
        name: "a.jpg",
        width: 8,
        height: 8,
        truth: [],
        predictions: [],
        probability: { width: 8, height: 8, data: new Float32Array(64) },
        rgb: new Uint8Array(192)
      }
    ]
  }
}

const drawnOn = (canvas: Layer.Layer<Canvas>) =>
  Effect.gen(function* () {
    const warnings: Array<string> = []
    const figures = Figures.make(4)
    yield* figures.watch(started)
    yield* figures.watch(seen)
    const files = yield* figures.draw.pipe(
      Effect.provide([
        canvas,
        ImageCodec.layer,
        Layer.mock(RunDirectory, { path: "/run", id: "run", write: () => Effect.void }),
        Layer.mock(Progress, { warn: (line) => Effect.sync(() => void warnings.push(line)) })
      ])
    )
    return { files, warnings }
  })

describe("Figures", () => {
  it.effect("one that cannot be drawn is missing, and a warning says why", () =>
    Effect.gen(function* () {
      const noFont = new CanvasError({ problem: "the font x cannot be used", cure: "Install it." })
      const { files, warnings } = yield* drawnOn(Layer.mock(Canvas, { create: () => Effect.fail(noFont) }))
      assert.deepStrictEqual(files, [])
      assert.deepStrictEqual(warnings, [`figures/predictions.png is missing: ${noFont.message}`])
    })
  )

  it.effect("nor does a drawing library that throws end a run that trained", () =>
    Effect.gen(function* () {
      const throwing = Layer.mock(Canvas, { create: () => Effect.die(new Error("out of memory")) })
      const { warnings } = yield* drawnOn(throwing)
      assert.deepStrictEqual(warnings, ["figures/predictions.png is missing: out of memory"])
    })
  )
})
