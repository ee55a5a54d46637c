/** The batch on which a run diverged: kept in its directory, and repeated by a run that resumes from before it. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Safetensors from "../layers/checkpoint/Safetensors.ts"
import type * as HostTensor from "../pipeline/nn/HostTensor.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { RunDirectory, type RunDirectoryError } from "../pipeline/run/RunDirectory.ts"
import type { Dataset } from "../pipeline/task/Dataset.ts"
import { CheckpointError } from "../pipeline/train/Checkpoints.ts"
import type { Event, StepDiverged } from "../pipeline/train/Event.ts"

const folder = "diverged"

/** Beside the tensors: where the batch stood, what came of it, and all of it that is not a tensor. */
const Record = Schema.fromJsonString(
  Schema.Struct({
    epoch: Schema.Int,
    batch: Schema.Int,
    step: Schema.Int,
    loss: Schema.String,
    gradient_norm: Schema.String,
    facts: Schema.Record(Schema.String, Schema.Json)
  })
)

const decodeRecord = Schema.decodeUnknownEffect(Record)
const decodeFacts = Schema.decodeUnknownEffect(Schema.Record(Schema.String, Schema.Json))

const isTensor = Schema.is(
  Schema.Struct({
    data: Schema.Union([
      Schema.instanceOf(Float32Array),
      Schema.instanceOf(Int32Array),
      Schema.instanceOf(Uint8Array)
    ]),
    shape: Schema.Array(Schema.Int)
  })
)

interface Parts {
  readonly tensors: HostTensor.HostTensors
  readonly facts: { readonly [name: string]: unknown }
}

/** The fields of a batch, tensors apart. */
const apart = (batch: object): Parts => {
  const tensors: Record<string, HostTensor.HostTensor> = {}
  const facts: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(batch)) {
    if (isTensor(value)) tensors[name] = value
    else facts[name] = value
  }
  return { tensors, facts }
}

const joined = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

const save = Effect.fnUntraced(function* (event: StepDiverged, checkpoint: string, parts: Parts) {
  const path = yield* Path.Path
  const directory = yield* RunDirectory
  const { epoch, batch, step, loss, gradientNorm } = event
  const facts = yield* Effect.result(decodeFacts(parts.facts))
  if (Result.isFailure(facts)) {
    const progress = yield* Progress
    return yield* progress.warn(`the batch that diverged is not kept: ${facts.failure.message}`)
  }
  const record = yield* Schema.encodeEffect(Record)({
    epoch,
    batch,
    step,
    loss: String(loss),
    gradient_norm: String(gradientNorm),
    facts: facts.success
  }).pipe(Effect.orDie)
  const name = `${folder}/${path.basename(checkpoint)}`
  yield* directory.write(`${name}.safetensors`, joined(Safetensors.encode(parts.tensors)))
  yield* directory.write(`${name}.json`, record)
})

/**
 * Keeps the batch of a divergence; other events pass. A task without a Schema of its batches has none kept, since
 * nothing could check them when they are read again; nor is one kept that is not of that Schema.
 */
export const watch =
  <B>(schema: Schema.Codec<B, unknown> | undefined) =>
  (event: Event): Effect.Effect<void, RunDirectoryError, Path.Path | Progress | RunDirectory> => {
    if (event._tag !== "StepDiverged" || event.checkpoint === undefined || schema === undefined)
      return Effect.void
    const { input } = event
    if (typeof input !== "object" || input === null || !Schema.is(Schema.toType(schema))(input))
      return Effect.void
    return save(event, event.checkpoint, apart(input))
  }

export interface Replay<B> {
  readonly dataset: Dataset<B>
  /** The file that the batch comes from; absent if the checkpoint is not that of a divergence. */
  readonly from: string | undefined
}

const unreadable = (path: string) => (error: { readonly message: string }) =>
  new CheckpointError({
    path,
    problem: `the batch that diverged cannot be read: ${error.message}`,
    cure: "Remove the file, and the batch is made from the data again"
  })

const read = Effect.fnUntraced(function* <B>(file: string, schema: Schema.Codec<B, unknown>) {
  const fs = yield* FileSystem.FileSystem
  const record = yield* decodeRecord(yield* fs.readFileString(`${file}.json`))
  const tensors = yield* Effect.fromResult(Safetensors.decode(yield* fs.readFile(`${file}.safetensors`)))
  const batch = yield* Schema.decodeUnknownEffect(Schema.toType(schema))({ ...record.facts, ...tensors })
  return { place: record, batch }
})

/** `dataset` with the kept batch in its place, if `resume` is the checkpoint before a divergence. */
export const replay = Effect.fn("DivergedBatch.replay")(function* <B>(
  dataset: Dataset<B>,
  schema: Schema.Codec<B, unknown> | undefined,
  resume: string | undefined
): Effect.fn.Return<Replay<B>, CheckpointError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (resume === undefined || schema === undefined) return { dataset, from: undefined }
  const file = path.join(path.dirname(path.dirname(resume)), folder, path.basename(resume))
  const kept = yield* fs.exists(`${file}.json`).pipe(Effect.mapError(unreadable(file)))
  if (!kept) return { dataset, from: undefined }
  const { place, batch } = yield* read(file, schema).pipe(Effect.mapError(unreadable(file)))
  const replayed: Dataset<B> = {
    ...dataset,
    batch: (epoch, index) =>
      epoch === place.epoch && index === place.batch ? Effect.succeed(batch) : dataset.batch(epoch, index)
  }
  return { dataset: replayed, from: `${file}.safetensors` }
})
