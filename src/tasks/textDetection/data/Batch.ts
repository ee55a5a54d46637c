/** Batches of the detector: typed arrays and plain values, which can be sent to a worker and back unchanged. */
import { Effect } from "effect"
import * as HostTensor from "../../../pipeline/nn/HostTensor.ts"
import * as Random from "../../../pipeline/nn/Random.ts"
import type { DataError, Dataset } from "../../../pipeline/task/Dataset.ts"
import type { PointMap } from "../../../pipeline/transform/PointMap.ts"
import * as Transforms from "../../../pipeline/transform/Transforms.ts"
import * as Fitted from "./Fitted.ts"
import * as Resample from "./Resample.ts"
import * as Targets from "./Targets.ts"
import type { ImageSource, Region, TextImage } from "./TextImage.ts"
import * as Transform from "./Transform.ts"

/** What evaluation needs to know of one picture; coordinates are the picture's own pixels. */
export interface SampleInfo {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly regions: ReadonlyArray<Region>
  /** From the picture's pixels to the sample's. */
  readonly toSample: PointMap
  /** The part of the sample that the picture covers, from the top left, pixels. */
  readonly contentWidth: number
  readonly contentHeight: number
}

export interface DetectionBatch {
  /** RGB `[batch, height, width, 3]`, uint8. */
  readonly images: HostTensor.HostTensor
  /** `[batch, height, width, 1]`, uint8, 0 or 1; see `Loss.LossTargets`. */
  readonly shrunk: HostTensor.HostTensor
  /** `[batch, height, width, 1]`, uint8, 0 or 1. */
  readonly mask: HostTensor.HostTensor
  /** `[batch, height, width, 1]`, float32. */
  readonly threshold: HostTensor.HostTensor
  /** `[batch, height, width, 1]`, uint8, 0 or 1. */
  readonly border: HostTensor.HostTensor
  /** Pixels of `mask` inside and outside `shrunk`. */
  readonly positives: number
  readonly negatives: number
  readonly samples: ReadonlyArray<SampleInfo>
}

export interface TrainingOptions {
  readonly source: ImageSource
  readonly seed: number
  /** Samples in a batch; the last batch of an epoch that would be smaller is dropped. */
  readonly batchSize: number
  /** Crops of each picture in an epoch. Default 1. */
  readonly repeat?: number
  readonly augment?: Transform.AugmentOptions
  /** What is done to each picture in place of `augment`, in order; computed once. See `TransformList.steps`. */
  readonly transforms?: Effect.Effect<ReadonlyArray<Transforms.Step>, DataError>
  readonly targets?: Targets.TargetOptions
}

/** A picture and the sample that it became. */
export interface Prepared {
  readonly image: TextImage
  readonly sample: Transform.Sample
}

/** The training sample with this number, after its transforms; a function of (seed, epoch, sample). */
export const trainingSample = ({ source, seed, augment, transforms }: TrainingOptions) => {
  const usual: ReadonlyArray<Transforms.Step> = [
    { name: "augment", p: 1, transform: Transform.augmentation(augment) }
  ]
  const steps = Effect.runSync(Effect.cached(transforms ?? Effect.succeed(usual)))
  return Effect.fnUntraced(function* (epoch: number, sample: number): Effect.fn.Return<Prepared, DataError> {
    const image = yield* source.image(epoch, sample % source.size)
    const made = yield* Transforms.apply(yield* steps, image, {
      keys: [seed, epoch, sample],
      draw: Transform.draw,
      another: (random) => source.image(epoch, random.int(source.size))
    })
    return { image, sample: Transform.sampleOf(image.name, made) }
  })
}

const samplesOf = ({ source, repeat = 1 }: TrainingOptions): number => source.size * repeat

/** The numbers of an epoch's samples, in its order. */
export const orderOf = (options: TrainingOptions, epoch: number): Uint32Array =>
  Random.permutation(samplesOf(options), options.seed, epoch, Random.keyOf("order"))

/** Samples in an order that is shuffled each epoch; both depend only on (seed, epoch, sample). */
export const trainingDataset = (options: TrainingOptions): Dataset<DetectionBatch> => {
  const { source, batchSize } = options
  const samples = samplesOf(options)
  const sampleAt = trainingSample(options)
  return {
    name: source.name,
    samples,
    length: Math.floor(samples / batchSize),
    batch: Effect.fnUntraced(function* (epoch: number, index: number) {
      const chosen = orderOf(options, epoch).subarray(index * batchSize, (index + 1) * batchSize)
      return yield* gather([...chosen], options.targets, (sample) => sampleAt(epoch, sample))
    })
  }
}

