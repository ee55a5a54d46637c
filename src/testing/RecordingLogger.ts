/** A logger that records, for a test to inspect afterwards. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Histogram } from "../pipeline/run/Histogram.ts"
import { type Image, RunLogger, type RunStatus, type Table } from "../pipeline/run/RunLogger.ts"
import type { Metrics } from "../pipeline/task/Metric.ts"

/** What was logged, in order. */
export type Entry =
  | { readonly _tag: "Scalars"; readonly step: number; readonly values: Metrics }
  | { readonly _tag: "Image"; readonly step: number; readonly name: string; readonly image: Image }
  | { readonly _tag: "Histogram"; readonly step: number; readonly name: string; readonly values: Histogram }
  | { readonly _tag: "Table"; readonly step: number; readonly name: string; readonly table: Table }
  | { readonly _tag: "Text"; readonly step: number; readonly name: string; readonly text: string }
  | { readonly _tag: "Hyperparameters"; readonly plan: unknown }
  | {
      readonly _tag: "Artifact"
      readonly name: string
      readonly path: string
      readonly aliases: ReadonlyArray<string>
    }
  | { readonly _tag: "Finish"; readonly status: RunStatus; readonly summary: Metrics }

export interface Recording {
  readonly service: RunLogger["Service"]
  readonly layer: Layer.Layer<RunLogger>
  readonly entries: ReadonlyArray<Entry>
  /** The values of one scalar by step, in the order logged. */
  readonly scalar: (name: string) => ReadonlyArray<readonly [step: number, value: number]>
  /** How the run ended, once it has. */
  readonly status: () => RunStatus | undefined
}

const serviceOver = (note: (entry: Entry) => Effect.Effect<void>): RunLogger["Service"] =>
  RunLogger.of({
    scalars: (step, values) => note({ _tag: "Scalars", step, values }),
    image: (step, name, image) => note({ _tag: "Image", step, name, image }),
    histogram: (step, name, values) => note({ _tag: "Histogram", step, name, values }),
    table: (step, name, table) => note({ _tag: "Table", step, name, table }),
    text: (step, name, text) => note({ _tag: "Text", step, name, text }),
    hyperparameters: (plan) => note({ _tag: "Hyperparameters", plan }),
    artifact: (name, path, aliases) => note({ _tag: "Artifact", name, path, aliases }),
    flush: Effect.void,
    finish: (status, summary) => note({ _tag: "Finish", status, summary })
  })

/** A recording that exists longer than its layer. */
export const make = (): Recording => {
  const entries: Array<Entry> = []
  const service = serviceOver((entry) =>
    Effect.sync(() => {
      entries.push(entry)
    })
  )
  return {
    service,
    layer: Layer.succeed(RunLogger, service),
    entries,
    scalar: (name) =>
      entries.flatMap((entry) => {
        const value = entry._tag === "Scalars" ? entry.values[name] : undefined
        return value === undefined || entry._tag !== "Scalars" ? [] : [[entry.step, value] as const]
      }),
    status: () => entries.flatMap((entry) => (entry._tag === "Finish" ? [entry.status] : [])).at(-1)
  }
}

/** Records nothing; for tests that are not about logging. */
export const silent: Layer.Layer<RunLogger> = Layer.succeed(
  RunLogger,
  serviceOver(() => Effect.void)
)
