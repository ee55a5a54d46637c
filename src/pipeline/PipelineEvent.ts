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

export type PipelineEvent = StageStarted | StageCached | StageEnded
