import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { Device } from "../../../src/pipeline/device/Device.ts"
import * as TaskModule from "../../../src/pipeline/module/TaskModule.ts"
import type { HostTensors } from "../../../src/pipeline/nn/HostTensor.ts"
import ClassificationModule from "../../../src/tasks/imageClassification/ClassificationModule.ts"
import { ClassificationBatch } from "../../../src/tasks/imageClassification/data/Batch.ts"
import { implementation } from "../../../src/tasks/imageClassification/implementation.ts"
import { loadedByNode } from "../../support/modules.ts"
import { cpu, number, numbers, variables } from "../textDetection/Tensors.ts"
import { digits, folderOf, services } from "./Files.ts"
import * as Plans from "./Plans.ts"

const opened = Effect.fnUntraced(function* (data: object = {}) {
  const root = yield* folderOf({ ...digits("train", 30), ...digits("t10k", 7) })
  const plan = Plans.digits(root, data)
  return {
    plan,
    task: implementation.task(plan),
    data: yield* implementation.data(plan, { seed: 1, purpose: "train" })
  }
})

layer(Layer.merge(cpu, services))("ImageClassification", (it) => {
  it.effect("learns: the loss of a batch falls along its gradient", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      for (const augment of [{}, { mixup: 0.5 }]) {
        const { task, data } = yield* opened({ augment })
        const batch = yield* data.train.batch(0, 0)
        assert.strictEqual(task.sizeOf(batch), 4)
        const { params, buffers } = variables(tf, task.model, 1)
        const names = Object.keys(params)
        const loss = (values: ReadonlyArray<import("@tensorflow/tfjs-core").Tensor>) =>
          task.loss(
            { tf, ops, seed: 1, counter: 0 },
            {
              params: Object.fromEntries(names.map((name, i) => [name, values[i] ?? tf.scalar(0)])),
              buffers
            },
            batch
          ).loss
        const { value, grads } = tf.valueAndGrads((...values) => loss(values))(Object.values(params))
        const moved = Object.values(params).map((tensor, i) => tf.sub(tensor, tf.mul(0.02, grads[i] ?? 0)))
        assert.isBelow(number(loss(moved)), number(value))
      }
    }).pipe(Effect.scoped)
  )

  it.effect("reads probabilities back as classes, names and pictures", () =>
    Effect.gen(function* () {
      const { tf, ops } = yield* Device
      const { task, data } = yield* opened({ mean: [0.5], std: [0.25] })
      const batch = yield* data.val.batch(0, 0)
      const { probabilities } = task.forward({ tf, ops }, variables(tf, task.model, 1), batch)
      assert.deepStrictEqual(probabilities?.shape, [3, 3])
      const values = probabilities === undefined ? [] : numbers(probabilities)
      const read: HostTensors = { probabilities: { data: Float32Array.from(values), shape: [3, 3] } }
      const { samples, classes } = task.interpret(read, batch)
      assert.deepStrictEqual(classes, ["0", "1", "2"])
      for (const [i, one] of samples.entries()) {
        const row = values.slice(i * 3, (i + 1) * 3)
        assert.closeTo(
          row.reduce((sum, value) => sum + value, 0),
          1,
          1e-6
        )
        assert.deepStrictEqual([...one.probabilities], row)
        assert.strictEqual(one.predicted, row.indexOf(Math.max(...row)))
        assert.strictEqual(one.label, batch.labels.data[i])
        const index = Number(one.name.split("-")[1])
        const seen = Array.from({ length: 16 }, (_, k) => (k === one.label * 5 ? 255 : index))
        assert.deepStrictEqual([...one.picture.data], seen)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("makes nothing of a batch without samples", () =>
    Effect.gen(function* () {
      const { task } = yield* opened()
      const none = task.interpret(
        {},
        {
          images: { data: new Float32Array(), shape: [0, 4, 4, 1] },
          labels: { data: new Int32Array(), shape: [0] },
          names: [],
          classes: []
        }
      )
      assert.deepStrictEqual(none, { classes: [], samples: [] })
      assert.isNaN(task.metric.result(task.metric.update(task.metric.initial, none))["accuracy"])
    }).pipe(Effect.scoped)
  )

  it.effect("checks a batch that was kept", () =>
    Effect.gen(function* () {
      const { data } = yield* opened({ augment: { mixup: 0.5 } })
      const check = Schema.decodeUnknownEffect(Schema.toType(ClassificationBatch))
      const batch = yield* data.train.batch(0, 0)
      assert.deepStrictEqual(yield* check(batch), batch)
      const { labels: _, ...rest } = batch
      assert.match((yield* Effect.flip(check(rest))).message, /labels/)
    }).pipe(Effect.scoped)
  )
})

describe("ClassificationModule", () => {
  it.effect("declares itself, and loads what does its work", () =>
    Effect.gen(function* () {
      assert.isTrue(TaskModule.isTaskModule(ClassificationModule))
      assert.strictEqual(ClassificationModule.name, "image_classification")
      assert.deepStrictEqual(Object.keys(ClassificationModule.plan.fields), [
        "data",
        "model",
        "loss",
        "metrics"
      ])
      const loaded = yield* ClassificationModule.load
      const task = loaded.task(Plans.digits("nowhere"))
      assert.property(task.metric.result(task.metric.initial), ClassificationModule.objective.metric)
    })
  )

  it("loads no engine, picture library or work before that is asked for", () => {
    const file = "./src/tasks/imageClassification/ClassificationModule.ts"
    const { packages, modules, code } = loadedByNode("--input-type=module", "--eval", `import "${file}"`)
    assert.strictEqual(code, 0)
    assert.deepStrictEqual(packages, ["effect"])
    assert.isTrue(modules.some((module) => module.endsWith("ClassificationPlan.ts")))
    assert.isFalse(modules.some((module) => module.endsWith("imageClassification/implementation.ts")))
  })

  it("has defaults for all but where the data is", () => {
    const { data, model, loss, metrics } = Plans.plan({ data: { kind: "idx", root: "digits" } })
    assert.deepInclude(data, {
      classes: 10,
      height: 28,
      width: 28,
      val_fraction: 0.1,
      batch_size: 64,
      fit: "crop"
    })
    assert.deepStrictEqual(model, { kind: "cnn", widths: [16, 32, 64], blocks: 2, dropout: 0 })
    assert.deepStrictEqual(loss, { label_smoothing: 0, class_weights: null })
    assert.deepStrictEqual(metrics, { per_class: true })
  })

  it("refuses classes that are none, one or twice the same", () => {
    const of = (classes: unknown) => () => Plans.plan({ data: { kind: "idx", root: "digits", classes } })
    for (const classes of [0, 1, 1e9, 2.5, "ten", [], ["a", "a"], ["a", ""]]) assert.throws(of(classes))
    assert.doesNotThrow(of(["a", "b"]))
  })
})
