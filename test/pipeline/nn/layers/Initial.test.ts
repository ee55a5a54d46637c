/** First values of parameters against PyTorch's: their spread and bounds, and the fans that layers give them. */
import { assert, describe, it } from "@effect/vitest"
import * as Nn from "../../../../src/pipeline/nn/layers/Nn.ts"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import { references } from "./references.ts"

const { Initial } = Nn

const initialisers: Readonly<Record<string, Nn.Initial.Initial>> = {
  heNormal: Initial.heNormal(),
  "heNormal, out": Initial.heNormal({ mode: "out" }),
  "heNormal, no gain": Initial.heNormal({ gain: 1 }),
  heUniform: Initial.heUniform(),
  glorotNormal: Initial.glorotNormal,
  glorotUniform: Initial.glorotUniform,
  torchDefault: Initial.torchDefault,
  normal: Initial.normal(0.02),
  uniform: Initial.uniform(0.3),
  truncatedNormal: Initial.truncatedNormal(1),
  "truncatedNormal, 0.02": Initial.truncatedNormal(0.02),
  constant: Initial.constant(-3),
  zeros: Initial.zeros,
  ones: Initial.ones,
  orthogonal: Initial.orthogonal(2)
}

const sized = { shape: [3, 3, 32, 48], fanIn: 9 * 32, fanOut: 9 * 48 }

/** Five filters, 69,120 values: a normal's deviation is off by 0.27 % at one standard error. */
const drawn = (initial: Nn.Initial.Initial): ReadonlyArray<number> =>
  Array.from({ length: 5 }, (_, i) => [...initial(sized)(Random.make(i))]).flat()

const deviationOf = (values: ReadonlyArray<number>): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)

const largestOf = (values: ReadonlyArray<number>): number =>
  values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)

/** Those whose values end at a bound. */
const bounded = new Set([
  "heUniform",
  "glorotUniform",
  "torchDefault",
  "uniform",
  "truncatedNormal",
  "constant",
  "zeros",
  "ones"
])

/** Products of all pairs of rows of a filter, or of columns where they are fewer. */
const gram = (values: ArrayLike<number>, rows: number, columns: number) => {
  const [few, many] = [Math.min(rows, columns), Math.max(rows, columns)]
  const at = (i: number, k: number) =>
    values[rows <= columns ? i * columns + k : k * columns + i] ?? Number.NaN
  return Array.from({ length: few }, (_, i) =>
    Array.from({ length: few }, (_, j) => {
      let sum = 0
      for (let k = 0; k < many; k++) sum += at(i, k) * at(j, k)
      return sum
    })
  )
}

describe("first values", () => {
  it("have a case for each of PyTorch's", () => {
    assert.sameMembers(Object.keys(initialisers), Object.keys(references.initialisers))
  })

  for (const [name, { deviation, largest }] of Object.entries(references.initialisers)) {
    it(`deviate as PyTorch's: ${name}`, () => {
      const values = drawn(initialisers[name] ?? Initial.zeros)
      assert.closeTo(deviationOf(values), deviation, 0.015 * deviation)
      if (!bounded.has(name)) return
      assert.isAtMost(largestOf(values), largest * (1 + 1e-4))
      assert.isAtLeast(largestOf(values), largest * (1 - 1e-3))
    })
  }

  for (const shape of [
    [3, 3, 32, 48],
    [3, 3, 2, 48],
    [16, 16],
    [5, 9],
    [9, 5]
  ]) {
    it(`are orthogonal in [${shape.join(", ")}]`, () => {
      const columns = shape.at(-1) ?? 1
      const rows = shape.slice(0, -1).reduce((product, side) => product * side, 1)
      const values = Initial.orthogonal(2)({ shape, fanIn: 1, fanOut: 1 })(Random.make(1))
      for (const [i, row] of gram(values, rows, columns).entries())
        for (const [j, product] of row.entries()) assert.closeTo(product, i === j ? 4 : 0, 1e-5)
    })
  }

  it("are orthogonal over all outputs of a depthwise convolution", () => {
    const conv = Nn.depthwiseConv2d({
      channels: 4,
      multiplier: 2,
      kernel: 3,
      init: Initial.orthogonal()
    })
    const values = conv.parameters[0]?.init(Random.make(1)) ?? []
    for (const [i, row] of gram(values, 9, 8).entries())
      for (const [j, product] of row.entries()) assert.closeTo(product, i === j ? 1 : 0, 1e-5)
  })
})

describe("fans", () => {
  const fans: Array<readonly [number, number]> = []
  /** Takes down what weights and biases are given. */
  const init: Nn.Initial.Initial = (given) => {
    fans.push([given.fanIn, given.fanOut])
    return Initial.zeros(given)
  }
  const options = { inputs: 4, outputs: 6, kernel: 3, init, biasInit: init }
  const layers: Readonly<Record<string, () => Nn.Any>> = {
    dense: () => Nn.dense({ inputs: 5, outputs: 7, init, biasInit: init }),
    conv2d: () => Nn.conv2d({ ...options, kernel: [3, 2] }),
    "conv2d groups": () => Nn.conv2d({ ...options, groups: 2 }),
    "conv2d depthwise": () =>
      Nn.depthwiseConv2d({ channels: 4, multiplier: 2, kernel: 3, init, biasInit: init }),
    conv1d: () => Nn.conv1d({ ...options, kernel: 5 }),
    conv2dTranspose: () => Nn.conv2dTranspose({ ...options, kernel: [3, 2] })
  }
  for (const [name, expected] of Object.entries(references.fans)) {
    it(`are PyTorch's: ${name}`, () => {
      fans.length = 0
      layers[name]?.()
      assert.deepStrictEqual(fans, [expected, expected])
    })
  }

  it("of a transposed convolution keep the variance of what it is made of", () => {
    const conv = Nn.conv2dTranspose({ inputs: 64, outputs: 32, kernel: 4, stride: 2 })
    const values = [...(conv.parameters[0]?.init(Random.make(1)) ?? [])]
    // Each output is made of 64 channels at 2 x 2 of the 4 x 4 taps.
    const deviation = Math.sqrt(2 / (64 * 4))
    assert.closeTo(deviationOf(values), deviation, 0.02 * deviation)
  })
})
