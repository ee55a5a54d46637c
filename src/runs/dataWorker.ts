/** The entry of a data worker: builds the data sets of a plan and makes their batches, one job at a time. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as WorkerProgram from "../layers/data/WorkerProgram.ts"
import * as Canvas from "../layers/image/Canvas.ts"
import * as ImageCodec from "../layers/image/ImageCodec.ts"
import type { DataError } from "../pipeline/task/Dataset.ts"
import * as DetectionSource from "../tasks/textDetection/DetectionSource.ts"
import type { DetectionBatch } from "../tasks/textDetection/data/Batch.ts"

const program: WorkerProgram.Program<DetectionSource.Setup, DetectionSource.Job, DetectionBatch> = (setup) =>
  Effect.map(
    DetectionSource.build(setup),
    (sets) =>
      ({ set, epoch, index }: DetectionSource.Job): Effect.Effect<DetectionBatch, DataError> =>
        sets[set].batch(epoch, index)
  ).pipe(Effect.provide(Layer.merge(ImageCodec.layer, Canvas.layer)))

export default WorkerProgram.serve(program)
