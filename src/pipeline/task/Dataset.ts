/** Where batches come from: a pure function of (epoch, index), so that any position can be resumed. */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The data cannot be used: missing, empty, broken. `where` is a path, a path and line, or a file name. */
export class DataError extends Schema.TaggedError<DataError>()("DataError", {
  where: Schema.String,
  problem: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `${this.where}: ${this.problem}. ${this.cure}`
  }
}

export interface Dataset<B> {
  readonly name: string
  /** Samples in one epoch. */
  readonly samples: number
  /** Batches in one epoch. */
  readonly length: number
  /** Batch `index`, 0 ≤ index < length, of `epoch`, counted from 0. */
  readonly batch: (epoch: number, index: number) => Effect.Effect<B, DataError>
  /** Digest of what the set holds, for the run's record; a run that is resumed on other data says so. */
  readonly fingerprint?: Effect.Effect<string, DataError> | undefined
}

/** `dataset` with the batches of its first epoch in every epoch. */
export const firstEpochOnly = <B>(dataset: Dataset<B>): Dataset<B> => ({
  ...dataset,
  batch: (_, index) => dataset.batch(0, index)
})