export interface EvaluationOptions {
  readonly source: ImageSource
  /** Long side of every picture as the input of the net, pixels. */
  readonly longSide: number
  /** Pictures in a batch, all padded to the largest; the last batch may be smaller. */
  readonly batchSize: number
  /** Both sides are padded to a multiple of this, pixels. Default 32. */
  readonly multiple?: number
  readonly targets?: Targets.TargetOptions
  /** What is done about a picture that cannot be read, which its batch then lacks. Default: the batch fails. */
  readonly skip?: (why: DataError) => Effect.Effect<void>
}

/** Whole pictures in the source's order, the same in every epoch: the source's epoch 0. */
export const evaluationDataset = (options: EvaluationOptions): Dataset<DetectionBatch> => {
  const { source, batchSize, longSide, multiple = 32, skip = Effect.fail } = options
  return {
    name: source.name,
    samples: source.size,
    length: Math.ceil(source.size / batchSize),
    batch: (_epoch, index) => {
      const from = index * batchSize
      const count = Math.min(batchSize, source.size - from)
      return gather(
        Array.from({ length: count }, (_, i) => from + i),
        options.targets,
        (sample) =>
          Fitted.prepare(source, sample, { longSide, multiple }).pipe(
            Effect.catch((why) => Effect.as(skip(why), undefined))
          )
      )
    }
  }
}

/** Pictures on their way at once: the next is decoded by a thread of the codec while one is drawn. */
const ahead = 2

const gather = Effect.fnUntraced(function* (
  indices: ReadonlyArray<number>,
  targets: Targets.TargetOptions | undefined,
  prepare: (index: number) => Effect.Effect<Fitted.Fitted | undefined, DataError>
) {
  const read = yield* Effect.forEach(indices, prepare, { concurrency: ahead })
  const prepared = read.filter((one) => one !== undefined)
  const size = sizeOf(prepared)
  const painted = yield* Effect.forEach(prepared, (one) =>
    Fitted.targets(one, size, targets ?? Targets.defaults)
  )
  return collate(prepared, targets, painted)
})

/** Of the largest sample in each direction, pixels. */
const sizeOf = (prepared: ReadonlyArray<Fitted.Fitted>) => ({
  width: Math.max(0, ...prepared.map(({ sample }) => sample.width)),
  height: Math.max(0, ...prepared.map(({ sample }) => sample.height))
})

/** One batch of samples, each padded at the right and bottom to the largest; `painted` has targets of this size. */
export const collate = (
  prepared: ReadonlyArray<Fitted.Fitted>,
  targets = Targets.defaults,
  painted: ReadonlyArray<Targets.TargetMaps | undefined> = []
): DetectionBatch => {
  const { width, height } = sizeOf(prepared)
  const shape = [prepared.length, height, width]
  const pixels = width * height
  const images = new Uint8Array(prepared.length * pixels * 3)
  const shrunk = new Uint8Array(prepared.length * pixels)
  const mask = new Uint8Array(prepared.length * pixels)
  const threshold = new Float32Array(prepared.length * pixels)
  const border = new Uint8Array(prepared.length * pixels)
  for (const [i, { sample }] of prepared.entries()) {
    copyPadded(sample, images.subarray(i * pixels * 3, (i + 1) * pixels * 3), width, height)
    const maps = {
      width,
      height,
      shrunk: shrunk.subarray(i * pixels, (i + 1) * pixels),
      mask: mask.subarray(i * pixels, (i + 1) * pixels),
      threshold: threshold.subarray(i * pixels, (i + 1) * pixels),
      border: border.subarray(i * pixels, (i + 1) * pixels)
    }
    const made = painted[i]
    if (made === undefined) Targets.paint(maps, sample.regions, targets)
    else Fitted.copy(made, maps)
  }
  return {
    images: HostTensor.make(images, [...shape, 3]),
    shrunk: HostTensor.make(shrunk, [...shape, 1]),
    mask: HostTensor.make(mask, [...shape, 1]),
    threshold: HostTensor.make(threshold, [...shape, 1]),
    border: HostTensor.make(border, [...shape, 1]),
    ...Targets.count({ shrunk, mask }),
    samples: prepared.map(describe)
  }
}

const describe = ({ image, sample }: Fitted.Fitted): SampleInfo => ({
  name: image.name,
  width: image.width,
  height: image.height,
  regions: image.regions,
  toSample: sample.toSample,
  contentWidth: sample.contentWidth,
  contentHeight: sample.contentHeight
})

const copyPadded = (sample: Transform.Sample, into: Uint8Array, width: number, height: number): void => {
  if (sample.width !== width || sample.height !== height) Resample.fillBackground(into)
  for (let y = 0; y < sample.height; y++) {
    into.set(sample.rgb.subarray(y * sample.width * 3, (y + 1) * sample.width * 3), y * width * 3)
  }
}
