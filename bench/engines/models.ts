/** The models that engines are compared on, each as one training step; steps.py has the same for PyTorch. */
import type { Rank, Scalar, Tensor, Tensor4D } from "@tensorflow/tfjs-core"
import type { DeviceOps, Tf } from "../../src/pipeline/device/Device.ts"

export const names = ["mlp", "lenet", "resnet", "dbnet"] as const
export type Name = (typeof names)[number]

/** A parameter's shape, and its first values: a constant, or random ones of this deviation around 0. */
export interface Spec {
  readonly shape: Array<number>
  readonly first: { readonly value: number } | { readonly deviation: number }
}

/** A model on inputs of its own, whose parameters the caller keeps. */
export interface Built {
  readonly specs: ReadonlyArray<Spec>
  /** Of parameters in the order of `specs`. */
  readonly loss: (parameters: ReadonlyArray<Tensor>) => Scalar
}

interface Build {
  readonly tf: Tf
  readonly ops: DeviceOps
  readonly specs: Array<Spec>
  /** What the loss under way was given. */
  parameters: ReadonlyArray<Tensor>
}

/** A parameter's value in the loss under way. */
type Value = () => Tensor

const declare = (build: Build, spec: Spec): Value => {
  const index = build.specs.push(spec) - 1
  return () => {
    const value = build.parameters[index]
    if (value === undefined) throw new RangeError(`no parameter ${index}`)
    return value
  }
}

const parameter = (build: Build, shape: Array<number>, deviation: number): Value =>
  declare(build, { shape, first: { deviation } })

const filled = (build: Build, length: number, value: number): Value =>
  declare(build, { shape: [length], first: { value } })

type Layer = (x: Tensor4D) => Tensor4D

const four = (tf: Tf, x: Tensor): Tensor4D => {
  const [a = 1, b = 1, c = 1, d = 1] = x.shape
  return tf.reshape(x, [a, b, c, d])
}

const conv = (build: Build, kernel: number, inputs: number, outputs: number, stride = 1): Layer => {
  const { tf } = build
  const filter = parameter(
    build,
    [kernel, kernel, inputs, outputs],
    Math.sqrt(2 / (kernel * kernel * inputs))
  )
  return (x) => tf.conv2d(x, four(tf, filter()), stride, "same")
}

/** Convolution, batch norm, ReLU. */
const block = (
  build: Build,
  kernel: number,
  inputs: number,
  outputs: number,
  stride = 1,
  activation: "relu" | "linear" = "relu"
): Layer => {
  const convolve = conv(build, kernel, inputs, outputs, stride)
  const gamma = filled(build, outputs, 1)
  const beta = filled(build, outputs, 0)
  return (x) =>
    build.ops.batchNormTrain(
      convolve(x),
      build.tf.reshape(gamma(), [outputs]),
      build.tf.reshape(beta(), [outputs]),
      1e-5,
      activation
    ).y
}

const dense = (build: Build, inputs: number, outputs: number): ((x: Tensor) => Tensor) => {
  const { tf } = build
  const weight = parameter(build, [inputs, outputs], Math.sqrt(2 / inputs))
  const bias = filled(build, outputs, 0)
  return (x) => tf.add(tf.matMul(x, weight()), bias())
}

/** Mean cross-entropy against one class per row. */
const crossEntropy = (tf: Tf, logits: Tensor, labels: Tensor): Tensor =>
  tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1)))

const labelsOf = (tf: Tf, count: number): Tensor =>
  tf.oneHot(
    tf.tensor1d(
      Array.from({ length: count }, (_, index) => index % 10),
      "int32"
    ),
    10
  )

const mlp = (build: Build): (() => Tensor) => {
  const { tf } = build
  const [x, labels] = [tf.randomNormal([128, 784], 0, 1, "float32", 5), labelsOf(tf, 128)]
  const layers = [dense(build, 784, 256), dense(build, 256, 256)]
  const last = dense(build, 256, 10)
  return () => crossEntropy(tf, last(layers.reduce<Tensor>((y, layer) => tf.relu(layer(y)), x)), labels)
}

