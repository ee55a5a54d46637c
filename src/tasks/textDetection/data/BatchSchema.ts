/** What a batch of the detector is, as a Schema. */
import * as Schema from "effect/Schema"
import { PointMapSchema } from "../../../pipeline/transform/PointMapSchema.ts"
import type { DetectionBatch } from "./Batch.ts"

const Point = Schema.Tuple([Schema.Finite, Schema.Finite])

const Sample = Schema.Struct({
  name: Schema.String,
  width: Schema.Finite,
  height: Schema.Finite,
  regions: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      polygon: Schema.Array(Point),
      ignore: Schema.Boolean,
      transcription: Schema.optionalKey(Schema.String)
    })
  ),
  toSample: PointMapSchema,
  contentWidth: Schema.Finite,
  contentHeight: Schema.Finite
})

const facts = {
  positives: Schema.Finite,
  negatives: Schema.Finite,
  samples: Schema.Array(Sample)
}

const Tensor = Schema.Struct({
  data: Schema.Union([
    Schema.instanceOf(Float32Array),
    Schema.instanceOf(Int32Array),
    Schema.instanceOf(Uint8Array)
  ]),
  shape: Schema.Array(Schema.Int)
})

/** Checks a batch that was kept in files. */
export const BatchSchema: Schema.Codec<DetectionBatch, unknown> = Schema.Struct({
  ...facts,
  images: Tensor,
  shrunk: Tensor,
  mask: Tensor,
  threshold: Tensor,
  border: Tensor
})
