/**
 * Samples in shards, on the disk or behind HTTP. An index says where each is, so that all can be had in any order, the
 * same as if each were a file: from the disk by reading there, over HTTP by a request for a range of bytes. What comes is
 * compared with its digest.
 */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import { DataError } from "../task/DatasetBase.ts"
import { type Range, RemoteFiles } from "./RemoteFiles.ts"
import { FILE, type Member, type PartName, type Shard, ShardIndex, Table } from "./ShardIndex.ts"

/** Shards that were found, as a plain value. */
export interface Opened {
  /** The folder or the address that they are in, with a slash at its end. */
  readonly base: string
  readonly index: ShardIndex
}

const AGAIN = "Copy it again, or write the shards again: anneal data pack"

const isRemote = (location: string): boolean => /^https?:\/\//.test(location)

const unreadable = (where: string) => (error: PlatformError) =>
  new DataError({ where, problem: `it cannot be read (${error.message})`, cure: AGAIN })

const local = Effect.fnUntraced(function* (path: string, { offset, length }: Range) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.open(path)
  const read = yield* file.readAlloc(length, { position: BigInt(offset) })
  return Option.getOrElse(read, () => new Uint8Array())
}, Effect.scoped)

/** All of a file, or a part of it. */
const readAt = Effect.fnUntraced(function* (
  path: string,
  range?: Range
): Effect.fn.Return<Uint8Array, DataError, FileSystem.FileSystem> {
  if (range?.length === 0) return new Uint8Array()
  if (isRemote(path)) return yield* (yield* RemoteFiles)(path, range)
  const fs = yield* FileSystem.FileSystem
  const read = range === undefined ? fs.readFile(path) : local(path, range)
  return yield* Effect.mapError(read, unreadable(path))
})

/** JSON that is what a Schema says. */
const readJson = Effect.fnUntraced(function* <A>(path: string, schema: Schema.Codec<A, unknown>) {
  const text = new TextDecoder().decode(yield* readAt(path))
  return yield* Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text).pipe(
    Effect.mapError(
      ({ message }) =>
        new DataError({
          where: path,
          problem: `it is not what anneal data pack writes (${message.replaceAll(/\s+/g, " ")})`,
          cure: AGAIN
        })
    )
  )
})

/** Whether all shards on the disk are there and as long as they should be. */
const checkFiles = Effect.fnUntraced(function* ({ base, index }: Opened) {
  const fs = yield* FileSystem.FileSystem
  for (const { url, filesize } of index.shardlist) {
    const path = `${base}${url}`
    const { size } = yield* fs.stat(path).pipe(Effect.mapError(unreadable(path)))
    if (Number(size) === filesize) continue
    return yield* new DataError({
      where: path,
      problem: `it has ${size} bytes, and ${base}${FILE} says ${filesize}`,
      cure: AGAIN
    })
  }
})

const requireTask = ({ base, index }: Opened, task: string) =>
  index.anneal.task === task
    ? Effect.void
    : Effect.fail(
        new DataError({
          where: `${base}${FILE}`,
          problem: `the shards are for the task ${index.anneal.task}, not ${task}`,
          cure: "Name other data, or another task."
        })
      )

/** Shards at an address, or in a folder that has their index; undefined for another folder. */
export const find = Effect.fn("Shards.find")(function* (
  location: string,
  task: string
): Effect.fn.Return<Opened | undefined, DataError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const remote = isRemote(location)
  const base = remote
    ? `${location.replace(/(?:\/|\/index\.json)$/, "")}/`
    : `${path.resolve(location)}${path.sep}`
  if (!remote) {
    const text = yield* Effect.option(fs.readFileString(`${base}${FILE}`))
    // Some other tool's index.
    if (Option.isNone(text) || !text.value.includes("wids-shard-index")) {
      yield* refuseLoose(base)
      return undefined
    }
  }
  const opened: Opened = { base, index: yield* readJson(`${base}${FILE}`, ShardIndex) }
  yield* requireTask(opened, task)
  if (!remote) yield* checkFiles(opened)
  return opened
})

