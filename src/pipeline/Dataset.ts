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
}

/**
 * How many batches a limit lets through. A whole number counts batches, a fraction takes that part of the
 * epoch, at least one; absent means all. `1` is one batch and `1.0` the same, as YAML cannot tell them apart
 * once decoded: all batches are the default, so nobody needs to write `1.0`.
 */
export const limit = (length: number, limited: number | undefined): number => {
  if (limited === undefined) return length
  if (limited === 0) return 0
  if (Number.isInteger(limited)) return Math.min(length, limited)
  return Math.min(length, Math.max(1, Math.floor(length * limited)))
}
