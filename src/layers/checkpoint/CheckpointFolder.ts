/**
 * One checkpoint on disk: `model.safetensors`, `optimizer.safetensors`, and a `state.json` with their sizes and
 * digests, so that a truncated or changed checkpoint is detected before any weight is used.
 */
import { createHash } from "node:crypto"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import type { HostTensors } from "../../pipeline/nn/HostTensor.ts"
import { CheckpointError, CheckpointState, type Snapshot } from "../../pipeline/train/Checkpoints.ts"
import * as Durable from "../internal/Durable.ts"
import * as Safetensors from "./Safetensors.ts"

export const stateFile = "state.json"
const modelFile = "model.safetensors"
const optimizerFile = "optimizer.safetensors"

const Sealed = Schema.Struct({
  ...CheckpointState.fields,
  /** By file name: length, and SHA-256 in hexadecimal. */
  files: Schema.Record(Schema.String, Schema.Struct({ bytes: Schema.Int, sha256: Schema.String }))
})

type Seal = typeof Sealed.Type

/** The files of a checkpoint in the order in which they must be written. */
export interface Packed {
  /** Total bytes of all files. */
  readonly bytes: number
  readonly files: ReadonlyArray<{ readonly name: string; readonly chunks: ReadonlyArray<Uint8Array> }>
}

const lengthOf = (chunks: ReadonlyArray<Uint8Array>): number =>
  chunks.reduce((sum, chunk) => sum + chunk.length, 0)

const sha256 = (chunks: ReadonlyArray<Uint8Array>): string => {
  const hash = createHash("sha256")
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest("hex")
}

/** `state.json` is written last: once it exists, the other files are complete. */
export const pack = ({ state, model, optimizer }: Snapshot): Packed => {
  const about = { format: "tf", model: state.model }
  const tensors = [
    { name: modelFile, chunks: Safetensors.encode(model, about) },
    { name: optimizerFile, chunks: Safetensors.encode(optimizer) }
  ]
  const seals = tensors.map(({ name, chunks }) => [name, { bytes: lengthOf(chunks), sha256: sha256(chunks) }])
  const json = JSON.stringify({ ...state, files: Object.fromEntries(seals) }, null, 2)
  const files = [...tensors, { name: stateFile, chunks: [new TextEncoder().encode(`${json}\n`)] }]
  return { bytes: files.reduce((sum, file) => sum + lengthOf(file.chunks), 0), files }
}

/** Writes the files into an existing folder, and flushes them and the folder. */
export const write = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  packed: Packed
): Effect.fn.Return<void, PlatformError> {
  for (const { name, chunks } of packed.files) yield* Durable.writeFile(fs, join(folder, name), chunks)
  yield* Durable.syncFolder(fs, folder)
})

/** A checkpoint that cannot be used; the caller adds the cure, since it knows which other checkpoints there are. */
const broken = (path: string, problem: string) => new CheckpointError({ path, problem, cure: "" })

const decodeFormat = Schema.decodeUnknownResult(
  Schema.fromJsonString(
    Schema.Struct({
      format: Schema.Int,
      versions: Schema.optionalKey(Schema.Struct({ anneal: Schema.optionalKey(Schema.String) }))
    })
  )
)

/** Another version of Anneal wrote it in a format that this one does not know. */
const foreign = (format: number, version: string | undefined): string => {
  const writer = version === undefined ? "another version of Anneal" : `Anneal ${version}`
  return format > 1
    ? `${writer} wrote it, which is newer: it has format ${format}, and this version of Anneal reads format 1; ` +
        "npm install anneal@latest gets one that reads it"
    : `${writer} wrote it in format ${format}, and this version of Anneal reads format 1`
}
const decodeSealed = Schema.decodeUnknownEffect(Schema.fromJsonString(Sealed), { errors: "all" })

const readSeal = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string
): Effect.fn.Return<Seal, CheckpointError> {
  const path = join(folder, stateFile)
  const text = yield* fs
    .readFileString(path)
    .pipe(Effect.mapError((cause) => broken(path, `it cannot be read: ${Durable.problemOf(cause)}`)))
  const format = decodeFormat(text)
  if (Result.isFailure(format))
    return yield* broken(path, "it is truncated, or is not the state of a checkpoint")
  if (format.success.format !== 1) {
    return yield* broken(path, foreign(format.success.format, format.success.versions?.anneal))
  }
  return yield* decodeSealed(text).pipe(
    Effect.mapError((cause) => broken(path, `it is not the state of a checkpoint: ${cause.message}`))
  )
})

const stateOf = (seal: Seal): CheckpointState => Struct.omit(seal, ["files"])

const cut = (path: string, found: number, whole: number) =>
  broken(path, `it is truncated: it has ${found} of ${whole} bytes`)

const checkSizes = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  seal: Seal
): Effect.fn.Return<void, CheckpointError> {
  for (const name of [modelFile, optimizerFile]) {
    const path = join(folder, name)
    const sealed = seal.files[name]
    if (sealed === undefined) return yield* broken(join(folder, stateFile), `it has no entry for ${name}`)
    const info = yield* fs
      .stat(path)
      .pipe(Effect.mapError((cause) => broken(path, `it cannot be read: ${Durable.problemOf(cause)}`)))
    const size = Number(info.size)
    if (size < sealed.bytes) return yield* cut(path, size, sealed.bytes)
    if (size > sealed.bytes) return yield* broken(path, `it has ${size} bytes instead of ${sealed.bytes}`)
  }
})

/** The state of a checkpoint whose files all have their full length; contents are not read. */
export const readState = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string
): Effect.fn.Return<CheckpointState, CheckpointError> {
  const seal = yield* readSeal(fs, folder)
  yield* checkSizes(fs, folder, seal)
  return stateOf(seal)
})

const readTensors = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  seal: Seal,
  name: string
): Effect.fn.Return<HostTensors, CheckpointError> {
  const path = join(folder, name)
  const bytes = yield* fs
    .readFile(path)
    .pipe(Effect.mapError((cause) => broken(path, `it cannot be read: ${Durable.problemOf(cause)}`)))
  if (sha256([bytes]) !== seal.files[name]?.sha256) {
    return yield* broken(path, "it was changed or damaged after it was saved: its SHA-256 differs")
  }
  return yield* Effect.fromResult(Safetensors.decode(bytes)).pipe(
    Effect.mapError((cause) => broken(path, cause.message))
  )
})

/** The whole checkpoint, every byte checked against `state.json`. */
export const read = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string
): Effect.fn.Return<Snapshot, CheckpointError> {
  const seal = yield* readSeal(fs, folder)
  yield* checkSizes(fs, folder, seal)
  const model = yield* readTensors(fs, folder, seal, modelFile)
  const optimizer = yield* readTensors(fs, folder, seal, optimizerFile)
  return { state: stateOf(seal), model, optimizer }
})
