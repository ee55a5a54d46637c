/** The table that every engine is held to: an operation, its operands, and whether it has a gradient. */
import type { Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../src/pipeline/device/Device.ts"

export interface Operand {
  readonly shape: ReadonlyArray<number>
  readonly low?: number
  readonly high?: number
}

export interface Case {
  readonly name: string
  readonly operands: ReadonlyArray<Operand>
  readonly compute: (tf: Tf, inputs: ReadonlyArray<Tensor>) => Tensor
}

type Compute = (tf: Tf, ...inputs: Array<Tensor>) => Tensor

const of = (shape: ReadonlyArray<number>, low = -2, high = 2): Operand => ({ shape, low, high })

const make = (name: string, operands: ReadonlyArray<Operand>, compute: Compute): Case => ({
  name,
  operands,
  compute: (tf, inputs) => compute(tf, ...inputs)
})

/** Element-wise functions on all of the reals; 0.11 keeps random operands off their corners. */
const anywhere = [
  "abs",
  "asinh",
  "atan",
  "ceil",
  "cos",
  "cosh",
  "elu",
  "erf",
  "exp",
  "expm1",
  "floor",
  "leakyRelu",
  "neg",
  "relu",
  "relu6",
  "round",
  "selu",
  "sigmoid",
  "sign",
  "sin",
  "sinh",
  "softplus",
  "square",
  "tan",
  "tanh"
] as const
const positive = ["log", "log1p", "reciprocal", "rsqrt", "sqrt"] as const
const withinOne = ["acos", "asin", "atanh"] as const

const unary: ReadonlyArray<Case> = [
  ...anywhere.map((name) => make(name, [of([3, 5], -1.4, 1.37)], (tf, x) => tf[name](x))),
  ...positive.map((name) => make(name, [of([3, 5], 0.2, 3)], (tf, x) => tf[name](x))),
  ...withinOne.map((name) => make(name, [of([3, 5], -0.9, 0.9)], (tf, x) => tf[name](x))),
  make("acosh", [of([7], 1.2, 3)], (tf, x) => tf.acosh(x)),
  make("clipByValue", [of([3, 5])], (tf, x) => tf.clipByValue(x, -1, 1)),
  make("prelu", [of([3, 4]), of([4])], (tf, x, alpha) => tf.prelu(x, alpha))
]

const pairsOfShapes = [
  [
    [3, 4],
    [3, 4]
  ],
  [[3, 4], [4]],
  [
    [3, 1],
    [2, 1, 4]
  ],
  [[], [2, 3]]
] as const
const binaryNames = ["add", "sub", "mul", "div", "atan2", "maximum", "minimum", "squaredDifference"] as const

const binary: ReadonlyArray<Case> = [
  ...binaryNames.flatMap((name) =>
    pairsOfShapes.map(([a, b]) =>
      make(`${name} [${a}] [${b}]`, [of(a, 0.3, 2), of(b, 0.35, 2.3)], (tf, x, y) => tf[name](x, y))
    )
  ),
  make("pow", [of([3, 4], 0.2, 2), of([4])], (tf, x, y) => tf.pow(x, y)),
  make("mod", [of([3, 4], 0.3, 2), of([4], 2.2, 3)], (tf, x, y) => tf.mod(x, y)),
  make("addN", [of([3, 4]), of([3, 4])], (tf, x, y) => tf.addN([x, y])),
  make("addN of many", Array(30).fill(of([3, 4])), (tf, ...xs) => tf.addN(xs)),
  make("where", [of([3, 4]), of([3, 4])], (tf, x, y) => tf.where(tf.greater(x, 0), tf.square(x), y))
]

const reductions: ReadonlyArray<Case> = [
  ...(["sum", "mean", "max", "min", "prod"] as const).flatMap((name) =>
    [undefined, 0, 1, [0, 2], [-1]].map((axis) =>
      make(`${name} over ${axis}`, [of([3, 4, 2])], (tf, x) => tf[name](x, axis))
    )
  ),
  make("mean, dimensions kept", [of([3, 4, 2])], (tf, x) => tf.mean(x, [1], true)),
  ...[0, 1].flatMap((axis) =>
    [true, false].map((reverse) =>
      make(`cumsum over ${axis}, reverse ${reverse}`, [of([3, 4])], (tf, x) =>
        tf.cumsum(x, axis, reverse, reverse)
      )
    )
  ),
  make("softmax", [of([3, 5])], (tf, x) => tf.softmax(x)),
  make("logSoftmax", [of([3, 5])], (tf, x) => tf.logSoftmax(x))
]

const layouts: ReadonlyArray<Case> = [
  make("reshape", [of([3, 4])], (tf, x) => tf.reshape(x, [2, 6])),
  make("transpose", [of([3, 4, 2])], (tf, x) => tf.transpose(x, [2, 0, 1])),
  make("concat", [of([3, 4]), of([3, 2])], (tf, x, y) => tf.concat([x, y], -1)),
  make("stack", [of([3, 4]), of([3, 4])], (tf, x, y) => tf.stack([x, y], 1)),
  make("unstack", [of([2, 4])], (tf, x) => tf.unstack(x, 0).reduce((a, b) => tf.mul(tf.square(a), b))),
  make("split", [of([3, 4])], (tf, x) => tf.split(x, [1, 3], 1).reduce((a, b) => tf.mul(a, b))),
  make("slice", [of([3, 4])], (tf, x) => tf.slice(x, [1, 0], [2, -1])),
  make("slice within every axis", [of([3, 4, 5, 6])], (tf, x) => tf.slice(x, [1, 0, 2, 1], [2, 3, 2, 4])),
  make("slice of one value", [of([3, 4])], (tf, x) => tf.slice(x, [2, 1], [1, 1])),
  make("split of a middle axis", [of([2, 7, 3])], (tf, x) =>
    tf.split(x, [2, 5], 1).reduce((a, b) => tf.mul(tf.sum(a), b))
  ),
  make("unstack of a middle axis", [of([2, 3, 5])], (tf, x) =>
    tf.unstack(x, 1).reduce((a, b) => tf.mul(tf.square(a), b))
  ),
  ...[
    [1, 0, 2],
    [0, 1, 2],
    [2, 1, 0],
    [0, 2, 1]
  ].map((order) => make(`transpose to ${order}`, [of([3, 4, 5])], (tf, x) => tf.transpose(x, order))),
  make("transpose of five axes", [of([2, 3, 2, 4, 5])], (tf, x) => tf.transpose(x, [2, 0, 3, 1, 4])),
  ...[[0], [1], [2], [0, 2], [0, 1, 2]].map((axes) =>
    make(`reverse of ${axes}`, [of([3, 4, 5])], (tf, x) => tf.reverse(x, axes))
  ),
  make("pad", [of([3, 4])], (tf, x) =>
    tf.pad(x, [
      [1, 2],
      [0, 1]
    ])
  ),
  make("mirrorPad, reflect", [of([3, 4])], (tf, x) =>
    tf.mirrorPad(
      x,
      [
        [1, 2],
        [0, 3]
      ],
      "reflect"
    )
  ),
  make("mirrorPad, symmetric", [of([3, 4])], (tf, x) =>
    tf.mirrorPad(
      x,
      [
        [1, 3],
        [2, 3]
      ],
      "symmetric"
    )
  ),
  make("tile", [of([3, 4])], (tf, x) => tf.tile(x, [2, 3])),
  make("broadcastTo", [of([3, 1])], (tf, x) => tf.broadcastTo(x, [3, 4])),
  make("reverse", [of([3, 4])], (tf, x) => tf.reverse(x, [1])),
  make("spaceToBatchND", [of([1, 4, 4, 3])], (tf, x) =>
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [0, 0],
        [1, 1]
      ]
    )
  ),
  make("batchToSpaceND", [of([4, 2, 3, 3])], (tf, x) =>
    tf.batchToSpaceND(
      x,
      [2, 2],
      [
        [0, 0],
        [1, 0]
      ]
    )
  ),
  make("depthToSpace", [of([2, 2, 3, 8])], (tf, x) => tf.depthToSpace(four(tf, x), 2, "NHWC"))
]

