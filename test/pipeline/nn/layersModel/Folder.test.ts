/** Models that come from elsewhere: from a folder, or from an engine; and those that cannot be trained. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import * as tfl from "@tensorflow/tfjs-layers"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { Device } from "../../../../src/pipeline/device/Device.ts"
import type * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import * as LayersModel from "../../../../src/pipeline/nn/layersModel/LayersModel.ts"
import * as Model from "../../../../src/pipeline/nn/Model.ts"
import { deviceOf } from "../../tiny.ts"
import { branches, everything } from "./models.ts"

const { layers, sequential } = tfl

/** What `model.save` hands to whoever writes it. */
const artifactsOf = (model: tfl.LayersModel) =>
  Effect.promise(async () => {
    const kept: Array<tf.io.ModelArtifacts> = []
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        kept.push(artifacts)
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } }
      })
    )
    return kept[0] ?? {}
  })

/** Writes a folder as `model.save("file://…")` does where the file system is TensorFlow's own. */
const save = Effect.fnUntraced(function* (model: tfl.LayersModel, changed: object = {}) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  const { modelTopology, weightSpecs = [], weightData } = yield* artifactsOf(model)
  const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData))
  // Two files, and a value that is in both.
  yield* fs.writeFile(`${folder}/first.bin`, bytes.subarray(0, 10))
  yield* fs.writeFile(`${folder}/second.bin`, bytes.subarray(10))
  const weightsManifest = [{ paths: ["first.bin", "second.bin"], weights: weightSpecs }]
  yield* fs.writeFileString(
    `${folder}/model.json`,
    JSON.stringify({ format: "layers-model", modelTopology, weightsManifest, ...changed })
  )
  return folder
})

/** Values of the weights by the end of their names, in order. */
const valuesOf = (net: Model.Model) =>
  Object.entries(Model.initial(net, 1)).map(([name, { data }]) => [name, [...data]] as const)

const refusedBy = (build: () => LayersModel.Built): string => {
  try {
    LayersModel.make("mine", tfl, build)
  } catch (error) {
    assert.instanceOf(error, LayersModel.LayersModelError)
    return error.message
  }
  return "nothing"
}

