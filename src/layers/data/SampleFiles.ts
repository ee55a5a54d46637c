/**
 * The cache of samples in a folder, `samples`, that runs share: a file for each entry, named by its digest.
 *
 * A file is the word `anneal-1`, the SHA-256 of the rest, and the rest. It is written under another name and renamed, so
 * that it is there as a whole or not at all; one that a crash left damaged is found by its digest, removed and made anew.
 * When the folder has reached its bound, the entries that were used least recently go, except those of this run: a run
 * whose data does not fit keeps what it has, since every sample has its turn once in an epoch, and the one that was used
 * least recently is the next.
 */
import { createHash, randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { DataError } from "../../pipeline/task/Dataset.ts"
import * as SampleCache from "../../pipeline/task/SampleCache.ts"
import type { Packed } from "../../pipeline/task/SamplePacking.ts"
import * as Thrown from "../internal/Thrown.ts"

const WORD = Buffer.from("anneal-1")
const DIGEST = 32
const HEAD = WORD.length + DIGEST
/** A file without its name that is older than this, in milliseconds, was left by a process that is gone. */
const ABANDONED = 3_600_000
/** So much of the bound is left free: processes that write at the same time see each other only when they look. */
const MARGIN = 1 / 8

export const folderOf = (cache: string): string => join(cache, "samples")

/** Relative to the folder. */
const nameOf = (digest: string): string => join(digest.slice(0, 2), digest.slice(2))

/** A cache that cannot be used is none: its failures are counted, and the sample is made. */
const attempt = <A, B>(run: () => Promise<A>, otherwise: B) =>
  Effect.orElseSucceed(Effect.tryPromise(run), () => otherwise)

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest()

/** Whether a file is as it was written. */
export const isWhole = (file: Buffer): boolean =>
  file.length > HEAD &&
  file.subarray(0, WORD.length).equals(WORD) &&
  file.subarray(WORD.length, HEAD).equals(sha256(file.subarray(HEAD)))

/** A file of an entry, and when it was last used, in milliseconds since 1970. */
export interface Entry {
  readonly path: string
  readonly bytes: number
  readonly used: number
}

const entriesIn = async (folder: string): Promise<ReadonlyArray<Entry>> => {
  const names = await fs.readdir(folder).catch(() => [])
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      // Another process may remove it meanwhile.
      const info = await fs.stat(path).catch(() => undefined)
      return info?.isFile() === true ? [{ path, bytes: info.size, used: info.mtimeMs }] : []
    })
  )
  return found.flat()
}

const INCOMING = "incoming"

/** All entries of a folder, in no order. */
export const list = async (folder: string): Promise<ReadonlyArray<Entry>> => {
  const found: Array<Entry> = []
  for (const name of await fs.readdir(folder).catch(() => [])) {
    if (name !== INCOMING) found.push(...(await entriesIn(join(folder, name))))
  }
  return found
}

const sum = (entries: ReadonlyArray<Entry>): number => entries.reduce((all, { bytes }) => all + bytes, 0)

/** Of the entries not used since `begun`, those used least recently, until all others have at most `most` bytes. */
export const stale = (entries: ReadonlyArray<Entry>, most: number, begun: number): ReadonlyArray<Entry> => {
  const oldest = entries.filter(({ used }) => used < begun).toSorted((a, b) => a.used - b.used)
  let all = sum(entries)
  const removed: Array<Entry> = []
  for (const entry of oldest) {
    if (all <= most) break
    removed.push(entry)
    all -= entry.bytes
  }
  return removed
}

/** Removes what a process left that was killed while it wrote. */
const clear = async (folder: string, begun: number): Promise<void> => {
  const left = (await entriesIn(join(folder, INCOMING))).filter(({ used }) => begun - used > ABANDONED)
  await Promise.all(left.map(({ path }) => fs.rm(path, { force: true })))
}

/**
 * How many bytes may still be written before somebody has to look again. Every thread looks for itself, and makes room
 * if there is none.
 */
