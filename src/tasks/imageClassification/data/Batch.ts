/** Batches of the classifier: typed arrays and plain facts, each a function of (seed, epoch, index). */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as HostTensor from "../../../pipeline/nn/HostTensor.ts"
import * as Random from "../../../pipeline/nn/Random.ts"
import type { DataError, Dataset } from "../../../pipeline/task/Dataset.ts"
import * as Augment from "./Augment.ts"
import type { Picture, PictureSource } from "./PictureSource.ts"

const tensor = <const D extends Schema.Top>(data: D) =>
  Schema.Struct({ data, shape: Schema.Array(Schema.Int) })

/** Classes counted from 0, `[batch]`. */
const Labels = tensor(Schema.instanceOf(Int32Array))

export const ClassificationBatch = Schema.Struct({
  /** `[batch, height, width, channels]`, float32, in [0, 1] and then normalised by mean and deviation. */
  images: tensor(Schema.instanceOf(Float32Array)),
  /** `[batch]`, int32; -1 where nobody knows. */
  labels: Labels,
  /** Labels of the pictures that these are mixed with, and the part of their own that remains, in [0, 1]. */
  mixed: Schema.optionalKey(Schema.Struct({ labels: Labels, part: Schema.Finite })),
  names: Schema.Array(Schema.String),
  /** Names of all classes, in the order of the net's outputs. */
  classes: Schema.Array(Schema.String)
})
export type ClassificationBatch = typeof ClassificationBatch.Type

export interface Options {
  readonly name: string
  readonly source: PictureSource
  readonly input: Augment.Input
  readonly classes: ReadonlyArray<string>
  /** Samples in a batch. */
  readonly batchSize: number
  /** Of the source's samples; absent where nobody asks for it. */
  readonly fingerprint?: Dataset<ClassificationBatch>["fingerprint"]
}

const sizeOf = ({ height, width, channels }: Augment.Input): number => height * width * channels

interface Loaded {
  readonly index: number
  readonly pixels: Picture
}

/** The pictures of some indices; without those that `skip` has taken note of. */
const load = Effect.fnUntraced(function* (
  source: PictureSource,
  indices: ReadonlyArray<number>,
  skip: (why: DataError) => Effect.Effect<void, DataError>
) {
  const loaded: Array<Loaded> = []
  for (const index of indices) {
    yield* source.pixels(index).pipe(
      Effect.map((pixels) => loaded.push({ index, pixels })),
      Effect.catch(skip)
    )
  }
  return loaded
})

/** One batch of pictures, each changed as `changeOf` says. */
const collate = Effect.fnUntraced(function* (
  { input, classes }: Options,
  loaded: ReadonlyArray<Loaded>,
  changeOf: (index: number) => Augment.Change
) {
  const size = sizeOf(input)
  const images = new Float32Array(loaded.length * size)
  for (const [i, { index, pixels }] of loaded.entries()) {
    Augment.write(images.subarray(i * size, (i + 1) * size), pixels, input, changeOf(index))
    // Some milliseconds of pictures: whatever else there is to do goes on.
    if (i % 16 === 15) yield* Effect.yieldNow
  }
  const batch: ClassificationBatch = {
    images: { data: images, shape: [loaded.length, input.height, input.width, input.channels] },
    labels: { data: Int32Array.from(loaded, ({ pixels }) => pixels.label), shape: [loaded.length] },
    names: loaded.map(({ pixels }) => pixels.name),
    classes
  }
  return batch
})

export interface TrainingOptions extends Options {
  readonly seed: number
  readonly augment: Augment.AugmentOptions
}

/** Mixes each picture with another of its batch, all by one part. */
const mix = (batch: ClassificationBatch, alpha: number, keys: ReadonlyArray<number>): ClassificationBatch => {
  if (alpha === 0) return batch
  const { images, labels } = batch
  const part = Augment.drawPart(Random.make(...keys, Random.keyOf("mixup")), alpha)
  const partners = Random.permutation(batch.names.length, ...keys, Random.keyOf("partners"))
  const size = images.data.length / Math.max(1, batch.names.length)
  const data = new Float32Array(images.data.length)
  for (const [i, partner] of partners.entries()) {
    for (let k = 0; k < size; k++) {
      const own = images.data[i * size + k] ?? 0
      data[i * size + k] = part * own + (1 - part) * (images.data[partner * size + k] ?? 0)
    }
  }
  const others = Int32Array.from(partners, (partner) => labels.data[partner] ?? 0)
  return {
    ...batch,
    images: { data, shape: images.shape },
    mixed: { labels: { data: others, shape: labels.shape }, part }
  }
}

/**
 * Changed pictures in an order shuffled anew each epoch; both depend on (seed, epoch, sample) alone. The last batch of an
 * epoch that would be smaller is dropped.
 */
export const trainingDataset = (options: TrainingOptions): Dataset<ClassificationBatch> => {
  const { name, source, seed, batchSize, augment, input, fingerprint } = options
  const length = Math.floor(source.size / batchSize)
  return {
    name,
    batchSize,
    fingerprint,
    samples: length * batchSize,
    length,
    batch: Effect.fnUntraced(function* (
      epoch: number,
      index: number
    ): Effect.fn.Return<ClassificationBatch, DataError> {
      const order = Random.permutation(source.size, seed, epoch, Random.keyOf("order"))
      const chosen = [...order.subarray(index * batchSize, (index + 1) * batchSize)]
      const batch = yield* collate(options, yield* load(source, chosen, Effect.fail), (sample) =>
        Augment.draw(Random.make(seed, epoch, sample, Random.keyOf("augment")), augment, input)
      )
      return mix(batch, augment.mixup, [seed, epoch, index])
    })
  }
}

export interface EvaluationOptions extends Options {
  /** What is done about a picture that cannot be read, which its batch then lacks. Default: the batch fails. */
  readonly skip?: (why: DataError) => Effect.Effect<void>
}

/** Pictures as they are, in the source's order, the same in every epoch; the last batch may be smaller. */
export const evaluationDataset = (options: EvaluationOptions): Dataset<ClassificationBatch> => {
  const { name, source, batchSize, fingerprint, skip } = options
  return {
    name,
    batchSize: skip === undefined ? batchSize : undefined,
    fingerprint,
    samples: source.size,
    length: Math.ceil(source.size / batchSize),
    batch: (_epoch, index) => {
      const from = index * batchSize
      const count = Math.min(batchSize, source.size - from)
      const indices = Array.from({ length: count }, (_, i) => from + i)
      return Effect.flatMap(load(source, indices, skip ?? Effect.fail), (loaded) =>
        collate(options, loaded, () => Augment.none)
      )
    }
  }
}

/** Pixels of one sample of a batch, as the net saw them. */
export const pixelsOf = (batch: ClassificationBatch, index: number): Float32Array => {
  const size = HostTensor.sizeOf(batch.images.shape.slice(1))
  return batch.images.data.subarray(index * size, (index + 1) * size)
}
