/** Where batches come from: a function of epoch and index only, so that a run can resume at any position. */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The data cannot be used: it is missing, empty or broken. `where` is a path, a path and line, or a file name. */
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
  /** Batch `index` of `epoch`, both from 0; `index` is less than `length`. */
  readonly batch: (epoch: number, index: number) => Effect.Effect<B, DataError>
}

/** `dataset` with the batches of its first epoch in every epoch. */
export const firstEpochOnly = <B>(dataset: Dataset<B>): Dataset<B> => ({
  ...dataset,
  batch: (_, index) => dataset.batch(0, index)
})
