/** Modules: what their parameters are called, what a sequence fuses, and what is refused. */
import { assert, layer } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { Device } from "../../../src/pipeline/device/Device.ts"
import * as Nn from "../../../src/pipeline/nn/layers/Nn.ts"
import * as Model from "../../../src/pipeline/nn/Model.ts"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import { cpu, numbers, variables } from "../../tasks/textDetection/Tensors.ts"

const conv = Nn.conv2d({ inputs: 3, outputs: 8, kernel: 3, stride: 2, padding: 1, bias: false })
const block = { conv, norm: Nn.batchNorm(8), relu: Nn.relu }

/** The same parts, each computed alone. */
const apart = Nn.struct(block, ({ conv, norm, relu }, x: TF.Tensor4D) => relu(norm(conv(x))))

const picture = (tf: typeof TF, channels: number): TF.Tensor4D => {
  const random = Random.make(channels)
  return tf.tensor4d(Float32Array.from({ length: 2 * 8 * 6 * channels }, random.normal), [2, 8, 6, channels])
}

const closeTo = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): void => {
  assert.strictEqual(a.length, b.length)
  for (const [i, value] of a.entries()) assert.closeTo(value, b[i] ?? Number.NaN, 1e-5)
}

layer(cpu)("Module", (it) => {
  it.effect("names parameters by keys, indexes and dots", () =>
    Effect.sync(() => {
      const net = Nn.model(
        "net",
        Nn.struct(
          { stem: Nn.sequential(block), heads: [Nn.dense({ inputs: 8, outputs: 2 })] },
          ({ stem }, x: TF.Tensor4D) => stem(x)
        )
      )
      assert.deepStrictEqual(
        net.parameters.map(({ name }) => name),
        [
          "stem.conv.weight",
          "stem.norm.weight",
          "stem.norm.bias",
          "stem.norm.running_mean",
          "stem.norm.running_var",
          "heads.0.weight",
          "heads.0.bias"
        ]
      )
    })
  )

  it.effect("computes a fused sequence as its parts, in training and in evaluation", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const [together, alone] = [Nn.model("a", Nn.sequential(block)), Nn.model("b", apart)]
      const values = variables(tf, together, 3)
      const context = { tf, ops, seed: 1, counter: 0 }
      const a = together.train(context, values, picture(tf, 3))
      closeTo(numbers(a.output), numbers(alone.train(context, values, picture(tf, 3)).output))
      const moved = { ...values, buffers: a.buffers }
      assert.notDeepEqual(numbers(Model.variable(a.buffers, "norm.running_mean", 1)), Array(8).fill(0))
      closeTo(
        numbers(together.evaluate(context, moved, picture(tf, 3))),
        numbers(alone.evaluate(context, moved, picture(tf, 3)))
      )
    })
  )

  it.effect("says which layer was given what, and what it takes", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Nn.model(
        "net",
        Nn.struct({ stem: Nn.sequential(block) }, ({ stem }, x: TF.Tensor4D) => stem(x))
      )
      assert.throws(
        () => net.evaluate({ tf, ops }, variables(tf, net, 3), picture(tf, 4)),
        "layer stem.conv (conv2d) was given [2, 8, 6, 4], but takes [batch, height, width, 3]"
      )
    })
  )

  it.effect("refuses neighbours that do not fit when the net is made", () =>
    Effect.sync(() => {
      assert.throws(
        () => Nn.sequential([conv, Nn.relu, Nn.batchNorm(16)]),
        "layer 2 (batchNorm) takes 16 channels, but 0 before it gives 8"
      )
      assert.throws(() => Nn.struct({ "a.b": conv }, () => 0), 'layer struct has a part called "a.b"')
    })
  )

  it.effect("puts one module after another without a prefix", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const head = Nn.struct({ fc: Nn.dense({ inputs: 8, outputs: 2 }) }, ({ fc }, x: TF.Tensor4D) => fc(x))
      const net = Nn.model("net", Nn.follow(Nn.sequential(block), head))
      const levels = Nn.model(
        "levels",
        Nn.struct({ body: Nn.sequential(block), head }, ({ body, head }, x: TF.Tensor4D) => head(body(x)))
      )
      assert.deepStrictEqual(
        net.parameters.map(({ name }) => name),
        levels.parameters.map(({ name }) => name.replace(/^(body|head)\./, ""))
      )
      const values = variables(tf, net, 3)
      const under = (all: Model.Params) =>
        Object.fromEntries(
          Object.entries(all).map(([name, value]) => [
            `${name.startsWith("fc.") ? "head" : "body"}.${name}`,
            value
          ])
        )
      const { params, buffers } = values
      assert.deepStrictEqual(
        numbers(net.evaluate({ tf, ops }, values, picture(tf, 3))),
        numbers(
          levels.evaluate({ tf, ops }, { params: under(params), buffers: under(buffers) }, picture(tf, 3))
        )
      )
    })
  )

  it.effect("renames parameters", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Nn.model("net", Nn.rename(Nn.sequential(block), { "norm.weight": "gamma" }))
      assert.include(
        net.parameters.map(({ name }) => name),
        "gamma"
      )
      const y = net.evaluate({ tf, ops }, variables(tf, net, 3), picture(tf, 3))
      assert.deepStrictEqual(y.shape, [2, 4, 3, 8])
    })
  )
})
