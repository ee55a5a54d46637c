/** Weights to begin with, on disk: a safetensors file, shards of one, a folder of either, or what a run of Anneal saved. */
import { createHash } from "node:crypto"
import { basename, dirname, extname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { HostTensor } from "../../pipeline/nn/HostTensor.ts"
import type { CheckpointError } from "../../pipeline/train/Checkpoints.ts"
import type * as Matching from "../../pipeline/weights/Matching.ts"
import { WeightsError } from "../../pipeline/weights/WeightsError.ts"
import * as Durable from "../internal/Durable.ts"
import * as CheckpointReference from "./CheckpointReference.ts"
import * as ForeignWeights from "./ForeignWeights.ts"
import * as Safetensors from "./Safetensors.ts"

/** A tensor of a file, with its type there. */
export interface Stored extends Matching.Stored {
  readonly dtype: string
}

/** What a file of weights holds, by its header; values are read one tensor at a time. */
export interface WeightsSource extends Matching.Source {
  /** The file, or the folder or index of several. */
  readonly path: string
  /** SHA-256 in hexadecimal by name of the file. */
  readonly files: { readonly [name: string]: string }
  readonly tensors: ReadonlyArray<Stored>
  readonly read: (name: string) => Effect.Effect<HostTensor, WeightsError>
}

const indexFile = "model.safetensors.index.json"
const usualFile = "model.safetensors"

const wrong = (path: string, problem: string, cure: string) => new WeightsError({ path, problem, cure })

const unreadable = (path: string) =>
  Effect.mapError((error: Parameters<typeof Durable.problemOf>[0]) =>
    wrong(
      path,
      `it cannot be read: ${Durable.problemOf(error)}`,
      "Let this user read it, or name another file"
    )
  )

const damaged = (path: string) => (error: Safetensors.SafetensorsError) =>
  wrong(path, `it is truncated, or not a safetensors file: ${error.message}`, "Copy or download it again")

/** Bytes of a file from `from` up to `to`, or up to its end. */
const bytesOf = (fs: FileSystem.FileSystem, path: string, from: number, to: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = yield* fs.open(path, { flag: "r" })
      yield* file.seek(BigInt(from), "start")
      const bytes = new Uint8Array(to - from)
      let filled = 0
      while (filled < bytes.length) {
        const count = Number(yield* file.read(bytes.subarray(filled)))
        if (count === 0) break
        filled += count
      }
      return bytes.subarray(0, filled)
    })
  ).pipe(unreadable(path))

const digestOf = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string) {
  const hash = createHash("sha256")
  yield* fs.stream(path, { chunkSize: 1 << 20 }).pipe(
    Stream.runForEach((chunk) => Effect.sync(() => hash.update(chunk))),
    unreadable(path)
  )
  return hash.digest("hex")
})

const readHeader = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string) {
  const { size } = yield* fs.stat(path).pipe(unreadable(path))
  const total = Number(size)
  const start = yield* bytesOf(fs, path, 0, Math.min(total, 16))
  const foreign = ForeignWeights.cureOf(path, start)
  if (foreign !== undefined) return yield* wrong(path, foreign.problem, foreign.cure)
  const base = yield* Effect.fromResult(Safetensors.headerEnd(start, total)).pipe(
    Effect.mapError(damaged(path))
  )
  const head = yield* bytesOf(fs, path, 0, base)
  return yield* Effect.fromResult(Safetensors.header(head, total)).pipe(Effect.mapError(damaged(path)))
})

/** One safetensors file. */
const single = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<WeightsSource, WeightsError> {
  const { entries, metadata, base } = yield* readHeader(fs, path)
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  return {
    path,
    metadata,
    files: { [basename(path)]: yield* digestOf(fs, path) },
    tensors: entries,
    read: Effect.fnUntraced(function* (name: string) {
      const entry = byName.get(name)
      if (entry === undefined) return yield* lacking(path, name)
      const bytes = yield* bytesOf(fs, path, base + entry.begin, base + entry.end)
      return yield* Effect.fromResult(Safetensors.tensorOf(entry, base, bytes)).pipe(
        Effect.mapError(damaged(path))
      )
    })
  }
})

const lacking = (path: string, name: string) =>
  wrong(path, `it has no tensor "${name}"`, "Copy or download it again")

