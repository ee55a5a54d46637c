/**
 * Writes samples into WebDataset shards: tar archives in which the files of a sample follow each other and have one name,
 * its key, with different extensions. The files of samples are copied as they are.
 */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import type * as Schema from "effect/Schema"
import { DataError } from "../task/DatasetBase.ts"
import { FILE, type Member, type PartName, type Shard, type ShardIndex, type Table } from "./ShardIndex.ts"
import * as Tar from "./Tar.ts"

export interface Sample {
  /** The file, whose extension it keeps. */
  readonly file: string
  /** What is known of it, which becomes `<key>.json`. */
  readonly about: Schema.Json
}

export interface Part {
  readonly name: PartName
  /** In the order in which they are numbered. */
  readonly samples: ReadonlyArray<Sample>
  /** What the task has to know of the part before it reads samples. */
  readonly facts: Schema.Json
}

/** A data set that can be packed. */
export interface Packable {
  /** What the task has to know of all of it. */
  readonly facts: Schema.Json
  readonly parts: ReadonlyArray<Part>
}

export interface Options {
  /** A new or empty folder. */
  readonly folder: string
  readonly task: string
  /** Bytes after which a shard ends. */
  readonly shardBytes: number
  readonly progress?: (done: number, all: number) => Effect.Effect<void>
}

export interface Written {
  readonly shards: number
  readonly samples: number
  readonly bytes: number
}

const failed = (where: string) =>
  Effect.mapError(
    ({ message }: PlatformError) =>
      new DataError({
        where,
        problem: `it cannot be read or written (${message})`,
        cure: "Check the file, the folder and the space on its disk."
      })
  )

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const extensionOf = (file: string): string => /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase() ?? "bin"

/** A shard that is being written. */
const begin = Effect.fnUntraced(function* (folder: string, url: string) {
  const fs = yield* FileSystem.FileSystem
  const path = (yield* Path.Path).join(folder, url)
  const file = yield* fs.open(path, { flag: "w" }).pipe(failed(path))
  const digest = createHash("sha256")
  let at = 0
  const write = (bytes: Uint8Array) =>
    Effect.suspend(() => {
      digest.update(bytes)
      at += bytes.length
      return file.writeAll(bytes).pipe(failed(path))
    })
  const member = Effect.fnUntraced(function* (key: string, extension: string, bytes: Uint8Array) {
    yield* write(Tar.header(`${key}.${extension}`, bytes.length))
    const from = at
    yield* write(bytes)
    yield* write(new Uint8Array(Tar.padded(bytes.length) - bytes.length))
    const placed: Member = [extension, from, bytes.length, sha256(bytes)]
    return placed
  })
  const finish = Effect.map(Effect.andThen(write(Tar.end()), file.sync.pipe(failed(path))), () => ({
    filesize: at,
    sha256: digest.digest("hex")
  }))
  return { member, size: () => at, finish }
})

/** Writes a shard of the samples from `from`, as many as fit, and its table. */
const shard = Effect.fnUntraced(function* (
  { folder, shardBytes }: Options,
  { name, samples }: Part,
  number: number,
  from: number,
  done: Effect.Effect<void>
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const base = `${name}-${String(number).padStart(6, "0")}`
  const open = yield* begin(folder, `${base}.tar`)
  const table: Array<Table["samples"][number]> = []
  for (const [i, { file, about }] of samples.slice(from).entries()) {
    const key = String(from + i).padStart(9, "0")
    const bytes = yield* fs.readFile(file).pipe(failed(file))
    const json = new TextEncoder().encode(JSON.stringify(about))
    table.push({
      key,
      files: [yield* open.member(key, extensionOf(file), bytes), yield* open.member(key, "json", json)]
    })
    yield* done
    if (open.size() >= shardBytes) break
  }
  const ended = yield* open.finish
  const listed: Shard = {
    url: `${base}.tar`,
    nsamples: table.length,
    ...ended,
    part: name,
    table: `${base}.table.json`
  }
  const place = path.join(folder, listed.table)
  yield* fs.writeFileString(place, JSON.stringify({ samples: table } satisfies Table)).pipe(failed(place))
  return listed
}, Effect.scoped)

const requireEmpty = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(folder, { recursive: true }).pipe(failed(folder))
  const names = yield* fs.readDirectory(folder).pipe(failed(folder))
  if (names.length === 0) return
  return yield* new DataError({
    where: folder,
    problem: "the folder is not empty",
    cure: "Name a new folder: --out <folder>"
  })
})

/** Writes all parts; the index comes last, so that a folder with one is complete. */
export const write = Effect.fn("ShardWriter.write")(function* (
  { parts, facts }: Packable,
  options: Options
): Effect.fn.Return<Written, DataError, FileSystem.FileSystem | Path.Path> {
  const { folder, task, progress = () => Effect.void } = options
  const all = parts.reduce((sum, { samples }) => sum + samples.length, 0)
  if (all === 0) {
    return yield* new DataError({
      where: folder,
      problem: "there is no sample to pack",
      cure: "Name data that is in files of its own."
    })
  }
  yield* requireEmpty(folder)
  const fs = yield* FileSystem.FileSystem
  const shards: Array<Shard> = []
  let packed = 0
  const done = Effect.suspend(() => progress(++packed, all))
  for (const part of parts) {
    let from = 0
    for (let number = 0; from < part.samples.length; number++) {
      const made = yield* shard(options, part, number, from, done)
      shards.push(made)
      from += made.nsamples
    }
  }
  const index: ShardIndex = {
    __kind__: "wids-shard-index-v1",
    wids_version: 1,
    shardlist: shards,
    anneal: {
      version: 1,
      task,
      facts,
      parts: Object.fromEntries(parts.map((part) => [part.name, part.facts]))
    }
  }
  const path = (yield* Path.Path).join(folder, FILE)
  yield* fs.writeFileString(path, `${JSON.stringify(index, null, 1)}\n`).pipe(failed(path))
  return {
    shards: shards.length,
    samples: all,
    bytes: shards.reduce((sum, { filesize }) => sum + filesize, 0)
  }
})
