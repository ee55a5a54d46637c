/** The layers that `test/reference/layers.py` computes, by the names that it gives its cases. */
import type * as TF from "@tensorflow/tfjs-core"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import * as Nn from "../../../../src/pipeline/nn/layers/Nn.ts"
import type { ParameterSpec } from "../../../../src/pipeline/nn/Model.ts"
import type { Pass } from "../../../../src/pipeline/nn/Pass.ts"

export interface Case {
  readonly parameters: ReadonlyArray<ParameterSpec>
  readonly apply: (pass: Pass, x: TF.Tensor) => TF.Tensor
}

type Modules<In> = Readonly<Record<string, Nn.Module<In, TF.Tensor> | Nn.Same>>

const ofRank = <N extends keyof HostTensor.Ranks>(
  rank: N,
  modules: Modules<TF.Tensor<HostTensor.Ranks[N]>>
): Readonly<Record<string, Case>> =>
  Object.fromEntries(
    Object.entries(modules).map(([name, { parameters, apply }]) => [
      name,
      { parameters, apply: (pass, x) => apply(pass, HostTensor.ranked(x, rank, "the input")) } satisfies Case
    ])
  )

/** Under the name of each mode: what the layer computes in it differs. */
const inBothModes = <M>(modules: Readonly<Record<string, M>>): Readonly<Record<string, M>> =>
  Object.fromEntries(
    Object.entries(modules).flatMap(([name, module]) =>
      ["train", "evaluate"].map((mode) => [`${name}, ${mode}`, module] as const)
    )
  )

const convolution = (
  inputs: number,
  outputs: number,
  kernel: Nn.Conv2dOptions["kernel"],
  options: Partial<Nn.Conv2dOptions> = {}
) => Nn.conv2d({ inputs, outputs, kernel, ...options })

const convolutions: Modules<TF.Tensor4D> = {
  "conv2d same": convolution(2, 3, 3),
  "conv2d valid without bias": convolution(2, 3, 3, { bias: false, padding: "valid" }),
  "conv2d same, stride 2": convolution(2, 3, 3, { stride: 2 }),
  "conv2d padding 1, stride 2": convolution(2, 3, 3, { stride: 2, padding: 1 }),
  "conv2d 3 x 2, padding 1 and 0, stride 2 and 1": convolution(2, 2, [3, 2], {
    stride: [2, 1],
    padding: [1, 0]
  }),
  "conv2d four paddings": convolution(2, 2, 3, {
    padding: [
      [2, 0],
      [1, 2]
    ]
  }),
  "conv2d 7 x 7, padding 3, stride 2": convolution(1, 2, 7, { stride: 2, padding: 3 }),
  "conv2d same, dilation 2": convolution(2, 2, 3, { dilation: 2 }),
  "conv2d padding 2 and 1, dilation 2 and 1, stride 2": convolution(2, 2, 3, {
    dilation: [2, 1],
    stride: 2,
    padding: [2, 1]
  }),
  "conv2d same, dilation 2, stride 2": convolution(2, 2, 3, { dilation: 2, stride: 2 }),
  "conv2d padding above and left, stride 2": convolution(2, 2, 3, {
    stride: 2,
    padding: [
      [1, 0],
      [1, 0]
    ]
  }),
  "conv2d 1 x 1": convolution(3, 4, 1),
  "conv2d 1 x 1, stride 2": convolution(3, 2, 1, { stride: 2 }),
  "conv2d same, stride longer than the filter": convolution(2, 2, 2, { stride: 3 }),
  "conv2d groups": convolution(4, 6, 3, { groups: 2 }),
  "conv2d groups, stride 2, dilation 2, padding 2": convolution(4, 2, 3, {
    groups: 2,
    stride: 2,
    dilation: 2,
    padding: 2
  }),
  "conv2d depthwise": Nn.depthwiseConv2d({ channels: 3, kernel: 3 }),
  "conv2d depthwise, two of each, stride 2, padding 1": Nn.depthwiseConv2d({
    channels: 2,
    multiplier: 2,
    kernel: 3,
    stride: 2,
    padding: 1
  }),
  "conv2d depthwise, same, stride 2": Nn.depthwiseConv2d({ channels: 2, kernel: 3, stride: 2 }),
  "conv2d depthwise, dilation 2": Nn.depthwiseConv2d({ channels: 2, kernel: 3, dilation: 2 }),
  "conv2d depthwise 5 x 5, dilation 2 and 1, padding 3": Nn.depthwiseConv2d({
    channels: 2,
    multiplier: 2,
    kernel: 5,
    dilation: [2, 1],
    padding: 3
  }),
  ...inBothModes({
    "conv2d with relu": Nn.sequential([convolution(2, 3, 3, { stride: 2, padding: 1 }), Nn.relu]),
    "conv2d depthwise with relu": Nn.sequential([
      Nn.depthwiseConv2d({ channels: 3, kernel: 3, padding: 1 }),
      Nn.relu
    ])
  })
}

