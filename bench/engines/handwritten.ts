/** The models of models.ts as one would write them without layers: what the layer library is measured against. */
import type { Scalar, Tensor, Tensor4D } from "@tensorflow/tfjs-core"
import type { DeviceOps, Tf } from "../../src/pipeline/device/Device.ts"
import * as Initial from "../../src/pipeline/nn/Initial.ts"
import type { Built, Spec } from "./models.ts"
import { type Name, problems } from "./problems.ts"

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

const first = (shape: ReadonlyArray<number>, initial: Initial.Initial): Spec => ({
  shape,
  init: initial({ shape, fanIn: 1, fanOut: 1 })
})

const parameter = (build: Build, shape: Array<number>, deviation: number): Value =>
  declare(build, first(shape, Initial.normal(deviation)))

const filled = (build: Build, length: number, value: number): Value =>
  declare(build, first([length], Initial.constant(value)))

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

type Forward = (x: Tensor) => Tensor

const mlp = (build: Build): Forward => {
  const { tf } = build
  const layers = [dense(build, 784, 256), dense(build, 256, 256)]
  const last = dense(build, 256, 10)
  return (x) => last(layers.reduce<Tensor>((y, layer) => tf.relu(layer(y)), x))
}

const lenet = (build: Build): Forward => {
  const { tf } = build
  const [first, second] = [conv(build, 5, 1, 32), conv(build, 5, 32, 64)]
  const [hidden, last] = [dense(build, 7 * 7 * 64, 256), dense(build, 256, 10)]
  return (x) => {
    const a = tf.maxPool(tf.relu(first(four(tf, x))), 2, 2, "same")
    const b = tf.maxPool(tf.relu(second(a)), 2, 2, "same")
    return last(tf.relu(hidden(tf.reshape(b, [64, 7 * 7 * 64]))))
  }
}

const residual = (build: Build, inputs: number, outputs: number, stride: number): Layer => {
  const first = block(build, 3, inputs, outputs, stride)
  const second = block(build, 3, outputs, outputs, 1, "linear")
  const beside = stride === 1 ? undefined : block(build, 1, inputs, outputs, stride, "linear")
  return (x) => build.tf.relu(build.tf.add<Tensor4D>(second(first(x)), beside === undefined ? x : beside(x)))
}

const resnet = (build: Build): Forward => {
  const { tf } = build
  const layers = [
    block(build, 3, 3, 32),
    residual(build, 32, 32, 1),
    residual(build, 32, 64, 2),
    residual(build, 64, 128, 2)
  ]
  const last = dense(build, 128, 10)
  return (x) =>
    last(
      tf.mean(
        layers.reduce<Tensor4D>((y, layer) => layer(y), four(tf, x)),
        [1, 2]
      )
    )
}

const dbnet = (build: Build): Forward => {
  const { tf } = build
  const widths = [16, 32, 64, 96]
  const stages = widths.map((width, i): Layer => {
    const down = block(build, 3, widths[i - 1] ?? 3, width, 2)
    const more = block(build, 3, width, width)
    return (y) => more(down(y))
  })
  const laterals = widths.map((width) => conv(build, 1, width, 32))
  const [head, last] = [block(build, 3, 32, 32), conv(build, 3, 32, 2)]
  return (x) => {
    const features: Array<Tensor4D> = []
    stages.reduce<Tensor4D>(
      (y, stage, i) => {
        const next = stage(y)
        features.push(laterals[i]?.(next) ?? next)
        return next
      },
      four(tf, x)
    )
    const merged = features.reduceRight((coarse, fine) =>
      tf.add<Tensor4D>(
        fine,
        four(tf, tf.image.resizeNearestNeighbor(coarse, [coarse.shape[1] * 2, coarse.shape[2] * 2]))
      )
    )
    return tf.image.resizeBilinear(last(head(merged)), [256, 256], false, true)
  }
}

const nets = { mlp, lenet, resnet, dbnet }

export const build = (tf: Tf, ops: DeviceOps, name: Name): Built => {
  const under: Build = { tf, ops, specs: [], parameters: [] }
  const forward = nets[name](under)
  const { x, loss } = problems[name](tf)
  return {
    specs: under.specs,
    loss: (parameters): Scalar => {
      under.parameters = parameters
      return loss(forward(x))
    }
  }
}