const lenet = (build: Build): (() => Tensor) => {
  const { tf } = build
  const x = tf.randomNormal<Rank.R4>([64, 28, 28, 1], 0, 1, "float32", 5)
  const labels = labelsOf(tf, 64)
  const [first, second] = [conv(build, 5, 1, 32), conv(build, 5, 32, 64)]
  const [hidden, last] = [dense(build, 7 * 7 * 64, 256), dense(build, 256, 10)]
  return () => {
    const a = tf.maxPool(tf.relu(first(x)), 2, 2, "same")
    const b = tf.maxPool(tf.relu(second(a)), 2, 2, "same")
    return crossEntropy(tf, last(tf.relu(hidden(tf.reshape(b, [64, 7 * 7 * 64])))), labels)
  }
}

const residual = (build: Build, inputs: number, outputs: number, stride: number): Layer => {
  const first = block(build, 3, inputs, outputs, stride)
  const second = block(build, 3, outputs, outputs, 1, "linear")
  const beside = stride === 1 ? undefined : block(build, 1, inputs, outputs, stride, "linear")
  return (x) => build.tf.relu(build.tf.add<Tensor4D>(second(first(x)), beside === undefined ? x : beside(x)))
}

const resnet = (build: Build): (() => Tensor) => {
  const { tf } = build
  const x = tf.randomNormal<Rank.R4>([16, 64, 64, 3], 0, 1, "float32", 5)
  const labels = labelsOf(tf, 16)
  const layers = [
    block(build, 3, 3, 32),
    residual(build, 32, 32, 1),
    residual(build, 32, 64, 2),
    residual(build, 64, 128, 2)
  ]
  const last = dense(build, 128, 10)
  return () =>
    crossEntropy(
      tf,
      last(
        tf.mean(
          layers.reduce<Tensor4D>((y, layer) => layer(y), x),
          [1, 2]
        )
      ),
      labels
    )
}

const dbnet = (build: Build): (() => Tensor) => {
  const { tf } = build
  const x = tf.randomNormal<Rank.R4>([4, 256, 256, 3], 0, 1, "float32", 5)
  const target = tf.cast(tf.greater(tf.randomUniform([4, 256, 256, 2], 0, 1, "float32", 6), 0.8), "float32")
  const widths = [16, 32, 64, 96]
  const stages = widths.map((width, i): Layer => {
    const down = block(build, 3, widths[i - 1] ?? 3, width, 2)
    const more = block(build, 3, width, width)
    return (y) => more(down(y))
  })
  const laterals = widths.map((width) => conv(build, 1, width, 32))
  const [head, last] = [block(build, 3, 32, 32), conv(build, 3, 32, 2)]
  return () => {
    const features: Array<Tensor4D> = []
    stages.reduce<Tensor4D>((y, stage, i) => {
      const next = stage(y)
      features.push(laterals[i]?.(next) ?? next)
      return next
    }, x)
    const merged = features.reduceRight((coarse, fine) =>
      tf.add<Tensor4D>(
        fine,
        four(tf, tf.image.resizeNearestNeighbor(coarse, [coarse.shape[1] * 2, coarse.shape[2] * 2]))
      )
    )
    const logits = tf.image.resizeBilinear(last(head(merged)), [256, 256], false, true)
    // Cross-entropy from logits: max(z, 0) - z t + ln(1 + e^-|z|).
    const each = tf.add(
      tf.sub(tf.relu(logits), tf.mul(logits, target)),
      tf.log1p(tf.exp(tf.neg(tf.abs(logits))))
    )
    return tf.mean(each)
  }
}

const builders = { mlp, lenet, resnet, dbnet }

export const build = (tf: Tf, ops: DeviceOps, name: Name): Built => {
  const under: Build = { tf, ops, specs: [], parameters: [] }
  const loss = builders[name](under)
  return {
    specs: under.specs,
    loss: (parameters) => {
      under.parameters = parameters
      return tf.reshape<Rank.R0>(loss(), [])
    }
  }
}

/** First values of every parameter, the same on every engine. */
export const initial = (tf: Tf, { specs }: Built): Array<Tensor> =>
  specs.map(({ shape, first }, index) =>
    "value" in first
      ? tf.fill(shape, first.value)
      : tf.randomNormal(shape, 0, first.deviation, "float32", index + 1)
  )