const others: Modules<TF.Tensor4D> = {
  "conv2dTranspose 3 x 3": Nn.conv2dTranspose({ inputs: 2, outputs: 3, kernel: 3 }),
  "conv2dTranspose 2 x 2, stride 2": Nn.conv2dTranspose({ inputs: 3, outputs: 2, kernel: 2, stride: 2 }),
  "conv2dTranspose 3 x 3, stride 2, padding 1, output padding 1": Nn.conv2dTranspose({
    inputs: 2,
    outputs: 2,
    kernel: 3,
    stride: 2,
    padding: 1,
    outputPadding: 1
  }),
  "conv2dTranspose 4 x 4, stride 2, padding 1, without bias": Nn.conv2dTranspose({
    inputs: 2,
    outputs: 2,
    kernel: 4,
    stride: 2,
    padding: 1,
    bias: false
  }),
  "conv2dTranspose 3 x 2, stride 2 and 1, padding 1 and 0": Nn.conv2dTranspose({
    inputs: 2,
    outputs: 2,
    kernel: [3, 2],
    stride: [2, 1],
    padding: [1, 0]
  }),
  "conv2dTranspose 3 x 3, stride 3, output padding 2": Nn.conv2dTranspose({
    inputs: 2,
    outputs: 2,
    kernel: 3,
    stride: 3,
    outputPadding: 2
  }),
  "conv2dTranspose 2 x 2, stride 3, output padding 1 and 0": Nn.conv2dTranspose({
    inputs: 2,
    outputs: 2,
    kernel: 2,
    stride: 3,
    outputPadding: [1, 0]
  }),
  separableConv2d: Nn.separableConv2d({ inputs: 3, outputs: 4, kernel: 3, stride: 2, padding: 1 })
}

const sequences: Modules<TF.Tensor3D> = {
  "conv1d same": Nn.conv1d({ inputs: 3, outputs: 4, kernel: 3 }),
  "conv1d valid without bias": Nn.conv1d({
    inputs: 2,
    outputs: 3,
    kernel: 4,
    padding: "valid",
    bias: false
  }),
  "conv1d padding 1, stride 2": Nn.conv1d({ inputs: 2, outputs: 3, kernel: 3, stride: 2, padding: 1 }),
  "conv1d causal, dilation 2": Nn.conv1d({
    inputs: 2,
    outputs: 3,
    kernel: 3,
    dilation: 2,
    padding: [4, 0]
  }),
  "conv1d groups": Nn.conv1d({ inputs: 4, outputs: 2, kernel: 3, groups: 2 }),
  "conv1d depthwise": Nn.conv1d({ inputs: 3, outputs: 3, kernel: 5, groups: 3 })
}

const block = (conv: Nn.Module<TF.Tensor4D, TF.Tensor4D>, channels: number) =>
  Nn.sequential({ conv, norm: Nn.batchNorm(channels), relu: Nn.relu })

