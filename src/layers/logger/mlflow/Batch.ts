/** Entries as MLflow's metrics and parameters, within its limits (mlflow/utils/validation.py). Pure. */
import type * as Schema from "effect/Schema"
import * as Flat from "../sink/Flat.ts"
import type { SpooledEntry, SpooledSystem } from "../spool/Entry.ts"

export interface Metric {
  readonly key: string
  /** A number, or its name if JSON lacks it. */
  readonly value: number | string
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly step: number
}

export interface Parameter {
  readonly key: string
  readonly value: string
}

const longestKey = 250
const longestValue = 6000

/** The most of each in one request. */
export const mostMetrics = 1000
export const mostParameters = 100

/** A name of letters, digits, underscores, slashes, dots, dashes and spaces. */
export const keyOf = (name: string): string => name.replaceAll(/[^/\w.\- ]/g, "_").slice(0, longestKey)

const metricOf = (name: string, value: number, timestamp: number, step: number): Metric => ({
  key: keyOf(name),
  value: Number.isFinite(value) ? value : String(value),
  timestamp: Math.round(timestamp),
  step
})

/** The run's use of its machine, under the names of MLflow's own client; the step is the run's age in seconds. */
const systemMetrics = (entry: SpooledSystem, started: number): ReadonlyArray<Metric> => {
  const values = {
    "system/cpu_utilization_percentage": entry.cpuPercent,
    "system/system_memory_usage_megabytes": entry.memoryUsedMB,
    "system/system_memory_usage_percentage": entry.memoryPercent
  }
  const step = Math.max(0, Math.round((entry.time - started) / 1000))
  return Object.entries(values).map(([name, value]) => metricOf(name, value, entry.time, step))
}

/** The numbers of all entries, oldest first; `started` in milliseconds since 1970. */
export const metricsOf = (entries: ReadonlyArray<SpooledEntry>, started: number): ReadonlyArray<Metric> =>
  entries.flatMap((entry) => {
    if (entry._tag === "System") return systemMetrics(entry, started)
    if (entry._tag !== "Scalars") return []
    return Object.entries(entry.values).map(([name, value]) => metricOf(name, value, entry.time, entry.step))
  })

/** The final summary, at the last step. */
export const summaryOf = (
  summary: { readonly [name: string]: number },
  time: number,
  step: number
): ReadonlyArray<Metric> => Object.entries(summary).map(([name, value]) => metricOf(name, value, time, step))

/** The plan as flat parameters, without those in `known`: a parameter cannot change. */
export const parametersOf = (plan: Schema.Json, known: ReadonlySet<string>): ReadonlyArray<Parameter> =>
  Flat.flatten(plan)
    .map(([name, value]) => ({ key: keyOf(name), value: String(value).slice(0, longestValue) }))
    .filter(({ key }) => !known.has(key))

export const chunked = <A>(all: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))

/** The last step among the entries; `before` if they have none. */
export const lastStep = (entries: ReadonlyArray<SpooledEntry>, before: number): number =>
  entries.reduce((last, entry) => ("step" in entry ? Math.max(last, entry.step) : last), before)