const selections: ReadonlyArray<Case> = [
  ...[0, 1, 2].map((axis) =>
    make(`gather along ${axis}`, [of([3, 4, 2])], (tf, x) =>
      tf.gather(x, tf.tensor1d([0, 1, 1, 0], "int32"), axis)
    )
  ),
  make("gather by a matrix", [of([3, 4, 2])], (tf, x) =>
    tf.gather(
      x,
      tf.tensor2d(
        [
          [0, 1],
          [2, 2]
        ],
        [2, 2],
        "int32"
      ),
      1
    )
  ),
  make("gather, one list per batch", [of([2, 3, 4, 2])], (tf, x) =>
    tf.gather(
      x,
      tf.tensor2d(
        [
          [0, 1, 1],
          [2, 2, 3]
        ],
        [2, 3],
        "int32"
      ),
      2,
      1
    )
  ),
  make("gatherND", [of([3, 4, 2])], (tf, x) =>
    tf.gatherND(
      x,
      tf.tensor2d(
        [
          [0, 1],
          [2, 2],
          [0, 1]
        ],
        [3, 2],
        "int32"
      )
    )
  ),
  make("unsortedSegmentSum", [of([4, 3])], (tf, x) =>
    tf.unsortedSegmentSum(x, tf.tensor1d([0, 2, -1, 2], "int32"), 3)
  )
]

