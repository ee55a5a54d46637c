/**
 * What is made of files and takes time, such as decoded pictures, kept for the next epoch in memory that all data workers
 * share, or for the next run in a folder.
 *
 * `SampleCache.cached(kind, key, make)` gives the value of `make`, or what an earlier call kept under the same key. The
 * key says all that shapes the value: the content of the file, by its digest (`contentOf`), annotations, parameters. So
 * nothing has to be declared stale: what has changed has another key. Never keep what is random.
 */
import { createHash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Digest from "../internal/Digest.ts"
import { type Counter, counted, type Use } from "./CacheUse.ts"
import { DataError } from "./DatasetBase.ts"
import * as SampleArena from "./SampleArena.ts"
import * as SamplePacking from "./SamplePacking.ts"

/** What a value is. */
export interface Kind<A extends object> {
  /** Such as `my-task/spectrogram`. */
  readonly name: string
  /** Raised with every change of the code that makes such values. */
  readonly version: number
  /**
   * A record of plain values and, at its top, of `Uint8Array`, `Int32Array` and `Float32Array`. What comes out of the
   * cache is checked by it.
   */
  readonly schema: Schema.Codec<A, unknown>
  /**
   * The arrays are only read: what is in memory is then given as it is, and not as a copy. The memory is shared, so that
   * a batch can never give it away.
   */
  readonly borrowed?: boolean
}

/** A cache as a plain value, which goes to worker threads. */
export interface Shared {
  readonly kind: "none" | "memory" | "disk"
  /** The bound. */
  readonly bytes: number
  /** Where the entries of `disk` are. */
  readonly folder: string
  /** When the run began, in milliseconds since 1970. */
  readonly begun: number
  /** In shared memory, in the order of `Use`. */
  readonly counters: Int32Array
  /** Of `memory`. */
  readonly memory: SharedArrayBuffer | undefined
}

export interface Options {
  /** `none` keeps nothing, `memory` until the run ends, `disk` until the room is needed. */
  readonly cache: "none" | "memory" | "disk"
  /** Most bytes kept; null: 512 MiB in memory, 10 GiB on disk. */
  readonly cache_bytes: number | null
  /** The folder of `disk`, in which `samples` is made. */
  readonly cache_dir: string
}

export const defaultBytes = { none: 0, memory: 512 * 2 ** 20, disk: 10 * 2 ** 30 }

/** An empty cache in memory, or the one in a folder, as a run begins. */
export const open = Effect.fnUntraced(function* ({
  cache,
  cache_bytes,
  cache_dir
}: Options): Effect.fn.Return<Shared, DataError> {
  const bytes = cache_bytes ?? defaultBytes[cache]
  const begun = yield* Clock.currentTimeMillis
  const memory = yield* Effect.try({
    try: () => (cache === "memory" ? SampleArena.make(bytes) : undefined),
    catch: () =>
      new DataError({
        where: `data.cache_bytes=${bytes}`,
        problem: "the machine does not give so much memory",
        cure: "Give less, or set data.cache=none."
      })
  })
  const counters = new Int32Array(new SharedArrayBuffer(4 * counted.length))
  return { kind: cache, bytes, folder: cache_dir, begun, counters, memory }
})

/** An empty cache in memory. */
export const memory = (bytes: number): Effect.Effect<Shared, DataError> =>
  open({ cache: "memory", cache_bytes: bytes, cache_dir: "" })

export const count = ({ counters }: Shared, what: Counter): void => {
  Atomics.add(counters, counted.indexOf(what), 1)
}

/** What became of it so far; undefined where nothing is kept. */
export const useOf = ({ kind, counters }: Shared): Use | undefined => {
  if (kind === "none") return undefined
  const [hits = 0, misses = 0, kept = 0, full = 0, damaged = 0, failed = 0] = counters
  return { kind, hits, misses, kept, full, damaged, failed }
}

/** What tells whether a file is still the same. */
interface Stamp {
  readonly size: number
  readonly mtime: number
  readonly ino: bigint
}

interface Known {
  readonly stamp: Stamp
  readonly digest: string
}

/** Where values are kept. */
export interface Store {
  readonly shared: Shared
  /** The bytes of an entry; those in shared memory must not be written. */
  readonly find: (digest: string) => Effect.Effect<Uint8Array | undefined>
  readonly keep: (digest: string, packed: SamplePacking.Packed) => Effect.Effect<void>
  /** Digests of files by their path. */
  readonly files: Map<string, Known>
}

/** The store of the thread; undefined where nobody said whether to keep anything. */
export const SampleCache = Context.Reference<Store | undefined>("anneal/pipeline/SampleCache", {
  defaultValue: () => undefined
})

/** Whether anything is kept here. */
export const keeps: Effect.Effect<boolean> = Effect.map(
  SampleCache,
  (store) => store !== undefined && store.shared.kind !== "none"
)

const nowhere: Pick<Store, "find" | "keep"> = {
  find: () => Effect.undefined,
  keep: () => Effect.void
}

const inMemory = (shared: Shared, arena: SampleArena.Arena): Pick<Store, "find" | "keep"> => ({
  find: (digest) => Effect.sync(() => arena.find(digest)),
  keep: (digest, { bytes, write }) =>
    Effect.sync(() => count(shared, arena.keep(digest, bytes, write) ? "kept" : "full"))
})

/** The store of a cache that is in memory, or keeps nothing. */
export const storeOf = (shared: Shared): Store => ({
  shared,
  files: new Map(),
  ...(shared.memory === undefined ? nowhere : inMemory(shared, SampleArena.open(shared.memory, shared.bytes)))
})

/** Layout of the entries. */
const LAYOUT = 1

const digestOf = <A extends object>({ name, version }: Kind<A>, key: Schema.Json): string =>
  Digest.of([LAYOUT, name, version, key]).slice("sha256:".length)

const unpacked = <A extends object>(kind: Kind<A>, bytes: Uint8Array): A | undefined => {
  const shared = bytes.buffer instanceof SharedArrayBuffer
  const value: unknown = SamplePacking.unpack(bytes, shared && kind.borrowed !== true)
  return Schema.is(kind.schema)(value) ? value : undefined
}

/** The value that is kept under the key, or that of `make`, which is kept if there is room. */
export const cached = Effect.fnUntraced(function* <A extends object, E, R, E2, R2>(
  kind: Kind<A>,
  key: Effect.Effect<Schema.Json, E, R>,
  make: Effect.Effect<A, E2, R2>
): Effect.fn.Return<A, E | E2, R | R2> {
  const store = yield* SampleCache
  if (store === undefined || store.shared.kind === "none") return yield* make
  const digest = digestOf(kind, yield* key)
  const found = yield* store.find(digest)
  const value = found && unpacked(kind, found)
  count(store.shared, value === undefined ? "misses" : "hits")
  if (value !== undefined) return value
  const made = yield* make
  const packed = SamplePacking.pack(made)
  // A file that was replaced in between may have given a value that is not that of the key.
  if (packed !== undefined && digestOf(kind, yield* key) === digest) yield* store.keep(digest, packed)
  return made
})

/** The same without keeping anything: for what another value is made of that is kept. */
export const uncached = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(SampleCache, (store) =>
    Effect.provideService(
      effect,
      SampleCache,
      store && { ...store, shared: { ...store.shared, kind: "none" } }
    )
  )

/** A file that was changed less than this before it was looked at may change again within the same tick of its clock. */
const TICK = 2000

const unreadable = (path: string) =>
  Effect.mapError(
    ({ message }: PlatformError) =>
      new DataError({
        where: path,
        problem: `it cannot be read (${message})`,
        cure: "Restore the file, or remove it from the data."
      })
  )

const stampOf = ({ size, mtime, ino }: FileSystem.File.Info): Stamp => ({
  size: Number(size),
  mtime: Option.match(mtime, { onNone: () => 0, onSome: (date) => date.getTime() }),
  ino: Option.getOrElse(ino, () => 0n)
})

const isSame = (a: Stamp, b: Stamp): boolean => a.size === b.size && a.mtime === b.mtime && a.ino === b.ino

/** The SHA-256 of a file's content. It is read again only when its size, time of change or inode is another. */
export const contentOf = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<string, DataError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const files = (yield* SampleCache)?.files
  const stamp = stampOf(yield* fs.stat(path).pipe(unreadable(path)))
  const known = files?.get(path)
  if (known !== undefined && isSame(known.stamp, stamp)) return known.digest
  const now = yield* Clock.currentTimeMillis
  const bytes = yield* fs.readFile(path).pipe(unreadable(path))
  const digest = createHash("sha256").update(bytes).digest("hex")
  if (now - stamp.mtime > TICK) files?.set(path, { stamp, digest })
  return digest
})
