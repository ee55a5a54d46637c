/** How often V8 collects garbage in a process that moves batches about. */
import { setFlagsFromString } from "node:v8"
import * as Effect from "effect/Effect"

const version = Number(process.versions.v8?.split(".")[0] ?? 0)

/**
 * Counts the memory of pictures and batches as a part of the heap, whose limit grows with it. By itself V8 marks the
 * whole heap for each 64 MB of them, many times a second: half of the processor time of the data workers, and a part of
 * the engine's. Applies to threads that start later; a V8 before 13 has no such flag, and an unknown one is reported.
 */
export const counted: Effect.Effect<void> = Effect.sync(() => {
  if (version >= 13) setFlagsFromString("--external-memory-accounted-in-global-limit")
})