describe("a saved model", () => {
  it.effect("has the names and the values of the one that was saved", () =>
    Effect.gen(function* () {
      for (const build of [everything, branches]) {
        const model = build()
        const net = yield* LayersModel.fromFolder("saved", tfl, yield* save(model))
        const copy = yield* LayersModel.fromModel("copied", tfl, model)
        model.dispose()
        const inCode = LayersModel.make("built", tfl, build)
        assert.sameMembers(
          net.parameters.map(({ name }) => name),
          inCode.parameters.map(({ name }) => name)
        )
        assert.deepStrictEqual(valuesOf(net), valuesOf(copy))
        assert.notDeepEqual(valuesOf(net), valuesOf(inCode))
      }
    }).pipe(Effect.scoped, Effect.provide([deviceOf("cpu"), NodeServices.layer]))
  )

  it.effect("that is on an engine keeps what it does not train, whoever froze it", () =>
    Effect.gen(function* () {
      const model = sequential({
        layers: [
          layers.dense({ units: 2, inputShape: [2], name: "base" }),
          layers.dense({ units: 2, name: "head" })
        ]
      })
      for (const layer of model.layers) layer.trainable = layer.name === "head"
      const net = yield* LayersModel.fromModel("frozen", tfl, model)
      assert.deepStrictEqual(
        net.parameters.map(({ name, trainable }) => [name, trainable]),
        [
          ["base.kernel", false],
          ["base.bias", false],
          ["head.kernel", true],
          ["head.bias", true]
        ]
      )
      model.dispose()
      const gone = yield* Effect.flip(LayersModel.fromModel("gone", tfl, model))
      assert.match(gone.message, /the weight head\/kernel cannot be read: .*disposed/)
    }).pipe(Effect.provide(deviceOf("cpu")))
  )

  it.effect("may have its values in fewer bits", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [2], name: "out" })] })
      const folder = yield* save(model, {
        weightsManifest: [
          {
            paths: ["weights.bin"],
            weights: [
              { name: "out/kernel", shape: [2, 2], dtype: "float32", quantization: { dtype: "float16" } },
              {
                name: "out/bias",
                shape: [2],
                dtype: "float32",
                quantization: { dtype: "uint8", scale: 0.5, min: -1 }
              }
            ]
          }
        ]
      })
      model.dispose()
      // 1, -2, 0.5 and 65504, the largest, as binary16.
      const halves = [0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38, 0xff, 0x7b]
      yield* fs.writeFile(`${folder}/weights.bin`, Uint8Array.from([...halves, 0, 255]))
      const net = yield* LayersModel.fromFolder("small", tfl, folder)
      assert.deepStrictEqual(valuesOf(net), [
        ["out.kernel", [1, -2, 0.5, 65504]],
        ["out.bias", [-1, 126.5]]
      ])
    }).pipe(Effect.scoped, Effect.provide([deviceOf("cpu"), NodeServices.layer]))
  )

  it.effect("is refused with the file, the layer or the weight that is wrong", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const refused = (folder: string) =>
        Effect.map(Effect.flip(LayersModel.fromFolder("saved", tfl, folder)), ({ _tag, message }) => {
          assert.strictEqual(_tag, "LayersModelError")
          return message
        })
      const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [2], name: "out" })] })
      const folder = yield* save(model)
      const topology = (className: string, name: string, units = 2) => ({
        modelTopology: {
          class_name: "Sequential",
          config: {
            name: "mine",
            layers: [{ class_name: className, config: { name, units, batch_input_shape: [null, 2] } }]
          }
        }
      })
      assert.match(yield* refused("nowhere"), /model saved: nowhere\/model\.json cannot be read/)
      assert.match(
        yield* refused(yield* save(model, topology("Mystery", "out"))),
        /its layers cannot be built: Unknown layer: Mystery.*registerClass/s
      )
      assert.match(
        yield* refused(yield* save(model, topology("Dense", "in"))),
        /no values for in\/kernel, in\/bias; no layers for the weights .*out\/kernel/
      )
      assert.match(
        yield* refused(yield* save(model, topology("Dense", "out", 1))),
        /values of another shape for out\/kernel \[2, 2\], out\/bias \[2\]/
      )
      assert.match(yield* refused(yield* save(model, { weightsManifest: 3 })), /is no saved layers model/)
      yield* fs.writeFile(`${folder}/second.bin`, new Uint8Array(3))
      assert.match(yield* refused(folder), /its weights have 24 bytes, and first\.bin, second\.bin 13/)
      yield* fs.remove(`${folder}/second.bin`)
      assert.match(yield* refused(folder), /second\.bin cannot be read/)
      model.dispose()
    }).pipe(Effect.scoped, Effect.provide([deviceOf("cpu"), NodeServices.layer]))
  )
})

describe("a model in code", () => {
  it.effect("keeps no tensor on an engine, and one that was there keeps its own", () =>
    Effect.gen(function* () {
      const { memory } = yield* Device
      const before = yield* memory
      LayersModel.make("everything", tfl, everything)
      assert.deepStrictEqual(yield* memory, before)
      const model = branches()
      const held = yield* memory
      yield* LayersModel.fromModel("copy", tfl, model)
      assert.deepStrictEqual(yield* memory, held)
      // The package builds as ever outside of `make`.
      assert.isAbove(held.numTensors, before.numTensors)
      model.dispose()
    }).pipe(Effect.provide(deviceOf("cpu")))
  )

  it("is refused by what it cannot be trained with", () => {
    const dense = layers.dense({ units: 1, inputShape: [2], name: "d" })
    const foreign = Object.defineProperty(tfl.initializers.zeros(), "getClassName", { value: () => "Mine" })
    assert.match(
      refusedBy(() => sequential({ layers: [layers.dense({ units: 1 })] })),
      /The first layer .*inputShape/
    )
    assert.match(
      refusedBy(() => sequential()),
      /it has no input\./
    )
    assert.match(
      refusedBy(() => {
        const inputs = ["a", "b"].map((name) => tfl.input({ shape: [2], name }))
        const sum = layers.add().apply(inputs)
        if (!(sum instanceof tfl.SymbolicTensor)) throw new Error("no symbol")
        return tfl.model({ inputs, outputs: sum })
      }),
      /the inputs "a", "b" and the outputs/
    )
    assert.match(
      refusedBy(() =>
        sequential({
          layers: [layers.lstm({ units: 2, stateful: true, batchInputShape: [4, 3, 2], name: "memory" })]
        })
      ),
      /"memory" would carry a state/
    )
    assert.match(
      refusedBy(() =>
        sequential({
          layers: [layers.dense({ units: 1, inputShape: [2], name: "d", kernelInitializer: foreign })]
        })
      ),
      /the initialiser of "d\.kernel" is not one of tfjs-layers/
    )
    assert.match(
      refusedBy(() => {
        throw new Error("no idea")
      }),
      /its layers cannot be built: no idea/
    )
    assert.throws(
      () =>
        LayersModel.make("mine", { ...tfl, version_layers: "3.0.0" }, () => sequential({ layers: [dense] })),
      /tfjs-layers 3\.0\.0 does not share.*npm install @tensorflow\/tfjs-layers@4\.22\.0/s
    )
  })
})

