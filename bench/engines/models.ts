/** The models that engines are compared on, on the layer library, each as one training step. */
import type { Scalar, Tensor, Tensor4D } from "@tensorflow/tfjs-core"
import type { DeviceOps, Tf } from "../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../src/pipeline/nn/HostTensor.ts"
import * as Nn from "../../src/pipeline/nn/layers/Nn.ts"
import type { ParameterSpec, Params } from "../../src/pipeline/nn/Model.ts"
import * as Random from "../../src/pipeline/nn/Random.ts"
import { type Name, problems } from "./problems.ts"

export type Spec = Pick<ParameterSpec, "shape" | "init">

/** A model on inputs of its own, whose parameters the caller keeps. */
export interface Built {
  readonly specs: ReadonlyArray<Spec>
  /** Of parameters in the order of `specs`. */
  readonly loss: (parameters: ReadonlyArray<Tensor>) => Scalar
}

const init = Nn.Initial.heNormal()

const dense = (inputs: number, outputs: number) => Nn.dense({ inputs, outputs, init })

const mlp = Nn.model(
  "mlp",
  Nn.sequential([dense(784, 256), Nn.relu, dense(256, 256), Nn.relu, dense(256, 10)])
)

const conv = (kernel: number, inputs: number, outputs: number, stride = 1) =>
  Nn.conv2d({ kernel, inputs, outputs, stride, bias: false })

const pool = Nn.maxPool({ kernel: 2 })

const lenet = Nn.model(
  "lenet",
  Nn.sequential([
    conv(5, 1, 32),
    Nn.relu,
    pool,
    conv(5, 32, 64),
    Nn.relu,
    pool,
    Nn.flatten,
    dense(7 * 7 * 64, 256),
    Nn.relu,
    dense(256, 10)
  ])
)

const block = (kernel: number, inputs: number, outputs: number, stride = 1) =>
  Nn.sequential([conv(kernel, inputs, outputs, stride), Nn.batchNorm(outputs), Nn.relu])

const residual = (inputs: number, outputs: number, stride: number) => {
  const linear = (kernel: number, from: number, by: number) =>
    Nn.sequential([conv(kernel, from, outputs, by), Nn.batchNorm(outputs)])
  return Nn.residual(
    Nn.sequential({ first: block(3, inputs, outputs, stride), second: linear(3, outputs, 1) }),
    {
      shortcut: stride === 1 ? {} : { shortcut: linear(1, inputs, stride) },
      activation: Nn.relu
    }
  )
}

const resnet = Nn.model(
  "resnet",
  Nn.sequential([
    block(3, 3, 32),
    residual(32, 32, 1),
    residual(32, 64, 2),
    residual(64, 128, 2),
    Nn.globalAveragePool,
    dense(128, 10)
  ])
)

const widths = [16, 32, 64, 96]

const dbnet = Nn.model(
  "dbnet",
  Nn.struct(
    {
      stages: widths.map((width, i) =>
        Nn.sequential({ down: block(3, widths[i - 1] ?? 3, width, 2), more: block(3, width, width) })
      ),
      laterals: widths.map((width) => conv(1, width, 32)),
      twice: Nn.upsample(2),
      head: Nn.sequential({ hidden: block(3, 32, 32), last: conv(3, 32, 2) })
    },
    ({ stages, laterals, twice, head }, images: Tensor4D, { tf }) => {
      let x = images
      const features = stages.map((stage, i) => {
        x = stage(x)
        return laterals[i]?.(x) ?? x
      })
      const merged = features.reduceRight((coarse, fine) => tf.add<Tensor4D>(fine, twice(coarse)))
      return Nn.resizeTo(tf, head(merged), [256, 256])
    }
  )
)

const built = <X extends Tensor>(
  tf: Tf,
  ops: DeviceOps,
  net: Nn.Net<X, Tensor>,
  { x, loss }: { readonly x: X; readonly loss: (output: Tensor) => Scalar }
): Built => {
  const specs = net.parameters.filter(({ trainable }) => trainable)
  const buffers: Params = Object.fromEntries(
    net.parameters
      .filter(({ trainable }) => !trainable)
      .map((spec) => [
        spec.name,
        HostTensor.upload(tf, { data: spec.init(Random.make(0)), shape: spec.shape })
      ])
  )
  const context = { tf, ops, seed: 0, counter: 0 }
  return {
    specs,
    loss: (parameters) => {
      const params = Object.fromEntries(
        parameters.map((parameter, index) => [specs[index]?.name ?? "", parameter])
      )
      return loss(net.train(context, { params, buffers }, x).output)
    }
  }
}

export const build = (tf: Tf, ops: DeviceOps, name: Name): Built => {
  const builders = {
    mlp: () => built(tf, ops, mlp, problems.mlp(tf)),
    lenet: () => built(tf, ops, lenet, problems.lenet(tf)),
    resnet: () => built(tf, ops, resnet, problems.resnet(tf)),
    dbnet: () => built(tf, ops, dbnet, problems.dbnet(tf))
  }
  return builders[name]()
}

/** First values of every parameter, the same on every engine. */
export const initial = (tf: Tf, { specs }: Built): Array<Tensor> =>
  specs.map(({ shape, init }, index) => HostTensor.upload(tf, { data: init(Random.make(1, index)), shape }))
