/** A batch taken apart into tensors and facts, to be kept in files and put together again bit for bit. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { HostTensors } from "../../../pipeline/nn/HostTensor.ts"
import type { DetectionBatch } from "./Batch.ts"

const tensorNames = ["images", "shrunk", "mask", "threshold", "border"] as const

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
  toSample: Schema.Tuple([
    Schema.Finite,
    Schema.Finite,
    Schema.Finite,
    Schema.Finite,
    Schema.Finite,
    Schema.Finite
  ]),
  contentWidth: Schema.Finite,
  contentHeight: Schema.Finite
})

/** All of a batch but its tensors. */
export const Facts = Schema.Struct({
  positives: Schema.Finite,
  negatives: Schema.Finite,
  samples: Schema.Array(Sample)
})
export type Facts = typeof Facts.Type

const Tensor = Schema.Struct({
  data: Schema.Union([
    Schema.instanceOf(Float32Array),
    Schema.instanceOf(Int32Array),
    Schema.instanceOf(Uint8Array)
  ]),
  shape: Schema.Array(Schema.Int)
})

const Batch = Schema.Struct({
  ...Facts.fields,
  images: Tensor,
  shrunk: Tensor,
  mask: Tensor,
  threshold: Tensor,
  border: Tensor
})

const decodeBatch = Schema.decodeUnknownEffect(Schema.toType(Batch))

export interface Parts {
  readonly tensors: HostTensors
  readonly facts: Facts
}

const apart = ({ positives, negatives, samples, ...rest }: DetectionBatch): Parts => ({
  tensors: Object.fromEntries(tensorNames.map((name) => [name, rest[name]])),
  facts: { positives, negatives, samples }
})

/** The parts of what an event calls a batch; fails where it is none of a detector's. */
export const take = (batch: unknown): Effect.Effect<Parts, Schema.SchemaError> =>
  Effect.map(decodeBatch(batch), apart)

/** The batch of its parts; fails where a tensor is missing. */
export const put = ({ tensors, facts }: Parts): Effect.Effect<DetectionBatch, Schema.SchemaError> =>
  decodeBatch({ ...tensors, ...facts })
