/** A run's use of its machine, under the names of Weights & Biases' own client. Pure. */
import type { SpooledEntry, SpooledSystem } from "../spool/Entry.ts"

const isSystem = (entry: SpooledEntry): entry is SpooledSystem => entry._tag === "System"

/** The samples among entries, oldest first. */
export const samplesOf = (entries: ReadonlyArray<SpooledEntry>): ReadonlyArray<SpooledSystem> =>
  entries.filter(isSystem)

export const valuesOf = (sample: SpooledSystem): Readonly<Record<string, number>> => ({
  cpu: sample.cpuPercent,
  memory_percent: sample.memoryPercent,
  "proc.memory.availableMB": sample.memoryAvailableMB,
  "proc.memory.rssMB": sample.processMB,
  "proc.memory.percent": sample.processPercent
})

/** A sample as a line of `wandb-events.jsonl`; `started` is when the run started, in milliseconds since 1970. */
export const lineOf = (sample: SpooledSystem, started: number): string =>
  JSON.stringify({
    ...Object.fromEntries(Object.entries(valuesOf(sample)).map(([name, value]) => [`system.${name}`, value])),
    _wandb: true,
    _timestamp: sample.time / 1000,
    _runtime: Math.max(0, sample.time - started) / 1000
  })
