/** What the sinks that write a file of the run directory share. */
import type { PlatformError } from "effect/PlatformError"
import type { RunDirectoryError } from "../../pipeline/RunDirectory.ts"
import * as Durable from "../internal/Durable.ts"
import { SinkError } from "./Sink.ts"

/** Why `sink` could not write `file`. */
export const failed =
  (sink: string, file: string) =>
  (error: PlatformError | RunDirectoryError): SinkError =>
    new SinkError({
      sink,
      problem:
        error._tag === "PlatformError"
          ? `${file} cannot be written: ${Durable.problemOf(error)}`
          : error.message
    })
