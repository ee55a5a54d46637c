/** Layers: what they refuse when a net is made and at the first forward, and what they draw. */
import { assert, layer } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { Device } from "../../../../src/pipeline/device/Device.ts"
import * as Nn from "../../../../src/pipeline/nn/layers/Nn.ts"
import { cpu, numbers, variables } from "../../../tasks/textDetection/Tensors.ts"

const none = { params: {}, buffers: {} }

layer(cpu)("layers", (it) => {
  it.effect("dropout keeps the mean, draws anew in each step and for each call, and the same again", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Nn.model("net", Nn.sequential([Nn.dropout(0.25), Nn.dropout(0)]))
      const x: TF.Tensor = tf.ones([100, 100])
      const at = (counter: number) => numbers(net.train({ tf, ops, seed: 1, counter }, none, x).output)
      const first = at(0)
      assert.deepStrictEqual(new Set(first), new Set([0, Math.fround(4 / 3)]))
      // Five deviations of a mean of 10,000 draws.
      assert.closeTo(first.reduce((sum, value) => sum + value, 0) / 1e4, 1, 5 * Math.sqrt(1 / 3 / 1e4))
      assert.deepStrictEqual(at(0), first)
      assert.notDeepEqual(at(1), first)
      assert.deepStrictEqual(numbers(net.evaluate({ tf, ops }, none, x)), numbers(x))
      const twice = Nn.model(
        "twice",
        Nn.struct({ drop: Nn.dropout(0.5) }, ({ drop }, x: TF.Tensor2D, { tf }) => tf.sub(drop(x), drop(x)))
      )
      const difference = twice.train({ tf, ops, seed: 1, counter: 0 }, none, tf.ones([10, 10])).output
      assert.notDeepEqual(numbers(difference), Array(100).fill(0))
    })
  )

  it.effect("spatial dropout drops whole channels", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Nn.model("net", Nn.spatialDropout(0.5))
      const { output } = net.train({ tf, ops, seed: 2, counter: 0 }, none, tf.ones([2, 3, 3, 8]))
      const ends = [numbers(tf.max(output, [1, 2])), numbers(tf.min(output, [1, 2]))]
      assert.deepStrictEqual(ends[0], ends[1])
      assert.deepStrictEqual(new Set(ends[0]), new Set([0, 2]))
    })
  )

  it.effect("a squeeze-excite has torchvision's names", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Nn.model("net", Nn.squeezeExcite({ channels: 8, squeezed: 2, gate: Nn.hardSigmoid }))
      assert.deepStrictEqual(
        net.parameters.map(({ name, shape }) => `${name} ${shape}`),
        ["fc1.weight 1,1,8,2", "fc1.bias 2", "fc2.weight 1,1,2,8", "fc2.bias 8"]
      )
      const y = net.evaluate({ tf, ops }, variables(tf, net, 1), tf.ones([2, 3, 4, 8]))
      assert.deepStrictEqual(y.shape, [2, 3, 4, 8])
    })
  )

  it.effect("refuses options that make no layer", () =>
    Effect.sync(() => {
      const refused: ReadonlyArray<readonly [() => unknown, string]> = [
        [() => Nn.dropout(1), "layer dropout drops values with probability 1. Use one from 0 to below 1."],
        [() => Nn.conv2d({ inputs: 3, outputs: 4, kernel: -1 }), "layer conv2d has the kernel -1, -1"],
        [() => Nn.conv2d({ inputs: 3, outputs: 4, kernel: 3, stride: 0 }), "conv2d has the stride 0, 0"],
        [() => Nn.conv2d({ inputs: 3, outputs: 4, kernel: 1, groups: 2 }), "conv2d has 2 groups"],
        [
          () => Nn.maxPool({ kernel: 2, padding: 2 }),
          "maxPool pads 2, 2, 2, 2 pixels around a window of 2 x 2"
        ],
        [() => Nn.averagePool({ kernel: 2, padding: "same", countPadding: true }), "averagePool counts"],
        [() => Nn.depthToSpace(1.5), "depthToSpace has the block 1.5"],
        [() => Nn.upsample(0), "upsample has the factor 0"],
        [() => Nn.resize({}), "resize needs either a size or a scale"],
        [() => Nn.resize({ size: 2, scale: 2 }), "resize needs either a size or a scale"],
        [() => Nn.resize({ scale: 0 }), "resize has the scale 0"],
        [
          () => Nn.resize({ size: 2, method: "nearest", alignCorners: true }),
          "resize aligns corners of nearest sampling"
        ],
        [
          () => Nn.groupNorm({ channels: 6, groups: 4 }),
          "groupNorm has 4 groups, which do not divide 6 channels"
        ],
        [() => Nn.layerNorm(0), "layerNorm has the channels 0"],
        [
          () => Nn.conv2dTranspose({ inputs: 2, outputs: 2, kernel: 3, stride: 2, outputPadding: 2 }),
          "conv2dTranspose has the output padding 2, 2. Use less than the stride, 2, 2."
        ],
        [() => Nn.conv1d({ inputs: 2, outputs: 2, kernel: 0 }), "conv1d has the kernel 1, 0"],
        [() => Nn.conv1d({ inputs: 3, outputs: 2, kernel: 3, groups: 2 }), "conv1d has 2 groups"],
        [() => Nn.adaptiveAveragePool(0), "adaptiveAveragePool has the size 0, 0"]
      ]
      for (const [make, message] of refused) assert.throws(make, message)
    })
  )

  it.effect("names the layer that was given what it does not take", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Nn.model("net", Nn.sequential({ up: Nn.depthToSpace(2) }))
      assert.throws(
        () => net.evaluate({ tf, ops }, none, tf.ones([1, 2, 2, 6])),
        "layer up (depthToSpace) was given [1, 2, 2, 6], where 6 are not multiples of 4"
      )
    })
  )

  it.effect("reports each layer's shapes and multiply-adds", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const calls: Array<Nn.Pass.LayerCall> = []
      const net = Nn.sequential({
        conv: Nn.conv2d({ inputs: 4, outputs: 8, kernel: 3, groups: 2 }),
        up: Nn.conv2dTranspose({ inputs: 8, outputs: 2, kernel: 2, stride: 2 }),
        norm: Nn.groupNorm({ channels: 2, groups: 1 }),
        pool: Nn.globalAveragePool
      })
      const pass = Nn.Pass.begin(
        { tf, ops },
        variables(tf, Nn.model("net", net), 1),
        "train",
        undefined,
        (call) => calls.push(call)
      )
      net.apply(pass, tf.ones([1, 3, 5, 4]))
      assert.deepStrictEqual(
        calls.map(({ name, kind, output, multiplyAdds }) => [name, kind, output, multiplyAdds]),
        [
          ["conv", "conv2d", [1, 3, 5, 8], 3 * 5 * 8 * 9 * 2],
          ["up", "conv2dTranspose", [1, 6, 10, 2], 3 * 5 * 8 * 4 * 2],
          ["norm", "groupNorm", [1, 6, 10, 2], 0],
          ["pool", "globalAveragePool", [1, 2], 0]
        ]
      )
    })
  )
})