const blocks: Modules<TF.Tensor4D> = {
  ...inBothModes({
    "conv2d, batchNorm and relu": block(convolution(2, 3, 3, { bias: false }), 3),
    "conv2d, batchNorm stride 2, padding 1": Nn.sequential({
      conv: convolution(2, 3, 3, { bias: false, stride: 2, padding: 1 }),
      norm: Nn.batchNorm(3)
    }),
    "conv2d, batchNorm depthwise and relu": block(
      Nn.depthwiseConv2d({ channels: 3, multiplier: 2, kernel: 3, bias: false }),
      6
    ),
    "conv2d, batchNorm groups and relu": block(convolution(4, 4, 3, { bias: false, groups: 2 }), 4),
    "conv2d, batchNorm dilation 2 and relu": block(convolution(2, 2, 3, { bias: false, dilation: 2 }), 2)
  }),
  "conv2d, batchNorm with a bias, evaluate": block(convolution(2, 3, 3), 3),
  "squeezeExcite with sigmoid": Nn.squeezeExcite({ channels: 4, squeezed: 2 }),
  "squeezeExcite with hardSigmoid": Nn.squeezeExcite({ channels: 4, squeezed: 2, gate: Nn.hardSigmoid }),
  residual: Nn.residual(convolution(2, 2, 3, { padding: 1 })),
  "residual with a shortcut and relu": Nn.residual(convolution(2, 3, 3, { padding: 1 }), {
    shortcut: { downsample: convolution(2, 3, 1) },
    activation: Nn.relu
  })
}

const pools: Modules<TF.Tensor4D> = {
  "maxPool 2 x 2": Nn.maxPool({ kernel: 2 }),
  "maxPool 3 x 3, stride 2, padding 1": Nn.maxPool({ kernel: 3, stride: 2, padding: 1 }),
  "maxPool of negative values, padding 1": Nn.maxPool({ kernel: 3, stride: 1, padding: 1 }),
  "maxPool 3 x 2, stride 2 and 1, padding 1 and 0": Nn.maxPool({
    kernel: [3, 2],
    stride: [2, 1],
    padding: [1, 0]
  }),
  "maxPool same, stride 2": Nn.maxPool({ kernel: 3, stride: 2, padding: "same" }),
  "averagePool 2 x 2": Nn.averagePool({ kernel: 2 }),
  "averagePool 3 x 3, stride 2, padding 1": Nn.averagePool({ kernel: 3, stride: 2, padding: 1 }),
  "averagePool 3 x 3, padding 1": Nn.averagePool({ kernel: 3, stride: 1, padding: 1 }),
  "averagePool 3 x 3, stride 2, padding 1 not counted": Nn.averagePool({
    kernel: 3,
    stride: 2,
    padding: 1,
    countPadding: false
  }),
  "averagePool 3 x 2, padding 1 and 0 not counted": Nn.averagePool({
    kernel: [3, 2],
    stride: 1,
    padding: [1, 0],
    countPadding: false
  }),
  "averagePool same": Nn.averagePool({ kernel: 3, stride: 1, padding: "same" }),
  globalAveragePool: Nn.globalAveragePool,
  globalMaxPool: Nn.globalMaxPool,
  "adaptiveAveragePool 1": Nn.adaptiveAveragePool(1),
  "adaptiveAveragePool 2 x 3 of 4 x 6": Nn.adaptiveAveragePool([2, 3]),
  "adaptiveAveragePool 2 x 3 of 5 x 7": Nn.adaptiveAveragePool([2, 3]),
  "adaptiveAveragePool 5 x 4 of 3 x 4": Nn.adaptiveAveragePool([5, 4])
}

