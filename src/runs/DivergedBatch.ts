/** The batch on which a run diverged: kept in the run directory, and used again when the run is resumed before it. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Safetensors from "../layers/checkpoint/Safetensors.ts"
import { RunDirectory, type RunDirectoryError } from "../pipeline/run/RunDirectory.ts"
import type { Dataset } from "../pipeline/task/Dataset.ts"
import { CheckpointError } from "../pipeline/train/Checkpoints.ts"
import type { Event, StepDiverged } from "../pipeline/train/Event.ts"
import type { DetectionBatch } from "../tasks/textDetection/data/Batch.ts"
import * as BatchRecord from "../tasks/textDetection/data/BatchRecord.ts"

const folder = "diverged"

const Place = Schema.Struct({ epoch: Schema.Int, batch: Schema.Int, step: Schema.Int })

/** What is kept beside the tensors: the position of the batch, its loss and gradient norm, and its facts. */
const Record = Schema.fromJsonString(
  Schema.Struct({
    ...Place.fields,
    loss: Schema.String,
    gradient_norm: Schema.String,
    facts: BatchRecord.Facts
  })
)

const decodeRecord = Schema.decodeUnknownEffect(Record)

const joined = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

const save = Effect.fnUntraced(function* (event: StepDiverged, checkpoint: string) {
  const path = yield* Path.Path
  const directory = yield* RunDirectory
  const parts = yield* BatchRecord.take(event.input).pipe(Effect.orDie)
  const { epoch, batch, step, loss, gradientNorm } = event
  const record = yield* Schema.encodeEffect(Record)({
    epoch,
    batch,
    step,
    loss: String(loss),
    gradient_norm: String(gradientNorm),
    facts: parts.facts
  }).pipe(Effect.orDie)
  const name = `${folder}/${path.basename(checkpoint)}`
  yield* directory.write(`${name}.safetensors`, joined(Safetensors.encode(parts.tensors)))
  yield* directory.write(`${name}.json`, record)
})

/** Keeps the batch of a divergence, and ignores other events. */
export const watch = (event: Event): Effect.Effect<void, RunDirectoryError, RunDirectory | Path.Path> =>
  event._tag === "StepDiverged" && event.checkpoint !== undefined
    ? save(event, event.checkpoint)
    : Effect.void

export interface Replay {
  readonly dataset: Dataset<DetectionBatch>
  /** The file of the batch; undefined if the checkpoint is not that of a divergence. */
  readonly from: string | undefined
}

const unreadable = (path: string) => (error: { readonly message: string }) =>
  new CheckpointError({
    path,
    problem: `the batch that diverged cannot be read: ${error.message}`,
    cure: "Remove the file, and the batch is made from the data again"
  })

const read = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const record = yield* decodeRecord(yield* fs.readFileString(`${file}.json`))
  const tensors = yield* Effect.fromResult(Safetensors.decode(yield* fs.readFile(`${file}.safetensors`)))
  const batch = yield* BatchRecord.put({ tensors, facts: record.facts })
  return { place: record, batch }
})

/** `dataset` with the kept batch at its position, if `resume` is the checkpoint before a divergence. */
export const replay = Effect.fn("DivergedBatch.replay")(function* (
  dataset: Dataset<DetectionBatch>,
  resume: string | undefined
): Effect.fn.Return<Replay, CheckpointError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (resume === undefined) return { dataset, from: undefined }
  const file = path.join(path.dirname(path.dirname(resume)), folder, path.basename(resume))
  const kept = yield* fs.exists(`${file}.json`).pipe(Effect.mapError(unreadable(file)))
  if (!kept) return { dataset, from: undefined }
  const { place, batch } = yield* read(file).pipe(Effect.mapError(unreadable(file)))
  const replayed: Dataset<DetectionBatch> = {
    ...dataset,
    batch: (epoch, index) =>
      epoch === place.epoch && index === place.batch ? Effect.succeed(batch) : dataset.batch(epoch, index)
  }
  return { dataset: replayed, from: `${file}.safetensors` }
})
