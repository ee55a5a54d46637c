/** Data sets of a few bytes. */
import * as Effect from "effect/Effect"
import * as HostTensor from "../pipeline/nn/HostTensor.ts"
import * as Random from "../pipeline/nn/Random.ts"
import type { Dataset } from "../pipeline/task/Dataset.ts"
import { DataError } from "../pipeline/task/Dataset.ts"

/** The given batches, the same in every epoch. */
export const from = <B>(batches: ReadonlyArray<B>, samplesPerBatch = 1): Dataset<B> => ({
  name: "tiny",
  samples: batches.length * samplesPerBatch,
  length: batches.length,
  batch: (_, index) => {
    const batch = batches[index]
    return batch === undefined
      ? Effect.fail(
          new DataError({
            where: `batch ${index}`,
            problem: `the data set has ${batches.length} batches`,
            cure: "Ask for one of them, counted from 0"
          })
        )
      : Effect.succeed(batch)
  }
})

export interface LabelledImages {
  /** `[batch, side, side, 1]`, float32 in [0, 1]. */
  readonly images: HostTensor.HostTensor
  /** `[batch]`, int32, the class of each. */
  readonly labels: HostTensor.HostTensor
}

export interface ImagesOptions {
  readonly seed: number
  readonly batches: number
  readonly batchSize: number
  /** Pixels; 8 by default. */
  readonly side?: number
  /** 2 by default, at most `side`. */
  readonly classes?: number
}

/** One noisy picture of a class, which has its own bright row of pixels. */
const picture = (random: Random.Random, side: number, label: number): ReadonlyArray<number> =>
  Array.from({ length: side * side }, (_, i) => {
    const bright = Math.floor(i / side) === label
    return Math.min(1, Math.max(0, (bright ? 0.9 : 0.1) + 0.05 * random.normal()))
  })

/** Grey pictures that a small classifier learns within seconds. */
export const images = ({
  seed,
  batches,
  batchSize,
  side = 8,
  classes = 2
}: ImagesOptions): Dataset<LabelledImages> => ({
  name: "tiny images",
  samples: batches * batchSize,
  length: batches,
  batch: (epoch, index) =>
    Effect.sync(() => {
      const random = Random.make(seed, epoch, index)
      const labels = Int32Array.from({ length: batchSize }, () => random.int(classes))
      const pixels = [...labels].flatMap((label) => picture(random, side, label))
      return {
        images: HostTensor.make(Float32Array.from(pixels), [batchSize, side, side, 1]),
        labels: HostTensor.make(labels, [batchSize])
      }
    })
})
