/** Batch normalisation in training by the kernel pack, with or without a ReLU in the same pass, and sums over rows. */
import type { TensorInfo } from "@tensorflow/tfjs-core"
import { size } from "../internal/Shape.ts"
import { bits } from "./Memory.ts"
import { type Pack, shares, worthwhile } from "./Pack.ts"

export interface Settings {
  readonly epsilon: number
  readonly relu: boolean
}

interface Addresses {
  readonly x: number
  readonly dy?: number
  readonly gamma: number
  readonly beta: number
  readonly y?: number
  readonly dx?: number
  readonly dgamma?: number
  readonly dbeta?: number
  readonly mean: number
  readonly variance: number
}

/** Elements that one thread does in a microsecond. */
const elementsPerMicrosecond = 600

type NormKernel = "norm_statistics" | "norm_apply" | "norm_gradient_sums" | "norm_gradient"

/** C's null pointer for an absent argument. */
const orNull = (address: number | undefined): number => address ?? 0

/**
 * How a batch is divided among threads: by channels, four at a time, for kernels that sum rows; by rows for the
 * others.
 */
const runner = (pack: Pack, at: Addresses, shape: ReadonlyArray<number>, settings: Settings) => {
  const channels = shape.at(-1) ?? 1
  const rows = shape.reduce((all, n) => all * n, 1) / channels
  const [sums = 0, unwanted = 0] = pack.memory.scratch([16 * channels, 4 * channels])
  const words = [
    at.x,
    orNull(at.dy),
    at.gamma,
    at.beta,
    orNull(at.y),
    orNull(at.dx),
    at.dgamma ?? unwanted,
    orNull(at.dbeta),
    at.mean,
    at.variance,
    sums,
    rows,
    channels,
    settings.relu ? 1 : 0,
    bits(settings.epsilon)
  ]
  const run = (kernel: NormKernel, parts: ReadonlyArray<readonly [number, number]>) =>
    pack.parallel(
      kernel,
      parts.map(([begin, end]) => [...words, begin, end])
    )
  const threads = worthwhile(pack, (rows * channels) / elementsPerMicrosecond)
  const groups = shares(Math.ceil(channels / 4), threads)
  return {
    byChannels: (kernel: NormKernel) =>
      run(
        kernel,
        groups.map(([begin, end]) => [4 * begin, Math.min(channels, 4 * end)])
      ),
    byRows: (kernel: NormKernel) => run(kernel, shares(rows, threads))
  }
}

/** y like x, then mean and biased variance, [channels]. */
export const forward = (
  pack: Pack,
  x: TensorInfo,
  gamma: TensorInfo,
  beta: TensorInfo,
  settings: Settings
): Array<TensorInfo> => {
  const { at, output } = pack.memory
  const channels = x.shape.at(-1)
  for (const { shape } of [gamma, beta]) {
    if (shape.length !== 1 || shape[0] !== channels) {
      throw new TypeError(`batchNormTrain: [${shape}] does not fit an input of ${channels} channels`)
    }
  }
  const [y, mean, variance] = [output(x.shape), output(gamma.shape), output(gamma.shape)]
  const addresses = {
    x: at(x),
    gamma: at(gamma),
    beta: at(beta),
    y: at(y),
    mean: at(mean),
    variance: at(variance)
  }
  const run = runner(pack, addresses, x.shape, settings)
  run.byChannels("norm_statistics")
  run.byRows("norm_apply")
  return [y, mean, variance]
}

export interface Saved {
  readonly x: TensorInfo
  readonly gamma: TensorInfo
  readonly beta: TensorInfo
  readonly mean: TensorInfo
  readonly variance: TensorInfo
}

/** dx, dgamma, dbeta. */
export const gradient = (pack: Pack, dy: TensorInfo, saved: Saved, settings: Settings): Array<TensorInfo> => {
  const { at, output } = pack.memory
  const [dx, dgamma, dbeta] = [output(saved.x.shape), output(saved.gamma.shape), output(saved.gamma.shape)]
  const addresses = {
    x: at(saved.x),
    dy: at(dy),
    gamma: at(saved.gamma),
    beta: at(saved.beta),
    dx: at(dx),
    dgamma: at(dgamma),
    dbeta: at(dbeta),
    mean: at(saved.mean),
    variance: at(saved.variance)
  }
  const run = runner(pack, addresses, saved.x.shape, settings)
  run.byChannels("norm_gradient_sums")
  run.byRows("norm_gradient")
  return [dx, dgamma, dbeta]
}

/**
 * The sum of x over its leading axes, of which `shape` is the rest: batch norm's gradient by beta. What the kernel
 * reads besides, it reads from x too, for a result that nobody wants.
 */
export const sumLeading = (pack: Pack, x: TensorInfo, shape: ReadonlyArray<number>): TensorInfo => {
  const y = pack.memory.output(shape)
  const address = pack.memory.at(x)
  const addresses = {
    x: address,
    dy: address,
    gamma: address,
    beta: address,
    dbeta: pack.memory.at(y),
    mean: address,
    variance: address
  }
  const channels = size(shape)
  runner(pack, addresses, [size(x.shape) / channels, channels], { epsilon: 1, relu: false }).byChannels(
    "norm_gradient_sums"
  )
  return y
}
