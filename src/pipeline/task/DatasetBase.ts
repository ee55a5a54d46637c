/** What a data set is, and what may be wrong with data. */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The data cannot be used: missing, empty, broken. `where` is a path, a path and line, a file name, or a data set. */
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
  /** Samples in every batch but the last, which may have fewer; absent where batches differ. */
  readonly batchSize?: number | undefined
  /** Batch `index`, 0 ≤ index < length, of `epoch`, counted from 0. */
  readonly batch: (epoch: number, index: number) => Effect.Effect<B, DataError>
  /** A digest of what the set holds, by which two runs know that they saw the same; absent where nobody can say. */
  readonly fingerprint?: Effect.Effect<string, DataError> | undefined
}
