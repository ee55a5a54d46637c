/**
 * The spool on disk: what was logged for a tracker, in order, before anything is sent. One line per entry; the first
 * line names the sink, its plan and the run, so that any process can deliver the rest later.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as SpooledEntry from "./Entry.ts"

export const SpoolHead = Schema.Struct({
  _tag: Schema.tag("Spool"),
  /** The sink's key in the plan. */
  sink: Schema.String,
  /** The sink's block of the plan; it holds no secrets. */
  plan: Schema.Json,
  run: Schema.Struct({
    id: Schema.String,
    path: Schema.String,
    kind: Schema.String,
    started: Schema.String,
    command: Schema.Array(Schema.String),
    commit: Schema.NullOr(Schema.String),
    /** What the task is judged by; absent in spools of older versions. */
    objective: Schema.optionalKey(
      Schema.Struct({ metric: Schema.String, mode: Schema.Literals(["min", "max"]) })
    )
  })
})
export type SpoolHead = typeof SpoolHead.Type

const decodeHead = Schema.decodeUnknownEffect(Schema.fromJsonString(SpoolHead))
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Maximum bytes of one read, which is always at least a whole line. */
const readingSize = 1 << 20

export interface SpoolFile {
  /** Bytes of the head, where the entries begin. */
  readonly start: number
  /** Bytes of whole lines on disk. */
  readonly end: () => number
  /** Appends all entries, or none if the disk refuses them. */
  readonly append: (entries: ReadonlyArray<SpooledEntry.SpooledEntry>) => Effect.Effect<void, PlatformError>
}

/** Bytes of the head and of all whole lines of a spool file. */
export const extent = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<{ readonly start: number; readonly end: number }, PlatformError> {
  const bytes = yield* fs.readFile(path)
  return { start: bytes.indexOf(0x0a) + 1, end: bytes.lastIndexOf(0x0a) + 1 }
})

/**
 * Keys of the entries after `step`, which a run that resumes from there will log again, and of those without a step.
 */
const keysAfter = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  step: number
): Effect.fn.Return<Set<string>, PlatformError> {
  const lines = (yield* fs.readFileString(path)).split("\n").slice(1)
  const entries = lines.flatMap((line) =>
    Result.getOrElse(Result.map(SpooledEntry.decode(line), Array.of), () => [])
  )
  return new Set(entries.filter((entry) => !("step" in entry) || entry.step > step).map(SpooledEntry.keyOf))
})

/**
 * Opens the spool at `path`, or creates it. A run that resumes from `resumedFrom` logs later steps again; entries
 * that are already here are not added twice.
 */
export const open = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  head: SpoolHead,
  resumedFrom: number | undefined
): Effect.fn.Return<SpoolFile, PlatformError, Scope.Scope> {
  // A power cut may have left a file without a head.
  const resumes = resumedFrom !== undefined && (yield* fs.exists(path)) && (yield* extent(fs, path)).start > 0
  if (!resumes) yield* fs.writeFile(path, encoder.encode(`${JSON.stringify(head)}\n`))
  const { start, end } = yield* extent(fs, path)
  const repeated = resumes ? yield* keysAfter(fs, path, resumedFrom) : new Set<string>()
  const handle = yield* fs.open(path, { flag: "r+" })
  yield* handle.truncate(end)
  let length = end
  const isNew = (entry: SpooledEntry.SpooledEntry) =>
    repeated.size === 0 || !repeated.has(SpooledEntry.keyOf(entry))
  const append = (entries: ReadonlyArray<SpooledEntry.SpooledEntry>) => {
    const bytes = Buffer.concat(entries.filter(isNew).map(SpooledEntry.encode))
    return handle.seek(BigInt(length), "start").pipe(
      Effect.andThen(handle.writeAll(bytes)),
      // The next try must not follow half a line.
      Effect.onError(() => Effect.ignore(handle.truncate(length))),
      Effect.tap(() =>
        Effect.sync(() => {
          length += bytes.length
        })
      ),
      Effect.uninterruptible
    )
  }
  return { start, end: () => length, append: (entries) => Effect.suspend(() => append(entries)) }
})

/** The head of a spool file. */
export const readHead = (fs: FileSystem.FileSystem, path: string) =>
  Effect.flatMap(fs.readFileString(path), (text) => decodeHead(text.slice(0, text.indexOf("\n"))))

/** Whether an entry begins or would begin at `at`, which must be between `start` and `end`. */
export const isBoundary = (
  fs: FileSystem.FileSystem,
  path: string,
  at: number,
  { start, end }: { readonly start: number; readonly end: number }
): Effect.Effect<boolean, PlatformError> => {
  if (at < start || at > end) return Effect.succeed(false)
  return Effect.map(slice(fs, path, at - 1, at), ([before]) => before === 0x0a)
}

/** Flushes the bytes of the spool to the disk. */
export const sync = (fs: FileSystem.FileSystem, path: string): Effect.Effect<void, PlatformError> =>
  Effect.scoped(Effect.flatMap(fs.open(path, { flag: "r+" }), (handle) => handle.sync))

export interface Reading {
  readonly entries: ReadonlyArray<SpooledEntry.SpooledEntry>
  /** Where the next read begins. */
  readonly next: number
}

/** Complete lines from `at` to `end`, as many as one delivery should take; lines that are not ours are omitted. */
export const read = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  at: number,
  end: number
): Effect.fn.Return<Reading, PlatformError> {
  for (let size = readingSize; ; size *= 2) {
    const bytes = yield* slice(fs, path, at, Math.min(end, at + size))
    const whole = bytes.lastIndexOf(0x0a) + 1
    if (whole === 0 && at + size < end) continue
    const lines = decoder.decode(bytes.subarray(0, whole)).split("\n").slice(0, -1)
    const entries = lines.flatMap((line) =>
      Result.getOrElse(Result.map(SpooledEntry.decode(line), Array.of), () => [])
    )
    return { entries, next: at + whole }
  }
})

const slice = (fs: FileSystem.FileSystem, path: string, from: number, to: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const handle = yield* fs.open(path, { flag: "r" })
      const bytes = new Uint8Array(to - from)
      let filled = 0
      while (filled < bytes.length) {
        const count = yield* handle.read(bytes.subarray(filled), { position: BigInt(from + filled) })
        if (count === 0) break
        filled += count
      }
      return bytes.subarray(0, filled)
    })
  )
