/**
 * A sink whose entries go first to a spool on disk and from there to a tracker, by a loop that may lag behind, wait
 * and retry without delaying the run. At the end the wait is bounded; what is left stays in the spool.
 */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import { RunDirectory, type RunDirectoryError } from "../../../pipeline/run/RunDirectory.ts"
import * as Durable from "../../internal/Durable.ts"
import * as ProcessOwner from "../../run/ProcessOwner.ts"
import * as RunLock from "../../run/RunLock.ts"
import { type Entry, type Sink, SinkError, type SinkOptions, type SinkServices } from "../sink/Sink.ts"
import type { DeliveryError } from "./Delivery.ts"
import * as SpoolFile from "./File.ts"
import type { GrowingSpool, Start } from "./Loop.ts"
import * as RunFiles from "./RunFiles.ts"
import * as SpoolSender from "./Sender.ts"
import * as Spooling from "./Spooling.ts"

const saidOf = (error: PlatformError | RunDirectoryError | RunLock.LockHeld | DeliveryError): string =>
  error._tag === "PlatformError" ? Durable.problemOf(error) : error.message

/** The folder of spools in a run directory. */
export const folder = "spool"

/** The lock file that prevents a second process from delivering the same spool. */
export const lockOf = (path: string): string => `${path}.lock`

/** Holds the right to deliver the spool at `path` until the scope closes. */
export const claimed = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<void, RunLock.LockHeld | PlatformError, Scope.Scope> {
  const owner = yield* ProcessOwner.self(randomUUID())
  yield* RunLock.hold(fs, lockOf(path), owner)
})

/** The head of a spool of this run. */
export const headFor = Effect.fnUntraced(function* (
  sink: string,
  plan: unknown
): Effect.fn.Return<SpoolFile.SpoolHead, never, RunDirectory> {
  const run = yield* RunDirectory
  const { id, kind, started, command, git, task } = yield* run.record
  const objective = task?.objective
  return {
    _tag: "Spool",
    sink,
    plan: Spooling.toJson(plan),
    run: {
      id,
      path: run.path,
      kind,
      started,
      command,
      commit: git?.commit ?? null,
      ...(objective === undefined ? {} : { objective })
    }
  }
})

export interface SpoolSinkOptions extends SinkOptions {
  readonly head: SpoolFile.SpoolHead
  readonly start: Start
}

/** The report at the end about entries that were not delivered; none if all were. */
const left = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  { path, start, end }: GrowingSpool,
  run: string,
  trouble: string | undefined
): Effect.fn.Return<string | undefined, PlatformError> {
  const offset = yield* SpoolSender.offsetOf(fs, path, { start, end: end() })
  const count = yield* SpoolSender.remaining(fs, path, offset, end())
  const why = trouble === undefined ? "" : ` (${trouble})`
  return count === 0
    ? undefined
    : `${count} entries were not delivered${why}; \`anneal runs sync ${run}\` sends them`
})

/** How many entries may wait in memory while the disk is full. */
const mostWaiting = 10_000

/** Writes entries to the spool; those that the disk refuses wait for the next call, until there are too many. */
const spooling = (
  fs: FileSystem.FileSystem,
  run: RunDirectory["Service"],
  sink: string,
  spool: SpoolFile.SpoolFile
) => {
  let waiting: ReadonlyArray<Entry> = []
  let reported = false
  const refused = (error: PlatformError | RunDirectoryError) => {
    const first = !reported
    reported = true
    return first
      ? Effect.logWarning(
          `logger.${sink}: its spool cannot be written: ${saidOf(error)}; entries wait in memory`
        )
      : Effect.void
  }
  const leftOut = ({ problem }: DeliveryError) =>
    Effect.as(Effect.logWarning(`logger.${sink}: a file is skipped: ${problem}`), undefined)
  return Effect.fnUntraced(function* (
    entries: ReadonlyArray<Entry>,
    most = mostWaiting
  ): Effect.fn.Return<void, PlatformError | RunDirectoryError> {
    waiting = [...waiting, ...entries]
    if (waiting.length === 0) return
    yield* Effect.forEach(waiting, (entry) =>
      // A fast path, since numbers come with every step and have no file.
      entry._tag === "Scalars"
        ? Effect.succeed(entry)
        : Effect.catchTag(Spooling.spooled(fs, run, entry), "DeliveryError", leftOut)
    ).pipe(
      Effect.map((spooled) => spooled.filter((entry) => entry !== undefined)),
      Effect.flatMap(spool.append),
      Effect.tap(() =>
        Effect.sync(() => {
          waiting = []
        })
      ),
      Effect.catch((error) => (waiting.length > most ? Effect.fail(error) : refused(error)))
    )
  })
}

/** Opens the spool `spool/<sink>.jsonl` of the run directory and begins to deliver it. */
export const open = Effect.fnUntraced(function* (
  options: SpoolSinkOptions
): Effect.fn.Return<Sink, SinkError, SinkServices> {
  const { head } = options
  const { sink } = head
  const failed = (error: PlatformError | RunDirectoryError | RunLock.LockHeld | DeliveryError) =>
    new SinkError({ sink, problem: `its spool cannot be written: ${saidOf(error)}` })
  const unknown = (error: PlatformError) =>
    new SinkError({ sink, problem: `it is not known what was delivered: ${saidOf(error)}` })
  const fs = yield* FileSystem.FileSystem
  const run = yield* RunDirectory
  const name = `${folder}/${sink}.jsonl`
  // A resumed run may come from elsewhere, and a link in it may lead anywhere.
  yield* RunFiles.locate(fs, RunFiles.folderOf(run), name).pipe(Effect.mapError(failed))
  const path = yield* run.file(name).pipe(Effect.mapError(failed))
  yield* claimed(fs, path).pipe(Effect.mapError(failed))
  const file = yield* SpoolFile.open(fs, path, head, options.resumedFrom).pipe(Effect.mapError(failed))
  const spool = { path, start: file.start, end: file.end }

  let trouble: string | undefined
  const onTrouble = (error: DeliveryError) => {
    const first = trouble === undefined
    trouble = error.message
    return first
      ? Effect.logWarning(`logger.${sink}: ${error.message}; entries are kept on disk and delivered later`)
      : Effect.void
  }
  const loop = yield* options.start(spool, onTrouble)

  const toSpool = spooling(fs, run, sink, file)
  const write = Effect.fnUntraced(function* (
    entries: ReadonlyArray<Entry>
  ): Effect.fn.Return<void, SinkError> {
    yield* toSpool(entries).pipe(Effect.mapError(failed))
    yield* loop.news
  })
  const close = Effect.gen(function* () {
    yield* toSpool([], 0).pipe(Effect.mapError(failed))
    yield* Effect.timeoutOption(loop.finish, `${options.closeWithin} seconds`)
    return yield* left(fs, spool, run.path, trouble).pipe(Effect.mapError(unknown))
  })
  return { name: sink, write, close }
})
