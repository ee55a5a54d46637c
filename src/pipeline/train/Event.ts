/** The facts that a run emits, in order; everything that watches a run reads these and nothing else. */
import type { Metrics } from "../task/Metric.ts"

/** Training begins, from the start or where a checkpoint stopped. */
export interface FitStarted {
  readonly _tag: "FitStarted"
  readonly task: string
  /** Trainable values, and values of statistics beside them. */
  readonly parameters: number
  readonly buffers: number
  readonly epoch: number
  readonly step: number
  /** Batches in an epoch and in a validation, after limits. */
  readonly trainBatches: number
  readonly valBatches: number
  readonly maxEpochs: number | undefined
  readonly maxSteps: number | undefined
  readonly resumedFrom: string | undefined
}

export interface EpochStarted {
  readonly _tag: "EpochStarted"
  /** Counted from 0. */
  readonly epoch: number
  readonly batches: number
}

/** One batch went forward and back; `optimized` says whether the weights moved (gradient accumulation). */
export interface StepEnded {
  readonly _tag: "StepEnded"
  readonly epoch: number
  /** Batches done in this epoch, from 1. */
  readonly batch: number
  readonly batches: number
  /** Optimizer steps done in the run. */
  readonly step: number
  readonly optimized: boolean
  readonly loss: number
  readonly parts: { readonly [name: string]: number }
  readonly learningRate: number
  /** L2 norm of all gradients before clipping; absent while gradients accumulate. */
  readonly gradientNorm: number | undefined
  readonly samples: number
  /** Wall time of the step without waiting for data, and the wait, in seconds. */
  readonly seconds: number
  readonly dataSeconds: number
}

/** The step made a number that is not finite; the fit fails with `Diverged` after this. */
export interface StepDiverged {
  readonly _tag: "StepDiverged"
  readonly epoch: number
  /** Batches done in the epoch before this one: the index of this one. */
  readonly batch: number
  /** The optimizer step that was under way, from 1. */
  readonly step: number
  readonly loss: number
  readonly gradientNorm: number
  /** The batch as the data set gave it, to be kept for reproduction. */
  readonly input: unknown
  /** The checkpoint of the state before the step; absent where nothing is saved. */
  readonly checkpoint: string | undefined
}

export type EvaluationKind = "sanity" | "val" | "test"

export interface EvaluationStarted {
  readonly _tag: "EvaluationStarted"
  readonly kind: EvaluationKind
  readonly epoch: number
  readonly step: number
  readonly batches: number
}

export interface EvaluationBatchEnded<I = unknown> {
  readonly _tag: "EvaluationBatchEnded"
  readonly kind: EvaluationKind
  readonly epoch: number
  readonly step: number
  readonly batch: number
  readonly batches: number
  /** What the task made of the batch; for pictures and predictions. */
  readonly outputs: I
}

export interface EvaluationEnded {
  readonly _tag: "EvaluationEnded"
  readonly kind: EvaluationKind
  readonly epoch: number
  readonly step: number
  readonly metrics: Metrics
  readonly seconds: number
}

export interface PredictionBatchEnded<I = unknown> {
  readonly _tag: "PredictionBatchEnded"
  readonly batch: number
  readonly batches: number
  readonly outputs: I
}

export interface CheckpointSaved {
  readonly _tag: "CheckpointSaved"
  readonly name: string
  readonly path: string
  readonly epoch: number
  readonly step: number
  /** `last` and `best…` for trackers that know aliases. */
  readonly aliases: ReadonlyArray<string>
  readonly metrics: Metrics
  readonly seconds: number
}

/** The retention policy let a checkpoint go. */
export interface CheckpointRemoved {
  readonly _tag: "CheckpointRemoved"
  readonly name: string
}

export interface EpochEnded {
  readonly _tag: "EpochEnded"
  readonly epoch: number
  readonly step: number
  /** Mean over the epoch's batches, in this process. */
  readonly loss: number
  readonly seconds: number
}

export interface FitEnded {
  readonly _tag: "FitEnded"
  readonly epoch: number
  readonly step: number
  /** Why training stopped: `max_epochs=3 reached`, `early stopping: …`. */
  readonly reason: string
  readonly metrics: Metrics
}

export type Event<I = unknown> =
  | FitStarted
  | EpochStarted
  | StepEnded
  | StepDiverged
  | EvaluationStarted
  | EvaluationBatchEnded<I>
  | EvaluationEnded
  | PredictionBatchEnded<I>
  | CheckpointSaved
  | CheckpointRemoved
  | EpochEnded
  | FitEnded