const decodeIndex = Schema.decodeUnknownResult(
  Schema.fromJsonString(Schema.Struct({ weight_map: Schema.Record(Schema.String, Schema.String) }))
)

/** Several files as one; the index says which tensor is in which of them. */
const sharded = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<WeightsSource, WeightsError> {
  const index = decodeIndex(yield* fs.readFileString(path).pipe(unreadable(path)))
  if (Result.isFailure(index)) {
    return yield* wrong(
      path,
      "it is not an index of shards: it has no weight_map",
      "Copy or download it again"
    )
  }
  const names = [...new Set(Object.values(index.success.weight_map))].toSorted()
  const shards = yield* Effect.forEach(names, (name) => single(fs, join(dirname(path), basename(name))))
  const holders = new Map(shards.flatMap((shard) => shard.tensors.map(({ name }) => [name, shard] as const)))
  const lost = Object.keys(index.success.weight_map).find((name) => !holders.has(name))
  if (lost !== undefined) return yield* lacking(path, lost)
  return {
    path,
    metadata: Object.assign({}, ...shards.map(({ metadata }) => metadata)),
    files: Object.assign({}, ...shards.map(({ files }) => files)),
    tensors: shards.flatMap(({ tensors }) => tensors),
    read: (name) => holders.get(name)?.read(name) ?? Effect.fail(lacking(path, name))
  }
})

/** The model of a checkpoint, every byte checked. Of a run it is the best checkpoint, or else the newest. */
const saved = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string
): Effect.fn.Return<WeightsSource, WeightsError | CheckpointError> {
  const all = join(folder, "checkpoints")
  const isRun = yield* exists(fs, all)
  const best = CheckpointReference.find(fs, all, "best").pipe(
    Effect.catch(() => CheckpointReference.find(fs, all, "last"))
  )
  const path = isRun ? yield* best : folder
  const { model } = yield* CheckpointReference.readAt(fs, path)
  const source = yield* single(fs, join(path, usualFile))
  return {
    ...source,
    path,
    read: (name) => {
      const tensor = model[name]
      return tensor === undefined ? Effect.fail(lacking(path, name)) : Effect.succeed(tensor)
    }
  }
})

const exists = (fs: FileSystem.FileSystem, path: string) => fs.exists(path).pipe(unreadable(path))

const some = (names: ReadonlyArray<string>): string =>
  names.length > 5 ? `${names.slice(0, 5).join(", ")}, …` : names.join(", ")

/** The weights in a folder: its index, its only safetensors file, or `model.safetensors` among several. */
const inFolder = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, folder: string) {
  const names = (yield* fs.readDirectory(folder).pipe(unreadable(folder))).toSorted()
  if (names.includes("state.json") || names.includes("checkpoints")) return yield* saved(fs, folder)
  if (names.includes(indexFile)) return yield* sharded(fs, join(folder, indexFile))
  const files = names.filter((name) => extname(name) === ".safetensors")
  const only = files.includes(usualFile) ? usualFile : files[0]
  if (only === undefined) return yield* without(folder, names.find(ForeignWeights.isKnown))
  if (files.length === 1 || only === usualFile) return yield* single(fs, join(folder, only))
  const problem = `it has ${files.length} safetensors files and no ${indexFile}: ${some(files)}`
  return yield* wrong(folder, problem, "Name one of them")
})

/** A folder without safetensors; `foreign` is a file of weights in another format. */
const without = (folder: string, foreign: string | undefined): WeightsError =>
  foreign === undefined
    ? wrong(
        folder,
        "it has no weights",
        "Name a .safetensors file, a folder that has one, or a run directory of Anneal"
      )
    : wrong(join(folder, foreign), ...ForeignWeights.words(foreign))

/** Opens what `path` names. Headers are read, no values yet; a checkpoint of Anneal is read whole and checked. */
export const open = Effect.fn("WeightsFile.open")(function* (
  path: string
): Effect.fn.Return<WeightsSource, WeightsError | CheckpointError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const place = resolve(path)
  const info = yield* Effect.option(fs.stat(place))
  if (Option.isNone(info)) {
    return yield* wrong(
      place,
      "there is nothing",
      "Correct the path; a relative one is relative to the working directory"
    )
  }
  if (info.value.type === "Directory") return yield* inFolder(fs, place)
  return yield* place.endsWith(".index.json") ? sharded(fs, place) : single(fs, place)
})
