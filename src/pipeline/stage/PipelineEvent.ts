/** The facts that a pipeline emits while it runs. */
import type { StageReason } from "./StageReason.ts"

export interface StageStarted {
  readonly _tag: "StageStarted"
  readonly stage: string
  readonly key: string
  readonly reasons: ReadonlyArray<StageReason>
  /** Times that it was begun, with this one. */
  readonly attempt: number
}

/** Nothing that it depends on changed: its output was taken from the cache. */
export interface StageCached {
  readonly _tag: "StageCached"
  readonly stage: string
  readonly key: string
}

export interface StageEnded {
  readonly _tag: "StageEnded"
  readonly stage: string
  readonly key: string
  readonly seconds: number
}

/** It ended without a result, and is begun again by the next run. */
export interface StageFailed {
  readonly _tag: "StageFailed"
  readonly stage: string
  readonly key: string
  /** From outside, such as by Ctrl-C or because another stage failed. */
  readonly interrupted: boolean
}

export type PipelineEvent = StageStarted | StageCached | StageEnded | StageFailed