/** Shards without an index: without it nobody knows how many samples there are. */
const refuseLoose = Effect.fnUntraced(function* (base: string) {
  const fs = yield* FileSystem.FileSystem
  const names = yield* Effect.orElseSucceed(fs.readDirectory(base), (): Array<string> => [])
  const tar = names.find((name) => name.endsWith(".tar"))
  if (tar === undefined || names.some((name) => name.endsWith("annotations.json"))) return
  return yield* new DataError({
    where: `${base}${FILE}`,
    problem: `there are shards, such as ${tar}, but no index of them`,
    cure: "Copy index.json and the tables as well, or write the shards by: anneal data pack"
  })
})

const shardsOf = ({ index }: Opened, part: PartName): ReadonlyArray<Shard> =>
  index.shardlist.filter((shard) => shard.part === part)

export const sizeOf = (opened: Opened, part: PartName): number =>
  shardsOf(opened, part).reduce((sum, { nsamples }) => sum + nsamples, 0)

/** A file of a sample. */
export interface Stored {
  readonly extension: string
  /** SHA-256 of its bytes. */
  readonly content: string
  readonly read: Effect.Effect<Uint8Array, DataError, FileSystem.FileSystem>
}

export interface Sample {
  /** The shard and the key in it, for errors. */
  readonly where: string
  readonly file: Stored
  /** What its JSON says. */
  readonly about: Effect.Effect<unknown, DataError, FileSystem.FileSystem>
}

export interface Reader {
  readonly size: number
  /** Sample `index`, 0 ≤ index < size. */
  readonly sample: (index: number) => Effect.Effect<Sample, DataError, FileSystem.FileSystem>
}

/** Tables that a reader keeps: the samples of a shard, some hundred bytes each. */
const MOST_TABLES = 256

/** The tables of a reader: those used last are kept. */
const tables = (base: string) => {
  const kept = new Map<string, Table>()
  return Effect.fnUntraced(function* (shard: Shard) {
    const found = kept.get(shard.table) ?? (yield* readJson(`${base}${shard.table}`, Table))
    kept.delete(shard.table)
    kept.set(shard.table, found)
    for (const name of kept.keys()) if (kept.size > MOST_TABLES) kept.delete(name)
    return found
  })
}

const stored = (path: string, key: string, [extension, offset, length, content]: Member): Stored => ({
  extension,
  content,
  read: Effect.flatMap(readAt(path, { offset, length }), (bytes) =>
    createHash("sha256").update(bytes).digest("hex") === content
      ? Effect.succeed(bytes)
      : Effect.fail(
          new DataError({
            where: path,
            problem: `${key}.${extension}, ${length} bytes from byte ${offset}, is not what was written there`,
            cure: AGAIN
          })
        )
  )
})

const sampleOf = (path: string, key: string, members: ReadonlyArray<Member>): Sample | undefined => {
  const all = members.map((member) => stored(path, key, member))
  const file = all.find(({ extension }) => extension !== "json")
  const json = all.find(({ extension }) => extension === "json")
  if (file === undefined || json === undefined) return undefined
  const about = Effect.flatMap(json.read, (bytes) =>
    Effect.try({
      try: (): unknown => JSON.parse(new TextDecoder().decode(bytes)),
      catch: () => new DataError({ where: path, problem: `${key}.json is not JSON`, cure: AGAIN })
    })
  )
  return { where: `${path}#${key}`, file, about }
}

/** The samples of a part, in the order in which they were packed. */
export const reader = (opened: Opened, part: PartName): Reader => {
  const { base } = opened
  const shards = shardsOf(opened, part)
  const firsts = shards.map((_, i) => shards.slice(0, i).reduce((sum, { nsamples }) => sum + nsamples, 0))
  const tableOf = tables(base)
  const size = sizeOf(opened, part)
  return {
    size,
    sample: Effect.fnUntraced(function* (index: number) {
      const at = firsts.findLastIndex((first) => first <= index)
      const shard = shards[at]
      if (shard === undefined || index >= size) {
        return yield* Effect.die(new RangeError(`${part} of ${base} has ${size} samples, not ${index}`))
      }
      const { samples } = yield* tableOf(shard)
      const listed = samples[index - (firsts[at] ?? 0)]
      const path = `${base}${shard.url}`
      const sample = listed && sampleOf(path, listed.key, listed.files)
      if (sample !== undefined) return sample
      return yield* new DataError({
        where: `${base}${shard.table}`,
        problem: `it does not say where sample ${index - (firsts[at] ?? 0)} of ${shard.url} and its JSON are`,
        cure: AGAIN
      })
    })
  }
}