const products: ReadonlyArray<Case> = [
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) =>
      make(
        `matMul, transposed ${transposeA} ${transposeB}`,
        [of(transposeA ? [2, 67, 5] : [2, 5, 67]), of(transposeB ? [2, 9, 67] : [2, 67, 9])],
        (tf, x, y) => tf.matMul(x, y, transposeA, transposeB)
      )
    )
  ),
  make("matMul, one matrix", [of([33, 50]), of([50, 21])], (tf, x, y) => tf.matMul(x, y)),
  make("matMul, a batch of one", [of([3, 5]), of([1, 5, 4])], (tf, x, y) => tf.matMul(x, y)),
  make("matMul, batch broadcast", [of([2, 3, 5]), of([1, 5, 4])], (tf, x, y) => tf.matMul(x, y)),
  make(
    "batchNorm",
    [of([2, 3, 3, 4]), of([4]), of([4], 0.3, 2), of([4]), of([4])],
    (tf, x, mean, variance, offset, scale) =>
      tf.batchNorm(x, one(tf, mean), one(tf, variance), one(tf, offset), one(tf, scale), 0.01)
  )
]

const one = (tf: Tf, x: Tensor): Tensor1D => tf.reshape(x, [x.size])

const four = (tf: Tf, x: Tensor): Tensor4D => {
  const [a = 1, b = 1, c = 1, d = 1] = x.shape
  return tf.reshape(x, [a, b, c, d])
}

type Padding = "same" | "valid" | number
const windows: ReadonlyArray<readonly [kernel: number, stride: number, padding: Padding]> = [
  1, 2, 3, 5, 7
].flatMap((kernel) =>
  [1, 2, 3, 4].flatMap((stride) =>
    (["same", "valid", 1] as const)
      .filter((padding) => padding !== 1 || kernel > 2)
      .map((padding) => [kernel, stride, padding] as const)
  )
)