describe("first values", () => {
  const valuesBy = (
    kernelInitializer: Parameters<typeof layers.dense>[0]["kernelInitializer"],
    seed: number
  ) => {
    const net = LayersModel.make("one", tfl, () =>
      sequential({
        layers: [
          layers.dense({ units: 40, inputShape: [60], ...(kernelInitializer && { kernelInitializer }) })
        ]
      })
    )
    return Model.initial(net, seed)["dense.kernel"]?.data ?? new Float32Array(0)
  }
  const deviation = (values: HostTensor.HostData) =>
    Math.sqrt([...values].reduce((sum, x) => sum + x * x, 0) / values.length)

  it("are drawn as the initialiser says, keyed by the run's seed", () => {
    /** Of a normal distribution cut at two deviations. */
    const cut = 0.8796
    const expected: ReadonlyArray<readonly [Parameters<typeof valuesBy>[0], number]> = [
      ["glorotNormal", cut * Math.sqrt(2 / 100)],
      ["glorotUniform", Math.sqrt(2 / 100)],
      ["heNormal", cut * Math.sqrt(2 / 60)],
      ["leCunUniform", Math.sqrt(1 / 60)],
      ["orthogonal", Math.sqrt(1 / 60)],
      ["ones", 1],
      [tfl.initializers.randomNormal({ mean: 0, stddev: 0.3 }), 0.3],
      [tfl.initializers.constant({ value: 0.2 }), 0.2]
    ]
    for (const [initializer, wanted] of expected) {
      const found = deviation(valuesBy(initializer, 1))
      assert.isAtMost(Math.abs(found / wanted - 1), 0.06, `${String(initializer)}: ${found}, not ${wanted}`)
    }
    assert.deepStrictEqual(valuesBy("heNormal", 3), valuesBy("heNormal", 3))
    assert.notDeepEqual(valuesBy("heNormal", 3), valuesBy("heNormal", 4))
    const own = tfl.initializers.heNormal({ seed: 9 })
    assert.deepStrictEqual(valuesBy(own, 3), valuesBy(own, 4))
  })

  it("are orthonormal columns, if the initialiser is orthogonal", () => {
    const values = valuesBy("orthogonal", 2)
    for (const [a, b] of [
      [0, 0],
      [3, 3],
      [0, 1],
      [2, 39]
    ] as const) {
      const product = Array.from(
        { length: 60 },
        (_, i) => (values[40 * i + a] ?? 0) * (values[40 * i + b] ?? 0)
      )
      assert.approximately(
        product.reduce((sum, x) => sum + x, 0),
        a === b ? 1 : 0,
        1e-5
      )
    }
  })

  it("let an LSTM remember, where it asks for it", () => {
    const net = LayersModel.make("one", tfl, () =>
      sequential({ layers: [layers.lstm({ units: 2, inputShape: [3, 1], unitForgetBias: true })] })
    )
    assert.deepStrictEqual([...(Model.initial(net, 1)["lstm.bias"]?.data ?? [])], [0, 0, 1, 1, 0, 0, 0, 0])
  })
})