const sizes: Modules<TF.Tensor4D> = {
  "resize bilinear up": Nn.resize({ size: [7, 5] }),
  "resize bilinear up, corners aligned": Nn.resize({ size: [7, 5], alignCorners: true }),
  "resize bilinear down": Nn.resize({ size: [3, 4] }),
  "resize bilinear down, corners aligned": Nn.resize({ size: [3, 1], alignCorners: true }),
  "resize bilinear, scale 2": Nn.resize({ scale: 2 }),
  "resize bilinear, scale 2, corners aligned": Nn.resize({ scale: 2, alignCorners: true }),
  "resize bilinear, scale 1.5 of odd sides": Nn.resize({ scale: 1.5 }),
  "resize bilinear, scale 0.4 and 1.7": Nn.resize({ scale: [0.4, 1.7] }),
  "resize nearest up": Nn.resize({ size: [7, 5], method: "nearest" }),
  "resize nearest down": Nn.resize({ size: [3, 4], method: "nearest" }),
  "resize nearest, scale 2": Nn.resize({ scale: 2, method: "nearest" }),
  "resize nearest, scale 1.5 of odd sides": Nn.resize({ scale: 1.5, method: "nearest" }),
  "resize nearestExact up": Nn.resize({ size: [7, 5], method: "nearestExact" }),
  "resize nearestExact down": Nn.resize({ size: [3, 4], method: "nearestExact" }),
  "upsample 2": Nn.upsample(),
  "upsample 3": Nn.upsample(3),
  depthToSpace: Nn.depthToSpace(2),
  spaceToDepth: Nn.spaceToDepth(2),
  flatten: Nn.flatten
}

const norms: Readonly<Record<string, Nn.Same>> = {
  ...inBothModes({
    "batchNorm of pictures": Nn.batchNorm(3),
    "batchNorm of vectors": Nn.batchNorm(3),
    "batchNorm with relu": Nn.sequential([Nn.batchNorm(2), Nn.relu])
  }),
  "batchNorm of sequences, train": Nn.batchNorm(3),
  "batchNorm epsilon 0.01, momentum 0.3, train": Nn.batchNorm(2, { epsilon: 0.01, momentum: 0.3 }),
  "batchNorm epsilon 0.01, evaluate": Nn.batchNorm(2, { epsilon: 0.01 }),
  "batchNorm biased, train": Nn.batchNorm(3, { unbiased: false }),
  layerNorm: Nn.layerNorm(4),
  "layerNorm of sequences without bias": Nn.layerNorm(4, { bias: false }),
  "layerNorm of pictures, epsilon 0.1": Nn.layerNorm(4, { epsilon: 0.1 }),
  rmsNorm: Nn.rmsNorm(4),
  "rmsNorm, epsilon 0.1": Nn.rmsNorm(4, { epsilon: 0.1 }),
  "groupNorm of pictures": Nn.groupNorm({ channels: 4, groups: 2 }),
  "groupNorm of sequences, one group": Nn.groupNorm({ channels: 4, groups: 1 }),
  "groupNorm of vectors, epsilon 0.1": Nn.groupNorm({ channels: 4, groups: 2, epsilon: 0.1 }),
  instanceNorm: Nn.instanceNorm(4),
  "instanceNorm without parameters": Nn.instanceNorm(4, { affine: false })
}

const plain: Readonly<Record<string, Nn.Same>> = {
  dense: Nn.dense({ inputs: 3, outputs: 4 }),
  "dense of sequences without bias": Nn.dense({ inputs: 3, outputs: 4, bias: false }),
  ...inBothModes({ "dense with relu": Nn.sequential([Nn.dense({ inputs: 3, outputs: 4 }), Nn.relu]) }),
  relu: Nn.relu,
  relu6: Nn.relu6,
  sigmoid: Nn.sigmoid,
  tanh: Nn.tanh,
  silu: Nn.silu,
  gelu: Nn.gelu,
  geluTanh: Nn.geluTanh,
  hardSigmoid: Nn.hardSigmoid,
  hardSwish: Nn.hardSwish,
  softplus: Nn.softplus,
  leakyRelu: Nn.leakyRelu(),
  "leakyRelu, 0.2": Nn.leakyRelu(0.2),
  elu: Nn.elu,
  softmax: Nn.softmax,
  logSoftmax: Nn.logSoftmax,
  identity: Nn.identity,
  "softmax of pictures": Nn.softmax
}

export const cases: Readonly<Record<string, Case>> = {
  ...norms,
  ...plain,
  ...ofRank(3, sequences),
  ...ofRank(4, { ...convolutions, ...others, ...blocks, ...pools, ...sizes })
}
