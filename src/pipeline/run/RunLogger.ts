/** Records the facts of a run, in whatever sinks there are. A sink that is down never stops training. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Histogram } from "./Histogram.ts"

export type RunStatus = "done" | "failed" | "interrupted"

/** A rectangle in a picture, in pixels. */
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
  /** Boxes by set, such as `truth` and `prediction`, for trackers that draw boxes. */
  readonly boxes?: { readonly [set: string]: ReadonlyArray<Box> }
}

/** Rows with a value for each column, or null. */
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
    /** The resolved plan, without secrets; once per run. */
    readonly hyperparameters: (plan: unknown) => Effect.Effect<void>
    /** A file or folder of the run directory that trackers may upload, e.g. a checkpoint. */
    readonly artifact: (name: string, path: string, aliases: ReadonlyArray<string>) => Effect.Effect<void>
    /** Waits until everything so far is on the local disk; called before a checkpoint, so that none is ahead of the log. */
    readonly flush: Effect.Effect<void>
    /** Ends the run, once, and waits a bounded time for trackers. The layer does so when its scope closes, if it is still open. */
    readonly finish: (status: RunStatus, summary: { readonly [name: string]: number }) => Effect.Effect<void>
  }
>()("anneal/pipeline/RunLogger") {}
