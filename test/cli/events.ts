/** Events of a small run, as the trainer emits them. */
import type * as Event from "../../src/pipeline/train/Event.ts"

export const fitStarted = (over: Partial<Event.FitStarted> = {}): Event.FitStarted => ({
  _tag: "FitStarted",
  task: "text detection",
  parameters: 361_234,
  buffers: 512,
  epoch: 0,
  step: 0,
  trainBatches: 4,
  valBatches: 2,
  maxEpochs: 3,
  maxSteps: undefined,
  resumedFrom: undefined,
  ...over
})

export const stepEnded = (batch: number, over: Partial<Event.StepEnded> = {}): Event.StepEnded => ({
  _tag: "StepEnded",
  epoch: 0,
  batch,
  batches: 4,
  step: batch,
  optimized: true,
  loss: 2,
  parts: {},
  learningRate: 1e-3,
  gradientNorm: 1,
  samples: 8,
  seconds: 1.5,
  dataSeconds: 0.5,
  ...over
})

export const evaluationBatchEnded = (
  kind: Event.EvaluationKind,
  batch: number
): Event.EvaluationBatchEnded => ({
  _tag: "EvaluationBatchEnded",
  kind,
  epoch: 0,
  step: 4,
  batch,
  batches: 2,
  outputs: undefined
})

export const evaluationEnded = (
  kind: Event.EvaluationKind,
  hmean: number,
  step = 4
): Event.EvaluationEnded => ({
  _tag: "EvaluationEnded",
  kind,
  epoch: 0,
  step,
  metrics: { [`${kind}/precision`]: 0.75, [`${kind}/hmean`]: hmean },
  state: undefined,
  seconds: 3
})

export const checkpointSaved = (name: string): Event.CheckpointSaved => ({
  _tag: "CheckpointSaved",
  name,
  path: `/run/checkpoints/${name}`,
  epoch: 0,
  step: 4,
  aliases: [],
  metrics: {},
  seconds: 0.1
})

export const epochEnded = (epoch = 0): Event.EpochEnded => ({
  _tag: "EpochEnded",
  epoch,
  step: 4 * (epoch + 1),
  loss: 1.25,
  seconds: 72
})

export const fitEnded: Event.FitEnded = {
  _tag: "FitEnded",
  epoch: 3,
  step: 12,
  reason: "max_epochs=3 reached",
  metrics: { "val/hmean": 0.9 }
}
