/** Where the facts of a run go; one service whatever the sinks. A sink that is down never stops training. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Histogram } from "./Histogram.ts"

export type RunStatus = "done" | "failed" | "interrupted"

/** A rectangle in a picture, in its pixels. */
export interface Box {
  readonly minX: number
  readonly minY: number
  readonly maxX: number
  readonly maxY: number
  readonly label: string
  /** In [0, 1]. */
  readonly score?: number
}

export interface Image {
  /** RGB, row-major, 3 bytes a pixel. */
  readonly rgb: Uint8Array
  readonly width: number
  readonly height: number
  readonly caption?: string
  /** By what they are, such as `truth` and `prediction`; trackers that draw boxes draw these. */
  readonly boxes?: { readonly [set: string]: ReadonlyArray<Box> }
}

/** Rows under named columns; a row has a value for each column, null for none. */
export interface Table {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string | number | boolean | null>>
}

export class RunLogger extends Context.Service<
  RunLogger,
  {
    /** Numbers at a global step (optimizer steps, from 1); names like `train/loss`, `val/hmean`. */
    readonly scalars: (step: number, values: { readonly [name: string]: number }) => Effect.Effect<void>
    readonly image: (step: number, name: string, image: Image) => Effect.Effect<void>
    readonly histogram: (step: number, name: string, values: Histogram) => Effect.Effect<void>
    readonly table: (step: number, name: string, table: Table) => Effect.Effect<void>
    readonly text: (step: number, name: string, text: string) => Effect.Effect<void>
    /** The resolved plan, once, without secrets. */
    readonly hyperparameters: (plan: unknown) => Effect.Effect<void>
    /** A file or folder of the run directory that trackers may upload, e.g. a checkpoint. */
    readonly artifact: (name: string, path: string, aliases: ReadonlyArray<string>) => Effect.Effect<void>
    /** Waits until everything given so far is on this machine's disk; before a checkpoint, so that none is ahead. */
    readonly flush: Effect.Effect<void>
    /** The end, once; waits for trackers a bounded time. The layer does it from the exit where nobody did. */
    readonly finish: (status: RunStatus, summary: { readonly [name: string]: number }) => Effect.Effect<void>
  }
>()("anneal/pipeline/RunLogger") {}
