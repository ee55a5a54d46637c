/**
 * MobileNetV3 (Howard et al., "Searching for MobileNetV3", ICCV 2019), parameter for parameter as torchvision's: its
 * names, with filters as `[height, width, inputs, outputs]`, depthwise ones as `[height, width, inputs, 1]`, and the
 * weights of `classifier` as `[inputs, outputs]`.
 */
import type * as TF from "@tensorflow/tfjs-core"
import * as Nn from "../layers/Nn.ts"
import type { Backbone, BackboneOptions } from "./Parts.ts"

export interface MobilenetV3Options extends BackboneOptions {
  /** Multiplies all numbers of channels, which are rounded to multiples of 8. Default 1. */
  readonly width?: number
}

type Picture = Nn.Module<TF.Tensor4D, TF.Tensor4D>

/** A row of the paper's tables 1 and 2: an inverted residual block. */
type Row = readonly [
  kernel: number,
  expanded: number,
  outputs: number,
  squeezes: boolean,
  activation: Nn.Activation,
  stride: number
]

const [RE, HS] = [Nn.relu, Nn.hardSwish]

const LARGE: ReadonlyArray<Row> = [
  [3, 16, 16, false, RE, 1],
  [3, 64, 24, false, RE, 2],
  [3, 72, 24, false, RE, 1],
  [5, 72, 40, true, RE, 2],
  [5, 120, 40, true, RE, 1],
  [5, 120, 40, true, RE, 1],
  [3, 240, 80, false, HS, 2],
  [3, 200, 80, false, HS, 1],
  [3, 184, 80, false, HS, 1],
  [3, 184, 80, false, HS, 1],
  [3, 480, 112, true, HS, 1],
  [3, 672, 112, true, HS, 1],
  [5, 672, 160, true, HS, 2],
  [5, 960, 160, true, HS, 1],
  [5, 960, 160, true, HS, 1]
]

const SMALL: ReadonlyArray<Row> = [
  [3, 16, 16, true, RE, 2],
  [3, 72, 24, false, RE, 2],
  [3, 88, 24, false, RE, 1],
  [5, 96, 40, true, HS, 2],
  [5, 240, 40, true, HS, 1],
  [5, 240, 40, true, HS, 1],
  [5, 120, 48, true, HS, 1],
  [5, 144, 48, true, HS, 1],
  [5, 288, 96, true, HS, 2],
  [5, 576, 96, true, HS, 1],
  [5, 576, 96, true, HS, 1]
]

/** The nearest multiple of 8, but at least nine tenths of `value`. */
const round = (value: number): number => {
  const near = Math.max(8, Math.floor((value + 4) / 8) * 8)
  return near < 0.9 * value ? near + 8 : near
}

interface Sizes {
  readonly kernel: number
  readonly inputs: number
  readonly outputs: number
  readonly stride?: number
  readonly groups?: number
}

/** A convolution, its norm and an activation: `0` and `1` are the names of the first two. */
const normalised = (sizes: Sizes, activation: Nn.Activation): Picture =>
  Nn.sequential([
    Nn.conv2d({
      ...sizes,
      padding: Math.floor(sizes.kernel / 2),
      bias: false,
      init: Nn.Initial.heNormal({ mode: "out" })
    }),
    Nn.batchNorm(sizes.outputs, { epsilon: 1e-3, momentum: 0.01 }),
    activation
  ])

/** Expands the channels, convolves each alone, scales them by what all of them are, and projects to fewer. */
const inverted = (inputs: number, row: Row, width: number): Picture => {
  const [kernel, wide, narrow, squeezes, activation, stride] = row
  const [expanded, outputs] = [round(width * wide), round(width * narrow)]
  const squeeze = { channels: expanded, squeezed: round(expanded / 4), gate: Nn.hardSigmoid }
  const block = Nn.sequential({
    block: Nn.sequential([
      ...(expanded === inputs ? [] : [normalised({ kernel: 1, inputs, outputs: expanded }, activation)]),
      normalised({ kernel, inputs: expanded, outputs: expanded, stride, groups: expanded }, activation),
      ...(squeezes ? [Nn.squeezeExcite(squeeze)] : []),
      normalised({ kernel: 1, inputs: expanded, outputs }, Nn.identity)
    ])
  })
  return stride === 1 && inputs === outputs ? Nn.residual(block) : block
}

/** A part of `features`, and what it gives. */
interface Stage {
  readonly module: Picture
  readonly outputs: number
  /** Of its result, in pixels of the picture. */
  readonly stride: number
}

const stagesOf = (
  rows: ReadonlyArray<Row>,
  { channels = 3, width = 1 }: MobilenetV3Options
): ReadonlyArray<Stage> => {
  const first = round(width * 16)
  const begin = normalised({ kernel: 3, inputs: channels, outputs: first, stride: 2 }, HS)
  const stages: Array<Stage> = [{ module: begin, outputs: first, stride: 2 }]
  let [inputs, stride] = [first, 2]
  for (const row of rows) {
    stages.push({
      module: inverted(inputs, row, width),
      outputs: round(width * row[2]),
      stride: (stride *= row[5])
    })
    inputs = round(width * row[2])
  }
  const last = { kernel: 1, inputs, outputs: 6 * inputs }
  return [...stages, { module: normalised(last, HS), outputs: 6 * inputs, stride }]
}

const make =
  (rows: ReadonlyArray<Row>, hidden: number) =>
  (options: MobilenetV3Options = {}): Backbone => {
    const { classes = 1000, dropout = 0.2, width = 1 } = options
    const stages = stagesOf(rows, options)
    const features = stages.map(({ module }) => module)
    const last = stages.at(-1)?.outputs ?? 0
    const init = Nn.Initial.normal(0.01)
    const classifier = Nn.sequential([
      Nn.dense({ inputs: last, outputs: round(width * hidden), init }),
      Nn.hardSwish,
      Nn.dropout(dropout),
      Nn.dense({ inputs: round(width * hidden), outputs: classes, init })
    ])
    /** The last stage at each stride from 4. */
    const ends = stages.filter(({ stride }, i) => stride >= 4 && stages[i + 1]?.stride !== stride)
    return {
      ...Nn.struct({ features, avgpool: Nn.globalAveragePool, classifier }, (parts, x: TF.Tensor4D) =>
        parts.classifier(parts.avgpool(parts.features.reduce((y, part) => part(y), x)))
      ),
      features: {
        ...Nn.struct({ features }, (parts, x: TF.Tensor4D) => {
          let y = x
          const seen = parts.features.map((part) => (y = part(y)))
          return seen.filter((_, i) => ends.some((end) => end === stages[i]))
        }),
        channels: ends.map(({ outputs }) => outputs),
        strides: ends.map(({ stride }) => stride)
      }
    }
  }

/** 2.5 million parameters with 1000 classes. */
export const mobilenetV3Small = make(SMALL, 1024)
/** 5.5 million parameters with 1000 classes. */
export const mobilenetV3Large = make(LARGE, 1280)
