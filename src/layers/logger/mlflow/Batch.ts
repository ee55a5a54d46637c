/** Entries as MLflow's metrics and parameters, within its limits (mlflow/utils/validation.py). Pure. */
import type * as Schema from "effect/Schema"
import * as Flat from "../Flat.ts"
import type { SpooledEntry } from "../SpooledEntry.ts"

export interface Metric {
  readonly key: string
  /** A number, or the name of one that JSON lacks. */
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

/** Most of each that one request may carry. */
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

/** The numbers of all entries, oldest first. */
export const metricsOf = (entries: ReadonlyArray<SpooledEntry>): ReadonlyArray<Metric> =>
  entries.flatMap((entry) =>
    entry._tag === "Scalars"
      ? Object.entries(entry.values).map(([name, value]) => metricOf(name, value, entry.time, entry.step))
      : []
  )

/** The summary at the end, at the last step. */
export const summaryOf = (
  summary: { readonly [name: string]: number },
  time: number,
  step: number
): ReadonlyArray<Metric> => Object.entries(summary).map(([name, value]) => metricOf(name, value, time, step))

/** The plan as flat parameters, but for those that are `known`: a parameter cannot change. */
export const parametersOf = (plan: Schema.Json, known: ReadonlySet<string>): ReadonlyArray<Parameter> =>
  Flat.flatten(plan)
    .map(([name, value]) => ({ key: keyOf(name), value: String(value).slice(0, longestValue) }))
    .filter(({ key }) => !known.has(key))

export const chunked = <A>(all: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))

/** The last step that entries tell; `before` where they tell none. */
export const lastStep = (entries: ReadonlyArray<SpooledEntry>, before: number): number =>
  entries.reduce((last, entry) => ("step" in entry ? Math.max(last, entry.step) : last), before)
