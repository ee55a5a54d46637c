/** `metrics.jsonl`: every entry as one line of JSON, with its time; pictures only by name and size. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { RunDirectory, type RunDirectoryError } from "../../pipeline/RunDirectory.ts"
import * as Durable from "../internal/Durable.ts"
import { type Entry, type Sink, SinkError, type SinkOptions, type SinkServices } from "./Sink.ts"
import { encode as encodeSpooled } from "./SpooledEntry.ts"

const file = "metrics.jsonl"

const failed = (error: PlatformError | RunDirectoryError) =>
  new SinkError({
    sink: "jsonl",
    problem:
      error._tag === "PlatformError"
        ? `${file} cannot be written: ${Durable.problemOf(error)}`
        : error.message
  })

/** JSON has no NaN and no infinities; they are written as their names. */
const nameUnfit = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value

/** An entry without what is too big for a line, in plain lists. */
const told = (entry: Entry): unknown => {
  if (entry._tag === "Histogram") {
    const { edges, counts } = entry.histogram
    return { ...entry, histogram: { ...entry.histogram, edges: [...edges], counts: [...counts] } }
  }
  if (entry._tag !== "Image") return entry
  return { ...entry, image: Struct.omit(entry.image, ["rgb"]) }
}

/** Numbers of a step come most often, and go the short way where they have JSON's own words. */
const lineOf = (entry: Entry): string =>
  entry._tag === "Scalars" ? `${encodeSpooled(entry)}\n` : `${JSON.stringify(told(entry), nameUnfit)}\n`

const decodeStep = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ step: Schema.optionalKey(Schema.Int) }))
)

/** Whether a line of an earlier session stays when the run goes on from `step`. */
const stays = (line: string, step: number): boolean =>
  decodeStep(line).pipe(Option.match({ onNone: () => false, onSome: (found) => (found.step ?? 0) <= step }))

/** Drops the lines of later steps, and a last line that a crash cut. */
const cutTo = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  step: number
): Effect.fn.Return<void, PlatformError> {
  const lines = (yield* fs.readFileString(path)).split("\n").slice(0, -1)
  const kept = lines.filter((line) => stays(line, step)).map((line) => `${line}\n`)
  yield* Durable.replaceFile(fs, path, [new TextEncoder().encode(kept.join(""))])
})

/** Opens `metrics.jsonl` of the run directory. */
export const open = Effect.fnUntraced(function* (
  options: SinkOptions
): Effect.fn.Return<Sink, SinkError, SinkServices> {
  const fs = yield* FileSystem.FileSystem
  const run = yield* RunDirectory
  const path = yield* run.file(file).pipe(Effect.mapError(failed))
  const { resumedFrom } = options
  const handle = yield* Effect.gen(function* () {
    const resumes = resumedFrom !== undefined && (yield* fs.exists(path))
    if (resumes) yield* cutTo(fs, path, resumedFrom)
    return yield* fs.open(path, { flag: resumes ? "a" : "w" })
  }).pipe(Effect.mapError(failed))
  return {
    name: "jsonl",
    write: (entries) =>
      handle
        .writeAll(new TextEncoder().encode(entries.map(lineOf).join("")))
        .pipe(Effect.mapError(failed), Effect.uninterruptible),
    close: Effect.mapError(Effect.as(handle.sync, undefined), failed)
  }
})
