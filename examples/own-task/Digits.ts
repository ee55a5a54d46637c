/** Handwritten digits from gzipped IDX files, as MNIST is published; without such files, drawn pictures. */
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { DataError, type Dataset } from "anneal/Dataset"
import * as HostTensor from "anneal/HostTensor"
import * as Random from "anneal/Random"
import { TinyData } from "anneal/testing"
import * as Effect from "effect/Effect"

export interface Digits {
  readonly train: Dataset<TinyData.LabelledImages>
  readonly val: Dataset<TinyData.LabelledImages>
  /** Pixels of a side, and the number of classes. */
  readonly side: number
  readonly classes: number
}

/** Dimensions, which are 32-bit big-endian words after the first word, and the bytes after them: http://yann.lecun.com/exdb/mnist. */
const readIdx = Effect.fn("Digits.readIdx")(function* (path: string) {
  const bytes = yield* Effect.tryPromise({
    try: () => readFile(path).then(gunzipSync),
    catch: (cause) =>
      new DataError({
        where: path,
        problem: cause instanceof Error ? cause.message : String(cause),
        cure: "Give a folder with train-images-idx3-ubyte.gz and the three others"
      })
  })
  const dimensions = bytes.readUInt8(3)
  const shape = Array.from({ length: dimensions }, (_, i) => bytes.readUInt32BE(4 + 4 * i))
  return { shape, values: bytes.subarray(4 + 4 * dimensions) }
})

const idxSet = Effect.fn("Digits.idxSet")(function* (
  folder: string,
  name: string,
  batchSize: number,
  shuffled: boolean
) {
  const images = yield* readIdx(join(folder, `${name}-images-idx3-ubyte.gz`))
  const labels = yield* readIdx(join(folder, `${name}-labels-idx1-ubyte.gz`))
  const [samples = 0, side = 0] = images.shape
  const pixels = side * side
  const dataset: Dataset<TinyData.LabelledImages> = {
    name,
    samples,
    length: Math.floor(samples / batchSize),
    batch: (epoch, index) =>
      Effect.sync(() => {
        const order = shuffled ? Random.permutation(samples, 7, epoch) : undefined
        const at = (i: number) => order?.[index * batchSize + i] ?? index * batchSize + i
        const data = new Float32Array(batchSize * pixels)
        const classes = new Int32Array(batchSize)
        for (let i = 0; i < batchSize; i++) {
          const from = at(i) * pixels
          data.set(
            Float32Array.from(images.values.subarray(from, from + pixels), (value) => value / 255),
            i * pixels
          )
          classes[i] = labels.values[at(i)] ?? 0
        }
        return {
          images: HostTensor.make(data, [batchSize, side, side, 1]),
          labels: HostTensor.make(classes, [batchSize])
        }
      })
  }
  return { dataset, side }
})

/** The digits of a folder; without a folder, ten kinds of drawn pictures that are quick to learn. */
export const open = Effect.fn("Digits.open")(function* (folder: string | undefined, batchSize: number) {
  if (folder === undefined || !existsSync(folder)) {
    const drawn = (seed: number, batches: number) =>
      TinyData.images({ seed, batches, batchSize, side: 12, classes: 10 })
    const digits: Digits = { train: drawn(1, 40), val: drawn(2, 10), side: 12, classes: 10 }
    return digits
  }
  const train = yield* idxSet(folder, "train", batchSize, true)
  const val = yield* idxSet(folder, "t10k", batchSize, false)
  const digits: Digits = { train: train.dataset, val: val.dataset, side: train.side, classes: 10 }
  return digits
})
