/** What became of a cache of samples: numbers, and a sentence where there is something to do. */
import * as Schema from "effect/Schema"

/** What became of a cache in a run, over all threads. */
export const Use = Schema.Struct({
  kind: Schema.Literals(["memory", "disk"]),
  /** Values that were there, and those that had to be made. */
  hits: Schema.Int,
  misses: Schema.Int,
  /** Of those made: how many were kept, and how many not, since the cache is full. */
  kept: Schema.Int,
  full: Schema.Int,
  /** Entries that were found damaged, and made anew. */
  damaged: Schema.Int,
  /** Entries that could not be written. */
  failed: Schema.Int
})
export type Use = typeof Use.Type

/** In the order of a cache's counters. */
export const counted = ["hits", "misses", "kept", "full", "damaged", "failed"] as const

export type Counter = (typeof counted)[number]

const percent = (part: number, all: number): string => `${Math.round((100 * part) / all)} %`

/** A sentence for a run whose cache helped less than it could. */
export const advice = ({ kind, misses, full, failed, damaged }: Use): string | undefined => {
  if (failed > 0) return "samples could not be kept on disk (data.cache_dir), and were made each time"
  // A few that did not fit cost little.
  if (full > 0.05 * misses && full > 0) {
    return `the cache of samples (data.cache=${kind}) is full: ${percent(full, misses)} of those made were not kept; data.cache_bytes is its bound`
  }
  return damaged > 0 ? `${damaged} damaged entries of the cache of samples were made anew` : undefined
}