const allowance = (folder: string, { bytes, begun }: SampleCache.Shared) => {
  const most = bytes * (1 - MARGIN)
  let left = 0
  let full = false
  const look = async (wanted: number) => {
    await clear(folder, begun)
    const entries = await list(folder)
    const step = Math.max(wanted, bytes / 32)
    const free = most - sum(entries)
    const removed = free < step ? stale(entries, most * (1 - MARGIN), begun) : []
    await Promise.all(removed.map(({ path }) => fs.rm(path, { force: true })))
    left = Math.min(step, free + sum(removed))
    full = left < wanted
  }
  return async (wanted: number): Promise<boolean> => {
    if (!full && left < wanted) await look(wanted)
    if (full) return false
    left -= wanted
    return true
  }
}

/** The store of a thread. */
export const make = (shared: SampleCache.Shared): SampleCache.Store => {
  const folder = folderOf(shared.folder)
  const mayWrite = allowance(folder, shared)
  let fails = false

  const read = async (digest: string, now: Date): Promise<Uint8Array | undefined> => {
    const path = join(folder, nameOf(digest))
    const file = await fs.readFile(path).catch(() => undefined)
    if (file === undefined) return undefined
    if (!isWhole(file)) {
      SampleCache.count(shared, "damaged")
      await fs.rm(path, { force: true })
      return undefined
    }
    await fs.utimes(path, now, now).catch(() => undefined)
    // Arrays begin at a multiple of 8 in their buffer.
    return (file.byteOffset + HEAD) % 8 === 0 ? file.subarray(HEAD) : new Uint8Array(file.subarray(HEAD))
  }

  const write = async (digest: string, packed: Packed): Promise<void> => {
    const file = Buffer.alloc(HEAD + packed.bytes)
    packed.write(file.subarray(HEAD))
    WORD.copy(file)
    sha256(file.subarray(HEAD)).copy(file, WORD.length)
    const incoming = join(folder, INCOMING, randomUUID())
    const path = join(folder, nameOf(digest))
    await fs.mkdir(join(folder, INCOMING), { recursive: true })
    await fs.mkdir(join(path, ".."), { recursive: true })
    await fs.writeFile(incoming, file, { flag: "wx" })
    await fs.rename(incoming, path)
  }

  const keep = async (digest: string, packed: Packed): Promise<void> => {
    if (fails) return
    if (!(await mayWrite(HEAD + packed.bytes))) return SampleCache.count(shared, "full")
    await write(digest, packed)
    SampleCache.count(shared, "kept")
  }

  return {
    shared,
    files: new Map(),
    find: (digest) =>
      Effect.flatMap(DateTime.nowAsDate, (now) => attempt(() => read(digest, now), undefined)),
    keep: (digest, packed) =>
      Effect.tryPromise(() => keep(digest, packed)).pipe(
        Effect.catch(() =>
          Effect.sync(() => {
            // The disk is full, or read-only: what else there is would fail as well.
            fails = true
            SampleCache.count(shared, "failed")
          })
        )
      )
  }
}

/** Makes the folder of a cache on disk, which git ignores; fails if it cannot be written. */
export const prepare = Effect.fnUntraced(function* ({ kind, folder }: SampleCache.Shared) {
  if (kind !== "disk") return
  yield* Effect.tryPromise({
    try: async () => {
      await fs.mkdir(join(folderOf(folder), INCOMING), { recursive: true })
      await fs.access(join(folderOf(folder), INCOMING), fs.constants.W_OK)
      // There unless this is its first use.
      await fs.writeFile(join(folder, ".gitignore"), "*\n", { flag: "wx" }).catch(() => undefined)
    },
    catch: (cause) =>
      new DataError({
        where: `data.cache_dir=${folder}`,
        problem: `the cache cannot be written there (${Thrown.said(cause)})`,
        cure: "Name another folder, or set data.cache=memory."
      })
  })
})

/** The store of a cache, in whatever place. */
export const storeOf = (shared: SampleCache.Shared): SampleCache.Store =>
  shared.kind === "disk" ? make(shared) : SampleCache.storeOf(shared)
