/** The events that a pipeline emits while it runs. */
import type { CodeChange } from "./StageModule.ts"
import type { StageReason } from "./StageReason.ts"
import type { StageRecord } from "./StageRecord.ts"

export interface StageStarted {
  readonly _tag: "StageStarted"
  readonly stage: string
  readonly key: string
  readonly reasons: ReadonlyArray<StageReason>
  /** Number of this attempt, from 1. */
  readonly attempt: number
}

/** Nothing that the stage depends on changed, and its output was taken from the cache. */
export interface StageCached {
  readonly _tag: "StageCached"
  readonly stage: string
  readonly key: string
  readonly version: StageRecord["version"]
  /** Code of the stage that changed since, although its version is the same. */
  readonly change?: CodeChange
}

export interface StageEnded {
  readonly _tag: "StageEnded"
  readonly stage: string
  readonly key: string
  readonly seconds: number
}

/** The stage ended without a result; the next run begins it again. */
export interface StageFailed {
  readonly _tag: "StageFailed"
  readonly stage: string
  readonly key: string
  /** Whether it was interrupted from outside, such as by Ctrl-C or because another stage failed. */
  readonly interrupted: boolean
}

export type PipelineEvent = StageStarted | StageCached | StageEnded | StageFailed