const convolutions: ReadonlyArray<Case> = [
  ...windows.flatMap(([kernel, stride, padding]) => [
    make(
      `conv2d ${kernel}x${kernel}, stride ${stride}, ${padding}`,
      [of([2, 9, 8, 3]), of([kernel, kernel, 3, 5])],
      (tf, x, filter) => tf.conv2d(four(tf, x), four(tf, filter), stride, padding)
    ),
    make(
      `depthwiseConv2d ${kernel}x${kernel}, stride ${stride}, ${padding}`,
      [of([2, 9, 8, 3]), of([kernel, kernel, 3, 2])],
      (tf, x, filter) => tf.depthwiseConv2d(four(tf, x), four(tf, filter), stride, padding)
    )
  ]),
  make("conv2d 3x3, 16 to 24 channels", [of([2, 13, 11, 16]), of([3, 3, 16, 24])], (tf, x, filter) =>
    tf.conv2d(four(tf, x), four(tf, filter), 1, "same")
  ),
  make("conv2d 1x3, padded unevenly", [of([2, 7, 6, 4]), of([1, 3, 4, 8])], (tf, x, filter) =>
    tf.conv2d(
      four(tf, x),
      four(tf, filter),
      [1, 2],
      [
        [0, 0],
        [0, 1],
        [2, 1],
        [0, 0]
      ]
    )
  ),
  make("depthwiseConv2d 3x3, 20 channels", [of([2, 9, 8, 20]), of([3, 3, 20, 1])], (tf, x, filter) =>
    tf.depthwiseConv2d(four(tf, x), four(tf, filter), 1, "same")
  ),
  make(
    "depthwiseConv2d 5x3, 37 channels, stride 2",
    [of([2, 9, 8, 37]), of([5, 3, 37, 1])],
    (tf, x, filter) => tf.depthwiseConv2d(four(tf, x), four(tf, filter), 2, "same")
  ),
  make("depthwiseConv2d, dilated, one output each", [of([2, 9, 8, 5]), of([3, 3, 5, 1])], (tf, x, filter) =>
    tf.depthwiseConv2d(four(tf, x), four(tf, filter), 1, "same", "NHWC", [2, 3])
  ),
  ...[2, 3].flatMap((dilation) => [
    make(`conv2d, dilation ${dilation}`, [of([2, 9, 8, 3]), of([3, 3, 3, 4])], (tf, x, filter) =>
      tf.conv2d(four(tf, x), four(tf, filter), 1, "same", "NHWC", dilation)
    ),
    make(`depthwiseConv2d, dilation ${dilation}`, [of([2, 9, 8, 3]), of([3, 3, 3, 2])], (tf, x, filter) =>
      tf.depthwiseConv2d(four(tf, x), four(tf, filter), 1, "same", "NHWC", dilation)
    )
  ]),
  ...[1, 2, 3].map((stride) =>
    make(`conv2dTranspose, stride ${stride}`, [of([2, 4, 5, 4]), of([3, 3, 3, 4])], (tf, x, filter) =>
      tf.conv2dTranspose(four(tf, x), four(tf, filter), [2, 4 * stride, 5 * stride, 3], stride, "same")
    )
  ),
  make("conv2dTranspose 2x2, stride 2", [of([2, 4, 5, 8]), of([2, 2, 6, 8])], (tf, x, filter) =>
    tf.conv2dTranspose(four(tf, x), four(tf, filter), [2, 8, 10, 6], 2, "valid")
  )
]

const pools: ReadonlyArray<Case> = windows
  .filter(([kernel, stride]) => stride <= kernel && kernel <= 3)
  .flatMap(([kernel, stride, padding]) => [
    make(`maxPool ${kernel}, stride ${stride}, ${padding}`, [of([2, 9, 8, 3])], (tf, x) =>
      tf.maxPool(four(tf, x), kernel, stride, padding)
    ),
    make(`avgPool ${kernel}, stride ${stride}, ${padding}`, [of([2, 9, 8, 3])], (tf, x) =>
      tf.avgPool(four(tf, x), kernel, stride, padding)
    )
  ])

const samplings = [
  [false, false],
  [true, false],
  [false, true]
] as const
const sizes: ReadonlyArray<[number, number]> = [
  [6, 7],
  [2, 3],
  [8, 10],
  [4, 20]
]

const images: ReadonlyArray<Case> = samplings.flatMap(([alignCorners, halfPixelCenters]) =>
  sizes.flatMap((size) => {
    const how = `to ${size}${alignCorners ? ", corners aligned" : ""}${halfPixelCenters ? ", pixel centres" : ""}`
    return [
      make(`resizeBilinear ${how}`, [of([2, 4, 5, 3])], (tf, x) =>
        tf.image.resizeBilinear(four(tf, x), size, alignCorners, halfPixelCenters)
      ),
      make(`resizeNearestNeighbor ${how}`, [of([2, 4, 5, 3])], (tf, x) =>
        tf.image.resizeNearestNeighbor(four(tf, x), size, alignCorners, halfPixelCenters)
      )
    ]
  })
)

export const cases: ReadonlyArray<Case> = [
  ...unary,
  ...binary,
  ...reductions,
  ...layouts,
  ...selections,
  ...products,
  ...convolutions,
  ...pools,
  ...images
]

/** Numbers that look random and are the same on every engine, from a linear congruence. */
export const values = ({ shape, low = -2, high = 2 }: Operand, seed: number): Float32Array => {
  let state = (seed * 2654435761 + 12345) >>> 0
  return Float32Array.from({ length: shape.reduce((all, n) => all * n, 1) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return low + ((high - low) * state) / 2 ** 32
  })
}
