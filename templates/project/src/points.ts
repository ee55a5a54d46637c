/** The data: points on two spirals, drawn from a seed. Replace this file with one that reads your own data. */
import type { Dataset } from "anneal/Dataset"
import * as HostTensor from "anneal/HostTensor"
import * as Random from "anneal/Random"
import * as Effect from "effect/Effect"

export interface Batch {
  /** `[batch, 2]`, float32, each in [-1, 1]. */
  readonly points: HostTensor.HostTensor
  /** `[batch]`, int32, 0 or 1. */
  readonly labels: HostTensor.HostTensor
}

export interface Options {
  readonly seed: number
  readonly batches: number
  readonly batchSize: number
}

/** A point near the arm of its class. */
const pointOf = (random: Random.Random, label: number): readonly [number, number] => {
  const along = Math.sqrt(random.float())
  const angle = 3 * Math.PI * along + label * Math.PI
  return [along * Math.cos(angle) + 0.03 * random.normal(), along * Math.sin(angle) + 0.03 * random.normal()]
}

/** A batch depends on seed, epoch and index alone: that makes a resumed run equal to one that never stopped. */
export const dataset = ({ seed, batches, batchSize }: Options): Dataset<Batch> => ({
  name: "points",
  samples: batches * batchSize,
  length: batches,
  batch: (epoch, index) =>
    Effect.sync(() => {
      const random = Random.make(seed, epoch, index)
      const labels = Int32Array.from({ length: batchSize }, () => random.int(2))
      const points = Float32Array.from([...labels].flatMap((label) => pointOf(random, label)))
      return {
        points: HostTensor.make(points, [batchSize, 2]),
        labels: HostTensor.make(labels, [batchSize])
      }
    })
})
