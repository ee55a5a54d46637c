/** The interface of a sink, which takes entries in order and stores or sends them. */
import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Histogram } from "../../../pipeline/run/Histogram.ts"
import type { RunDirectory, RunDirectoryError } from "../../../pipeline/run/RunDirectory.ts"
import type { Image, RunStatus, Table } from "../../../pipeline/run/RunLogger.ts"
import * as Durable from "../../internal/Durable.ts"

interface Timed {
  /** Milliseconds since 1970. */
  readonly time: number
}

export interface ScalarsEntry extends Timed {
  readonly _tag: "Scalars"
  readonly step: number
  readonly values: { readonly [name: string]: number }
}

export interface ImageEntry extends Timed {
  readonly _tag: "Image"
  readonly step: number
  readonly name: string
  readonly image: Image
}

export interface HistogramEntry extends Timed {
  readonly _tag: "Histogram"
  readonly step: number
  readonly name: string
  readonly histogram: Histogram
}

export interface TableEntry extends Timed {
  readonly _tag: "Table"
  readonly step: number
  readonly name: string
  readonly table: Table
}

export interface TextEntry extends Timed {
  readonly _tag: "Text"
  readonly step: number
  readonly name: string
  readonly text: string
}

export interface HyperparametersEntry extends Timed {
  readonly _tag: "Hyperparameters"
  readonly plan: unknown
}

export interface ArtifactEntry extends Timed {
  readonly _tag: "Artifact"
  readonly name: string
  readonly path: string
  readonly aliases: ReadonlyArray<string>
}

export interface FinishEntry extends Timed {
  readonly _tag: "Finish"
  readonly status: RunStatus
  readonly summary: { readonly [name: string]: number }
}

/** The run's use of its machine, in percent of the whole. */
export interface SystemEntry extends Timed {
  readonly _tag: "System"
  /** Of all cores, by this process since the previous sample. */
  readonly cpuPercent: number
  readonly memoryPercent: number
  readonly memoryUsedMB: number
  readonly memoryAvailableMB: number
  /** Resident memory of this process. */
  readonly processMB: number
  readonly processPercent: number
}

/** A line that the process printed for people. */
export interface ConsoleEntry extends Timed {
  readonly _tag: "Console"
  readonly text: string
  readonly warning: boolean
}

/** One thing that was logged. */
export type Entry =
  | ScalarsEntry
  | ImageEntry
  | HistogramEntry
  | TableEntry
  | TextEntry
  | HyperparametersEntry
  | ArtifactEntry
  | SystemEntry
  | ConsoleEntry
  | FinishEntry

/** A sink has failed; the run goes on without it. */
export class SinkError extends Schema.TaggedError<SinkError>()("SinkError", {
  sink: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `logger.${this.sink}: ${this.problem}`
  }
}

/** Why a sink could not write `file` of the run directory. */
export const fileFailed =
  (sink: string, file: string) =>
  (error: PlatformError | RunDirectoryError): SinkError =>
    new SinkError({
      sink,
      problem:
        error._tag === "PlatformError"
          ? `${file} cannot be written: ${Durable.problemOf(error)}`
          : error.message
    })

export interface Sink {
  /** The key in the plan: `csv`, `wandb`. */
  readonly name: string
  /** Writes the entries in order, so that a crash does not lose them; never called concurrently. */
  readonly write: (entries: ReadonlyArray<Entry>) => Effect.Effect<void, SinkError>
  /**
   * Called after the last entry: waits for work outside of this machine, at most as long as the run waits for its
   * trackers, and returns what is left to do, if anything.
   */
  readonly close: Effect.Effect<string | undefined, SinkError>
}

/** The services for opening a sink; what it opens is released with the scope. */
export type SinkServices = FileSystem.FileSystem | RunDirectory | Scope.Scope

export interface SinkOptions {
  /** The step that the run resumes from: entries of later steps will be logged again. */
  readonly resumedFrom: number | undefined
  /** Most seconds that `close` waits. */
  readonly closeWithin: number
}
