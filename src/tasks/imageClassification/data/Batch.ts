/** Batches of the classifier: typed arrays and plain facts, each a function of (seed, epoch, index). */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as HostTensor from "../../../pipeline/nn/HostTensor.ts"
import * as Random from "../../../pipeline/nn/Random.ts"
import type { DataError, Dataset } from "../../../pipeline/task/Dataset.ts"
import type { Marked } from "../../../pipeline/transform/Transform.ts"
import * as Transforms from "../../../pipeline/transform/Transforms.ts"
import * as Warp from "../../../pipeline/transform/Warp.ts"
import * as Augment from "./Augment.ts"
import * as Mix from "./Mix.ts"
import type { Picture, PictureSource } from "./PictureSource.ts"
import * as Pixels from "./Pixels.ts"
import * as TransformList from "./TransformList.ts"

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

/** Writes what the net sees of a picture into its part of the batch. */
type Write = (into: Float32Array, loaded: Loaded) => Effect.Effect<void, DataError>

/** One batch of pictures, each as `write` leaves it. */
const collate = Effect.fnUntraced(function* (
  { input, classes }: Options,
  loaded: ReadonlyArray<Loaded>,
  write: Write
) {
  const size = sizeOf(input)
  const images = new Float32Array(loaded.length * size)
  for (const [i, one] of loaded.entries()) {
    yield* write(images.subarray(i * size, (i + 1) * size), one)
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
  /** What is done to pictures and batches, in order, in place of `augment`; null: what `augment` says. */
  readonly transforms?: TransformList.TransformList | null | undefined
}

const draw: Transforms.Options<Marked, DataError>["draw"] = (image, map, width, height, tones) =>
  Warp.draw(image, map, width, height, tones, "edge")

/** How a picture of this epoch becomes what the net sees. */
const writer = ({ source, seed, input, augment, transforms = null }: TrainingOptions) => {
  if (transforms === null) {
    return (epoch: number): Write =>
      (into, { index, pixels }) =>
        Effect.sync(() => {
          const random = Random.make(seed, epoch, index, Random.keyOf("augment"))
          Augment.write(into, pixels, input, Augment.draw(random, augment, input))
        })
  }
  const steps = Effect.runSync(Effect.cached(TransformList.steps(transforms, augment, input)))
  const picture = (pixels: Pixels.Pixels) => ({ ...Pixels.toRgb(pixels), regions: [] })
  return (epoch: number): Write =>
    Effect.fnUntraced(function* (into: Float32Array, { index, pixels }: Loaded) {
      const { image } = yield* Transforms.apply(yield* steps, picture(pixels), {
        keys: [seed, epoch, index],
        draw,
        another: (random) => Effect.map(source.pixels(random.int(source.size)), picture)
      })
      // Of the net's size by now, so that it is only normalised.
      Augment.write(into, Pixels.ofRgb(image, input.channels), input, Augment.none)
    })
}

/**
 * Changed pictures in an order shuffled anew each epoch; both depend on (seed, epoch, sample) alone. The last batch of an
 * epoch that would be smaller is dropped.
 */
export const trainingDataset = (options: TrainingOptions): Dataset<ClassificationBatch> => {
  const { name, source, seed, batchSize, augment, transforms = null, fingerprint } = options
  const length = Math.floor(source.size / batchSize)
  const writeIn = writer(options)
  const mixes = TransformList.mixes(transforms, augment)
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
      const batch = yield* collate(options, yield* load(source, chosen, Effect.fail), writeIn(epoch))
      return Mix.mix(batch, mixes, [seed, epoch, index])
    })
  }
}

export interface EvaluationOptions extends Options {
  /** What is done about a picture that cannot be read, which its batch then lacks. Default: the batch fails. */
  readonly skip?: (why: DataError) => Effect.Effect<void>
}

/** Pictures as they are, in the source's order, the same in every epoch; the last batch may be smaller. */
export const evaluationDataset = (options: EvaluationOptions): Dataset<ClassificationBatch> => {
  const { name, source, input, batchSize, fingerprint, skip } = options
  const asItIs: Write = (into, { pixels }) =>
    Effect.sync(() => Augment.write(into, pixels, input, Augment.none))
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
        collate(options, loaded, asItIs)
      )
    }
  }
}

/** Pixels of one sample of a batch, as the net saw them. */
export const pixelsOf = (batch: ClassificationBatch, index: number): Float32Array => {
  const size = HostTensor.sizeOf(batch.images.shape.slice(1))
  return batch.images.data.subarray(index * size, (index + 1) * size)
}
