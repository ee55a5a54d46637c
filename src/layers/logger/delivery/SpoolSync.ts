/** Delivers later what a run could not: the spools in its directory, each by its own sink's delivery. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Durable from "../../internal/Durable.ts"
import type { LockHeld } from "../../run/RunLock.ts"
import type { Delivery, DeliveryError } from "../spool/Delivery.ts"
import * as SpoolFile from "../spool/File.ts"
import * as RunFiles from "../spool/RunFiles.ts"
import * as SpoolSender from "../spool/Sender.ts"
import * as SpoolSink from "../spool/Sink.ts"
import * as SpoolDelivery from "./Trackers.ts"

/** A spool cannot be delivered. */
export class SyncError extends Schema.TaggedError<SyncError>()("SyncError", {
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.path}: ${this.problem}`
  }
}

export interface Synced {
  /** The sink's key in the plan. */
  readonly sink: string
  readonly delivered: number
  /** Why entries are left, if any. */
  readonly problem: string | undefined
  readonly left: number
}

/** A head that is not ours is not repeated in the message. */
const saidBy = (error: LockHeld | Schema.SchemaError): string =>
  error._tag === "SchemaError" ? "its first line is not that of a spool" : error.message

const said = (path: string) => (error: PlatformError | LockHeld | Schema.SchemaError) => {
  const problem =
    error._tag === "PlatformError" ? `it cannot be read: ${Durable.problemOf(error)}` : saidBy(error)
  return new SyncError({ path, problem })
}

/** Delivers everything once, retrying only within the time bound. */
const drained = Effect.fnUntraced(function* <S>(
  fs: FileSystem.FileSystem,
  path: string,
  delivery: Delivery<S>,
  within: number
): Effect.fn.Return<Omit<Synced, "sink">, SyncError> {
  const extent = yield* SpoolFile.extent(fs, path).pipe(Effect.mapError(said(path)))
  const { end } = extent
  const before = yield* SpoolSender.loadCursor(fs, path, extent, delivery)
  let problem: string | undefined
  const onTrouble = (error: DeliveryError) =>
    Effect.sync(() => {
      problem = error.message
    })
  yield* SpoolSender.drain(fs, path, delivery, before, { end: () => end, onTrouble }).pipe(
    Effect.catch(onTrouble),
    Effect.timeoutOption(`${within} seconds`)
  )
  const after = yield* SpoolSender.loadCursor(fs, path, extent, delivery)
  const remaining = (offset: number) =>
    SpoolSender.remaining(fs, path, offset, end).pipe(Effect.mapError(said(path)))
  const left = yield* remaining(after.offset)
  const all = yield* remaining(before.offset)
  return { delivered: all - left, left, problem: left === 0 ? undefined : (problem ?? "no answer in time") }
})

/** Where found spools may be delivered to, besides the servers that the environment names; see `Destination`. */
export interface SyncOptions {
  /** Servers and folders that the configuration of the delivering process names. */
  readonly configured?: ReadonlyArray<string>
  /** Those named only by the run directory that the user confirmed; they get no key. */
  readonly confirmed?: ReadonlyArray<string>
}

const syncSpool = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  run: string,
  name: string,
  within: number,
  { configured = [], confirmed = [] }: SyncOptions
): Effect.fn.Return<Synced, SyncError, FileSystem.FileSystem | Scope.Scope> {
  const refused = ({ problem }: { readonly problem: string }) =>
    new SyncError({ path: join(run, name), problem })
  const path = yield* RunFiles.locate(fs, { path: run, recorded: run }, name).pipe(Effect.mapError(refused))
  yield* SpoolSink.claimed(fs, path).pipe(Effect.mapError(said(path)))
  const head = yield* SpoolFile.readHead(fs, path).pipe(Effect.mapError(said(path)))
  const origin = {
    folder: { path: run, recorded: head.run.path },
    consent: { own: false, configured, confirmed }
  }
  const delivery = yield* SpoolDelivery.of(head, origin).pipe(Effect.mapError(refused))
  const done = yield* delivery.use((one) => drained(fs, path, one, within))
  return { sink: head.sink, ...done }
})

/**
 * Delivers what is left of the run in `path`, each spool for at most `within` seconds. A spool that a running
 * process is delivering is refused, naming the process. The run may come from anybody: files outside of it are never
 * sent, and nothing is sent to a server that only the run names.
 */
export const sync = Effect.fn("SpoolSync.sync")(function* (
  path: string,
  within: number,
  options: SyncOptions = {}
): Effect.fn.Return<ReadonlyArray<Synced>, SyncError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const folder = join(path, SpoolSink.folder)
  const names = yield* fs.exists(folder).pipe(
    Effect.flatMap((there) => (there ? fs.readDirectory(folder) : Effect.succeed([]))),
    Effect.mapError(said(folder))
  )
  return yield* Effect.forEach(
    names.filter((name) => name.endsWith(".jsonl")),
    (name) => Effect.scoped(syncSpool(fs, path, `${SpoolSink.folder}/${name}`, within, options))
  )
})
