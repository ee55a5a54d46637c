/** `metrics.jsonl`: every entry as one line of JSON with its time; pictures only by name and size. */
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

/** JSON has no NaN and no infinities; they are written by name. */
const nameUnfit = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value

/** An entry as plain lists, without what is too large for a line. */
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

/** Numbers of a step are the most frequent entries, and are encoded once for all sinks that write them this way. */
const lineOf = (entry: Entry): Uint8Array =>
  entry._tag === "Scalars"
    ? encodeSpooled(entry)
    : encoder.encode(`${JSON.stringify(plain(entry), nameUnfit)}\n`)

const decodeStep = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ step: Schema.optionalKey(Schema.Int) }))
)

/** The step of a line of an earlier session, 0 if it has none; undefined if it is not a line of ours. */
const stepOf = (line: string): number | undefined =>
  decodeStep(line).pipe(
    Option.map((found) => found.step ?? 0),
    Option.getOrUndefined
  )

/** A line without its time. */
const gist = (line: string): string => line.replace(/"time":[\d.]+,/, "").trimEnd()

/**
 * Drops the lines of later steps, and a last line that a crash truncated. Returns the gists of those at `step` itself
 * with their counts: a validation that was logged after the checkpoint may be logged again.
 */
const cutTo = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  step: number
): Effect.fn.Return<Map<string, number>, PlatformError> {
  const lines = (yield* fs.readFileString(path)).split("\n").slice(0, -1)
  const kept = lines.filter((line) => (stepOf(line) ?? Number.POSITIVE_INFINITY) <= step)
  yield* Durable.replaceFile(fs, path, [encoder.encode(kept.map((line) => `${line}\n`).join(""))])
  const logged = new Map<string, number>()
  for (const line of kept.filter((line) => stepOf(line) === step)) {
    logged.set(gist(line), (logged.get(gist(line)) ?? 0) + 1)
  }
  return logged
})

/** Whether to write the line: not if `logged` has it, from which it is then removed once. */
const isNew = (logged: Map<string, number>, line: string): boolean => {
  const key = gist(line)
  const times = logged.get(key) ?? 0
  if (times > 1) logged.set(key, times - 1)
  else logged.delete(key)
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
  const { handle, logged } = yield* Effect.gen(function* () {
    const resumes = resumedFrom !== undefined && (yield* fs.exists(path))
    const before = resumes ? yield* cutTo(fs, path, resumedFrom) : new Map<string, number>()
    return { handle: yield* fs.open(path, { flag: resumes ? "a" : "w" }), logged: before }
  }).pipe(Effect.mapError(failed))
  const linesOf = (entries: ReadonlyArray<Entry>) =>
    entries.map(lineOf).filter((line) => logged.size === 0 || isNew(logged, decoder.decode(line)))
  return {
    name: "jsonl",
    write: (entries) =>
      handle.writeAll(Buffer.concat(linesOf(entries))).pipe(Effect.mapError(failed), Effect.uninterruptible),
    close: Effect.mapError(Effect.as(handle.sync, undefined), failed)
  }
})
