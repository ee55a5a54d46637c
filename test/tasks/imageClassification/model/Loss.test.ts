/** Against PyTorch's `CrossEntropyLoss`; `reference/torch_reference.py` says how torch.json was made. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Device } from "../../../../src/pipeline/device/Device.ts"
import * as Loss from "../../../../src/tasks/imageClassification/model/Loss.ts"
import { cpu, number, numbers } from "../../textDetection/Tensors.ts"
import reference from "../reference/torch.json" with { type: "json" }

const logits = Float32Array.from({ length: 12 }, (_, i) => 2 * Math.sin(1.3 * i))

layer(cpu)("Loss", (it) => {
  for (const { smoothing, weights, loss, gradient } of reference.loss) {
    it.effect(
      `is PyTorch's with label smoothing ${smoothing} and weights ${weights?.join(" ") ?? "of 1"}`,
      () =>
        Effect.gen(function* () {
          const { tf } = yield* Device
          const [first, ...others] = weights ?? []
          const options: Loss.LossOptions = {
            label_smoothing: smoothing,
            class_weights: first === undefined ? null : [first, ...others]
          }
          const of = (x: Parameters<typeof Loss.make>[1]) => Loss.make(tf, x, { labels: [2, 0, 3] }, options)
          const { value, grad } = tf.valueAndGrad((x) => of(tf.reshape(x, [3, 4])))(
            tf.tensor2d(logits, [3, 4])
          )
          assert.closeTo(number(value), loss, 1e-6)
          for (const [i, slope] of numbers(grad).entries())
            assert.closeTo(slope, gradient[i] ?? Number.NaN, 1e-6)
        })
    )
  }

  it.effect("of mixed labels is the mean of both losses by their parts", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const options: Loss.LossOptions = { label_smoothing: 0.1, class_weights: [1, 2, 0.5, 3] }
      const of = (labels: Loss.Labels) => number(Loss.make(tf, tf.tensor2d(logits, [3, 4]), labels, options))
      const mixed = of({ labels: [2, 0, 3], mixed: { labels: [0, 3, 2], part: 0.3 } })
      assert.closeTo(mixed, 0.3 * of({ labels: [2, 0, 3] }) + 0.7 * of({ labels: [0, 3, 2] }), 1e-6)
    })
  )

  it.effect("counts a class of weight 0 nowhere, and a batch of nothing else as 0", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const options: Loss.LossOptions = { label_smoothing: 0, class_weights: [0, 1, 1, 1] }
      const of = (rows: number, labels: ReadonlyArray<number>) =>
        number(Loss.make(tf, tf.tensor2d(logits.slice(0, rows * 4), [rows, 4]), { labels }, options))
      assert.closeTo(of(2, [1, 0]), of(1, [1]), 1e-6)
      assert.strictEqual(of(1, [0]) + 0, 0)
    })
  )
})
