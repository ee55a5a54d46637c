/**
 * Residual nets (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016), parameter for parameter as
 * torchvision's: its names, with filters as `[height, width, inputs, outputs]` and `fc.weight` as `[inputs, outputs]`.
 */
import type * as TF from "@tensorflow/tfjs-core"
import * as Nn from "../layers/Nn.ts"
import type { Backbone, BackboneOptions } from "./Parts.ts"

export interface ResnetOptions extends BackboneOptions {
  /**
   * `imagenet` begins with a 7×7 convolution and a pool, to a quarter of the side; `small` with a 3×3 convolution at
   * full size, for pictures of about 32 pixels (section 4.2 of the paper), so that all strides are a quarter of
   * `imagenet`'s. Default `imagenet`.
   */
  readonly stem?: "imagenet" | "small"
}

type Picture = Nn.Module<TF.Tensor4D, TF.Tensor4D>

const STEM = 64
const WIDTHS = [64, 128, 256, 512] as const

/** Deviation √(2 / fan-out), as torchvision begins with. */
const init = Nn.Initial.heNormal({ mode: "out" })

/** Padded as PyTorch pads, which is not TensorFlow's SAME where the stride is 2. */
const conv = (kernel: number, inputs: number, outputs: number, stride = 1) =>
  Nn.conv2d({ kernel, inputs, outputs, stride, padding: Math.floor(kernel / 2), bias: false, init })

/** A residual block of these inputs, whose first convolution of 3×3 pixels has this width and stride. */
interface Block {
  /** Channels of its output, in widths. */
  readonly expansion: number
  readonly body: (inputs: number, width: number, stride: number) => Picture
}

const basic: Block = {
  expansion: 1,
  body: (inputs, width, stride) =>
    Nn.sequential({
      conv1: conv(3, inputs, width, stride),
      bn1: Nn.batchNorm(width),
      relu: Nn.relu,
      conv2: conv(3, width, width),
      bn2: Nn.batchNorm(width)
    })
}

/** With the stride in its 3×3 convolution, as torchvision has it ("ResNet v1.5"), and not in the first as the paper. */
const bottleneck: Block = {
  expansion: 4,
  body: (inputs, width, stride) =>
    Nn.sequential({
      conv1: conv(1, inputs, width),
      bn1: Nn.batchNorm(width),
      relu1: Nn.relu,
      conv2: conv(3, width, width, stride),
      bn2: Nn.batchNorm(width),
      relu2: Nn.relu,
      conv3: conv(1, width, 4 * width),
      bn3: Nn.batchNorm(4 * width)
    })
}

const residual = ({ body, expansion }: Block, inputs: number, width: number, stride: number): Picture => {
  const outputs = expansion * width
  const downsample = () => Nn.sequential([conv(1, inputs, outputs, stride), Nn.batchNorm(outputs)])
  return Nn.residual(body(inputs, width, stride), {
    shortcut: stride === 1 && inputs === outputs ? {} : { downsample: downsample() },
    activation: Nn.relu
  })
}

const stage = (block: Block, count: number, inputs: number, width: number, stride: number): Picture =>
  Nn.sequential(
    Array.from({ length: count }, (_, i) =>
      i === 0 ? residual(block, inputs, width, stride) : residual(block, block.expansion * width, width, 1)
    )
  )

const stemOf = ({ channels = 3, stem = "imagenet" }: ResnetOptions): Picture => {
  const rest = { bn1: Nn.batchNorm(STEM), relu: Nn.relu }
  return stem === "small"
    ? Nn.sequential({ conv1: conv(3, channels, STEM), ...rest })
    : Nn.sequential({
        conv1: conv(7, channels, STEM, 2),
        ...rest,
        maxpool: Nn.maxPool({ kernel: 3, stride: 2, padding: 1 })
      })
}

/** What the stages give. */
type Seen = readonly [TF.Tensor4D, TF.Tensor4D, TF.Tensor4D, TF.Tensor4D]

/** Blocks of the four stages. */
type Counts = readonly [number, number, number, number]

const featuresOf = (block: Block, counts: Counts, options: ResnetOptions) => {
  const channels = WIDTHS.map((width) => block.expansion * width)
  const [layer1, layer2, layer3, layer4] = counts
  const next = (count: number, i: 1 | 2 | 3) => stage(block, count, channels[i - 1] ?? STEM, WIDTHS[i], 2)
  const stages = Nn.struct(
    {
      layer1: stage(block, layer1, STEM, WIDTHS[0], 1),
      layer2: next(layer2, 1),
      layer3: next(layer3, 2),
      layer4: next(layer4, 3)
    },
    ({ layer1, layer2, layer3, layer4 }, x: TF.Tensor4D): Seen => {
      const first = layer1(x)
      const second = layer2(first)
      const third = layer3(second)
      return [first, second, third, layer4(third)]
    }
  )
  const strides = options.stem === "small" ? [1, 2, 4, 8] : [4, 8, 16, 32]
  return { ...Nn.follow(stemOf(options), stages), channels, strides }
}

const make =
  (block: Block, counts: Counts) =>
  (options: ResnetOptions = {}): Backbone => {
    const { classes = 1000, dropout = 0 } = options
    const features = featuresOf(block, counts, options)
    const fc = Nn.dense({
      inputs: block.expansion * WIDTHS[3],
      outputs: classes,
      init: Nn.Initial.torchDefault,
      biasInit: Nn.Initial.torchDefault
    })
    const head = Nn.struct(
      { avgpool: Nn.globalAveragePool, dropout: Nn.dropout(dropout), fc },
      ({ avgpool, dropout, fc }, seen: Seen) => fc(dropout(avgpool(seen[3])))
    )
    return { ...Nn.follow(features, head), features }
  }

/** 11.7 million parameters with 1000 classes. */
export const resnet18 = make(basic, [2, 2, 2, 2])
/** 21.8 million parameters with 1000 classes. */
export const resnet34 = make(basic, [3, 4, 6, 3])
/** 25.6 million parameters with 1000 classes. */
export const resnet50 = make(bottleneck, [3, 4, 6, 3])
