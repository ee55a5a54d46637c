/** `metrics.jsonl`: every entry as one line of JSON, with its time; pictures only by name and size. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { RunDirectory } from "../../pipeline/run/RunDirectory.ts"
import * as Durable from "../internal/Durable.ts"
import {
  type Entry,
  fileFailed,
  type Sink,
  type SinkError,
  type SinkOptions,
  type SinkServices
} from "./sink/Sink.ts"
import { encode as encodeSpooled } from "./spool/Entry.ts"

const file = "metrics.jsonl"

const failed = fileFailed("jsonl", file)

/** JSON has no NaN and no infinities; they are written as their names. */
const nameUnfit = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value

/** An entry without what is too big for a line, in plain lists. */
const plain = (entry: Entry): unknown => {
  if (entry._tag === "Histogram") {
    const { edges, counts } = entry.histogram
    return { ...entry, histogram: { ...entry.histogram, edges: [...edges], counts: [...counts] } }
  }
  if (entry._tag !== "Image") return entry
  return { ...entry, image: Struct.omit(entry.image, ["rgb"]) }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Numbers of a step come most often, and are encoded once for all who write them so. */
const lineOf = (entry: Entry): Uint8Array =>
  entry._tag === "Scalars"
    ? encodeSpooled(entry)
    : encoder.encode(`${JSON.stringify(plain(entry), nameUnfit)}\n`)

const decodeStep = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ step: Schema.optionalKey(Schema.Int) }))
)

/** The step of a line of an earlier session, 0 where it has none; undefined for what is no line. */
const stepOf = (line: string): number | undefined =>
  decodeStep(line).pipe(
    Option.map((found) => found.step ?? 0),
    Option.getOrUndefined
  )

/** A line but for the time at which it was said. */
const gist = (line: string): string => line.replace(/"time":[\d.]+,/, "").trimEnd()

/**
 * Drops the lines of later steps, and a last line that a crash cut. Gives the gists of those at `step` itself, how
 * often each: a validation may be told again that was told after the checkpoint.
 */
const cutTo = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  step: number
): Effect.fn.Return<Map<string, number>, PlatformError> {
  const lines = (yield* fs.readFileString(path)).split("\n").slice(0, -1)
  const kept = lines.filter((line) => (stepOf(line) ?? Number.POSITIVE_INFINITY) <= step)
  yield* Durable.replaceFile(fs, path, [encoder.encode(kept.map((line) => `${line}\n`).join(""))])
  const told = new Map<string, number>()
  for (const line of kept.filter((line) => stepOf(line) === step)) {
    told.set(gist(line), (told.get(gist(line)) ?? 0) + 1)
  }
  return told
})

/** Whether the line is to be written: not where `told` has it, which then forgets it once. */
const isNew = (told: Map<string, number>, line: string): boolean => {
  const key = gist(line)
  const times = told.get(key) ?? 0
  if (times > 1) told.set(key, times - 1)
  else told.delete(key)
  return times === 0
}

/** Opens `metrics.jsonl` of the run directory. */
export const open = Effect.fnUntraced(function* (
  options: SinkOptions
): Effect.fn.Return<Sink, SinkError, SinkServices> {
  const fs = yield* FileSystem.FileSystem
  const run = yield* RunDirectory
  const path = yield* run.file(file).pipe(Effect.mapError(failed))
  const { resumedFrom } = options
  const { handle, told } = yield* Effect.gen(function* () {
    const resumes = resumedFrom !== undefined && (yield* fs.exists(path))
    const before = resumes ? yield* cutTo(fs, path, resumedFrom) : new Map<string, number>()
    return { handle: yield* fs.open(path, { flag: resumes ? "a" : "w" }), told: before }
  }).pipe(Effect.mapError(failed))
  const linesOf = (entries: ReadonlyArray<Entry>) =>
    entries.map(lineOf).filter((line) => told.size === 0 || isNew(told, decoder.decode(line)))
  return {
    name: "jsonl",
    write: (entries) =>
      handle.writeAll(Buffer.concat(linesOf(entries))).pipe(Effect.mapError(failed), Effect.uninterruptible),
    close: Effect.mapError(Effect.as(handle.sync, undefined), failed)
  }
})
