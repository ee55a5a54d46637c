/** What layers over sequences do apart from numbers: masks of everything, dropout, what is refused. */
import { assert, layer } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { Device } from "../../../../src/pipeline/device/Device.ts"
import { vit, vitBase, vitTiny } from "../../../../src/pipeline/nn/backbone/Vit.ts"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import * as Nn from "../../../../src/pipeline/nn/layers/Nn.ts"
import * as Model from "../../../../src/pipeline/nn/Model.ts"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import { cpu, numbers, variables } from "../../../tasks/textDetection/Tensors.ts"

const sequence = (tf: typeof TF, shape: [number, number, number]): TF.Tensor3D => {
  const random = Random.make(...shape)
  return tf.tensor3d(Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, random.normal), shape)
}

const close = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): void => {
  assert.strictEqual(a.length, b.length)
  for (const [i, value] of a.entries()) assert.closeTo(value, b[i] ?? Number.NaN, 1e-5)
}

const attention = Nn.model("attention", Nn.multiHeadAttention({ width: 6, heads: 2 }))

layer(cpu)("layers over sequences", (it) => {
  it.effect("give a query that may see nothing zeros, and finite gradients", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const values = variables(tf, attention, 1)
      const bias = tf.tensor1d([1, 2, 3, 4, 5, 6])
      const params = { ...values.params, "out_proj.bias": bias }
      const padding = tf.tensor2d([true, true, true, false, false, true], [2, 3], "bool")
      const mask = tf.tensor2d([0, 0, 0, -Infinity, -Infinity, -Infinity, 0, 0, 0], [3, 3])
      const forward = (query: TF.Tensor3D) =>
        attention.evaluate({ tf, ops }, { params, buffers: {} }, { query, padding, mask })
      const x = sequence(tf, [2, 3, 6])
      const [all, second] = tf.unstack(forward(x), 0)
      close(
        numbers(all ?? x),
        [1, 2, 3, 1, 2, 3, 1, 2, 3].flatMap((_, i) => (i % 3 === 0 ? [1, 2, 3, 4, 5, 6] : []))
      )
      const rows = numbers(second ?? x)
      close(rows.slice(6, 12), [1, 2, 3, 4, 5, 6])
      assert.isAbove(Math.abs((rows[0] ?? 0) - 1), 1e-3, "the first query sees two keys")
      const gradient = numbers(tf.grad((y) => tf.sum(forward(HostTensor.ranked(y, 3, "x"))))(x))
      assert.isTrue(gradient.every(Number.isFinite))
      assert.isTrue(gradient.slice(0, 18).every((value) => value === 0))
    })
  )

  it.effect("see nothing after a place when they are causal", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Nn.model(
        "net",
        Nn.transformerEncoderLayer({ width: 8, heads: 2, causal: true, rotary: true })
      )
      const values = variables(tf, net, 1)
      const x = sequence(tf, [1, 5, 8])
      const gradient = tf.grad((y) =>
        tf.sum(
          tf.slice(net.evaluate({ tf, ops }, values, HostTensor.ranked(y, 3, "x")), [0, 2, 0], [1, 1, 1])
        )
      )(x)
      const seen = numbers(tf.max(tf.abs(gradient), 2)).map((size) => size > 0)
      assert.deepStrictEqual(seen, [true, true, true, false, false])
    })
  )

  it.effect("drop other weights at each step in training, and none in evaluation", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Nn.model("net", Nn.transformerEncoder({ width: 6, heads: 2, layers: 2, dropout: 0.5 }))
      const values = variables(tf, net, 1)
      const x = sequence(tf, [1, 5, 6])
      const at = (counter: number) => numbers(net.train({ tf, ops, seed: 1, counter }, values, x).output)
      assert.deepStrictEqual(at(3), at(3))
      assert.notDeepEqual(at(3), at(4))
      assert.deepStrictEqual(
        numbers(net.evaluate({ tf, ops }, values, x)),
        numbers(net.evaluate({ tf, ops }, values, x))
      )
    })
  )

  it.effect("do not read what comes after a sequence", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Nn.model("net", Nn.gru({ inputs: 4, hidden: 3, bidirectional: true }))
      const values = variables(tf, net, 1)
      const x = sequence(tf, [2, 5, 4])
      const lengths = tf.tensor1d([2, 5], "int32")
      const run = (input: TF.Tensor3D) =>
        numbers(net.evaluate({ tf, ops }, values, { x: input, lengths })).slice(0, 30)
      const noise = tf.concat([tf.slice(x, [0, 0, 0], [-1, 2, -1]), sequence(tf, [2, 3, 4])], 1)
      assert.deepStrictEqual(run(x), run(noise))
      assert.isTrue(
        run(x)
          .slice(12)
          .every((value) => value === 0)
      )
      assert.isTrue(
        run(x)
          .slice(0, 12)
          .every((value) => value !== 0)
      )
    })
  )

  it.effect("begin an embedding's padding as zeros", () =>
    Effect.sync(() => {
      const net = Nn.model("net", Nn.embedding({ count: 3, width: 2, padding: 1 }))
      const { weight } = Model.initial(net, 1)
      assert.deepStrictEqual(
        [...(weight?.data ?? [])].map((value) => value === 0),
        [false, false, true, true, false, false]
      )
    })
  )

  it.effect("chain in a sequence, from indices to classes", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = Nn.model(
        "net",
        Nn.sequential({
          words: Nn.embedding({ count: 9, width: 4 }),
          places: Nn.sinusoidalPosition({ width: 4, places: 6 }),
          encoder: Nn.transformerEncoderLayer({ width: 4, heads: 2 }),
          gru: Nn.gru({ inputs: 4, hidden: 3, bidirectional: true }),
          head: Nn.dense({ inputs: 6, outputs: 2 })
        })
      )
      const y: TF.Tensor3D = net.evaluate(
        { tf, ops },
        variables(tf, net, 1),
        tf.tensor2d([[1, 8, 0]], [1, 3], "int32")
      )
      assert.deepStrictEqual(y.shape, [1, 3, 2])
    })
  )

  it.effect("name the layer that was given what it does not take", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const refused = <I>(module: Nn.Module<I, unknown>, x: I, message: string) => {
        const net = Nn.struct({ part: module }, ({ part }, y: I) => part(y))
        const values = variables(tf, { name: "net", parameters: net.parameters }, 1)
        assert.throws(() => net.apply(Nn.Pass.begin({ tf, ops }, values, "evaluate"), x), message)
      }
      const x = sequence(tf, [2, 3, 4])
      refused(
        Nn.lstm({ inputs: 5, hidden: 2 }),
        x,
        "part (lstm) was given [2, 3, 4], but takes [batch, time, 5]"
      )
      refused(
        Nn.gru({ inputs: 4, hidden: 2 }),
        { x, lengths: tf.tensor1d([1, 2, 3], "int32") },
        "part (gru's lengths) was given [3], but takes [2]"
      )
      refused(
        Nn.gru({ inputs: 4, hidden: 2, layers: 2 }),
        { x, initial: sequence(tf, [1, 2, 2]) },
        "part (gru's initial state) was given [1, 2, 2], but takes [2, 2, 2]"
      )
      refused(
        Nn.multiHeadAttention({ width: 4, heads: 2 }),
        { query: x, key: sequence(tf, [1, 3, 4]) },
        "part (multiHeadAttention's key) was given [1, 3, 4], but takes [2, keys, 4]"
      )
      refused(Nn.embedding({ count: 3, width: 2 }), tf.zeros<TF.Rank.R2>([1, 2]), "was given float32 values")
      refused(
        Nn.learntPosition({ places: 2, width: 4 }),
        x,
        "part (learntPosition) was given 3 places, but has 2"
      )
      const { apply, parameters } = vitTiny({ image: 32, patch: 16, classes: 2 })
      assert.strictEqual(parameters.filter(({ name }) => name.endsWith("mlp.3.weight")).length, 12)
      const pass = Nn.Pass.begin({ tf, ops }, { params: {}, buffers: {} }, "evaluate")
      assert.throws(
        () => apply(pass, tf.zeros([1, 16, 32, 3])),
        "vit was given [1, 16, 32, 3], but takes [batch, 32, 32, 3]"
      )
    })
  )

  it.effect("have as many parameters as ViT-B/16 and ViT-Ti/16", () =>
    Effect.sync(() => {
      const sized = { image: 224, patch: 16, classes: 1000 }
      const count = ({ parameters }: Nn.Any) =>
        parameters.reduce((all, { shape }) => all + HostTensor.sizeOf(shape), 0)
      assert.strictEqual(count(vitBase(sized)), 86_567_656)
      assert.strictEqual(count(vitTiny(sized)), 5_717_416)
    })
  )

  it.effect("refuse options that make no layer", () =>
    Effect.sync(() => {
      const message = (make: () => unknown, text: string) => assert.throws(make, text)
      message(
        () => Nn.multiHeadAttention({ width: 6, heads: 4 }),
        "has 4 heads, which do not divide a width of 6"
      )
      message(() => Nn.multiHeadAttention({ width: 6, heads: 2, rotary: true }), "turns pairs of values")
      message(() => Nn.lstm({ inputs: 4, hidden: 0 }), "layer lstm has 0 hidden")
      message(() => Nn.embedding({ count: 3, width: 2, padding: 3 }), "has the padding index 3, but 3 rows")
      message(
        () => vit({ image: 30, patch: 16, width: 4, depth: 1, heads: 1, classes: 2 }),
        "cuts pictures of 30 pixels into patches of 16"
      )
    })
  )
})
