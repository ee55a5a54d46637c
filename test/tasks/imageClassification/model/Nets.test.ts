/** The nets of image classification; the backbones among them have tests of their own. */
import { assert, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Device } from "../../../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import type { Model } from "../../../../src/pipeline/nn/Model.ts"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import type { CnnOptions } from "../../../../src/tasks/imageClassification/model/ModelPlan.ts"
import { ModelPlan } from "../../../../src/tasks/imageClassification/model/ModelPlan.ts"
import * as Net from "../../../../src/tasks/imageClassification/model/Net.ts"
import { cpu, numbers, variables } from "../../textDetection/Tensors.ts"

const trainable = (model: Model): number =>
  model.parameters
    .filter((spec) => spec.trainable)
    .reduce((sum, spec) => sum + HostTensor.sizeOf(spec.shape), 0)

const cnn = (options: Omit<CnnOptions, "kind">, sizes: Net.Sizes) =>
  Net.make({ kind: "cnn", ...options }, sizes)

layer(cpu)("Nets", (it) => {
  for (const kind of ModelPlan.members.map(({ fields }) => fields.kind.schema.literal))
    it.effect(`${kind} has the classes and channels of the data`, () =>
      Effect.sync(() => {
        const net = Net.make(Schema.decodeUnknownSync(ModelPlan)({ kind }), { channels: 1, classes: 7 })
        assert.strictEqual(net.name, kind)
        assert.strictEqual(net.parameters[0]?.shape[2], 1)
        assert.deepStrictEqual(net.parameters.at(-1)?.shape, [7])
      })
    )

  it.effect("the small net halves a picture of any size once a stage, and trains its statistics", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = cnn({ widths: [4, 8], blocks: 2, dropout: 0 }, { channels: 1, classes: 3 })
      const held = variables(tf, net, 1)
      for (const side of [5, 8]) {
        const seen = net.train({ tf, ops, seed: 1, counter: 0 }, held, tf.ones([2, side, side, 1]))
        assert.deepStrictEqual(seen.output.shape, [2, 3])
        assert.deepStrictEqual(Object.keys(seen.buffers), Object.keys(held.buffers))
      }
      // 9·(1·4 + 4·4 + 4·8 + 8·8) filters, a scale and an offset for each of 24 channels, 8·3 + 3 at the end.
      assert.strictEqual(trainable(net), 9 * 116 + 48 + 27)
    })
  )

  it.effect("drops features in training alone, the same for the same counter", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const net = cnn({ widths: [16], blocks: 1, dropout: 0.5 }, { channels: 1, classes: 4 })
      const held = variables(tf, net, 1)
      const images = tf.tensor4d(
        Float32Array.from({ length: 2 * 64 }, () => 0).map((_, i) => Random.make(i).float()),
        [2, 8, 8, 1]
      )
      const train = (counter: number) =>
        numbers(net.train({ tf, ops, seed: 1, counter }, held, images).output)
      const evaluate = () => numbers(net.evaluate({ tf, ops }, held, images))
      assert.deepStrictEqual(train(7), train(7))
      assert.notDeepEqual(train(7), train(8))
      assert.deepStrictEqual(evaluate(), evaluate())
    })
  )
})
