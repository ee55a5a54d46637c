/**
 * The facts that a run emits, in order. Training, testing and prediction emit the same events, and everything that
 * observes a run takes these and nothing else; `O` is what the task gives for an evaluated batch.
 */
import type { Metrics } from "../task/Metric.ts"

/** Training begins, from the start or from a checkpoint. */
export interface FitStarted {
  readonly _tag: "FitStarted"
  readonly task: string
  /** Number of trainable values. */
  readonly parameters: number
  /** Number of values that are not trained, such as running means. */
  readonly buffers: number
  readonly epoch: number
  readonly step: number
  /** Batches in an epoch and in a validation, after limits. */
  readonly trainBatches: number
  readonly valBatches: number
  readonly maxEpochs: number | undefined
  readonly maxSteps: number | undefined
  /** Name of the checkpoint. */
  readonly resumedFrom: string | undefined
}

export interface EpochStarted {
  readonly _tag: "EpochStarted"
  /** Counted from 0. */
  readonly epoch: number
  readonly batches: number
}

/** One batch went forward and backward. */
export interface StepEnded {
  readonly _tag: "StepEnded"
  readonly epoch: number
  /** Batches done in this epoch, from 1. */
  readonly batch: number
  readonly batches: number
  /** Optimizer steps done in the run. */
  readonly step: number
  /** Whether the weights changed; false while gradients accumulate. */
  readonly optimized: boolean
  readonly loss: number
  readonly parts: { readonly [name: string]: number }
  readonly learningRate: number
  /** L2 norm of all gradients before clipping; absent while gradients accumulate. */
  readonly gradientNorm: number | undefined
  readonly samples: number
  /** Wall time of the step without the wait for data, in seconds. */
  readonly seconds: number
  /** The wait for data before the step, in seconds. */
  readonly dataSeconds: number
}

/** A step produced a number that is not finite; the fit fails with `Diverged` after this event. */
export interface StepDiverged {
  readonly _tag: "StepDiverged"
  readonly epoch: number
  /** Batches done in the epoch before this one: the index of this one. */
  readonly batch: number
  /** The optimizer step that was under way, from 1. */
  readonly step: number
  readonly loss: number
  readonly gradientNorm: number
  /** The batch as the data set gave it, so that it can be kept and replayed. */
  readonly input: unknown
  /** Path of the checkpoint of the state before the step; absent if nothing is saved. */
  readonly checkpoint: string | undefined
}

/** `sanity` is a validation before the first step. A prediction has no truth to compare with, and so no metrics. */
export type EvaluationKind = "sanity" | "val" | "test" | "predict"

export interface EvaluationStarted {
  readonly _tag: "EvaluationStarted"
  readonly kind: EvaluationKind
  readonly epoch: number
  readonly step: number
  readonly batches: number
}

export interface EvaluationBatchEnded<O = unknown> {
  readonly _tag: "EvaluationBatchEnded"
  readonly kind: EvaluationKind
  readonly epoch: number
  readonly step: number
  /** Batches evaluated, from 1. */
  readonly batch: number
  readonly batches: number
  /** What the task made of the batch: its predictions, and whatever pictures need. */
  readonly outputs: O
}

export interface EvaluationEnded {
  readonly _tag: "EvaluationEnded"
  readonly kind: EvaluationKind
  readonly epoch: number
  readonly step: number
  /** Named by the kind and the metric: `val/hmean`. */
  readonly metrics: Metrics
  /** Wall time since the evaluation started. */
  readonly seconds: number
}

export interface CheckpointSaved {
  readonly _tag: "CheckpointSaved"
  readonly name: string
  readonly path: string
  readonly epoch: number
  readonly step: number
  /** `last` or `best`, or none: for trackers that have aliases. */
  readonly aliases: ReadonlyArray<string>
  /** The newest metrics at the time. */
  readonly metrics: Metrics
  /** Wall time of the save. */
  readonly seconds: number
}

/** The retention policy removed a checkpoint. */
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

export type Event<O = unknown> =
  | FitStarted
  | EpochStarted
  | StepEnded
  | StepDiverged
  | EvaluationStarted
  | EvaluationBatchEnded<O>
  | EvaluationEnded
  | CheckpointSaved
  | CheckpointRemoved
  | EpochEnded
  | FitEnded
