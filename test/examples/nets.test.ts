/** The nets of docs/nets.md are as short as it says, give the shapes that they say, and learn. */
import { readFileSync } from "node:fs"
import { assert, layer } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import { Effect, Layer, Stream } from "effect"
import { gru } from "../../examples/nets/gru.ts"
import { resnet } from "../../examples/nets/resnet.ts"
import { transformer } from "../../examples/nets/transformer.ts"
import { unet } from "../../examples/nets/unet.ts"
import * as DeviceLayer from "../../src/layers/device/Device.ts"
import { Device, type Tf } from "../../src/pipeline/device/Device.ts"
import type { StepContext } from "../../src/pipeline/nn/ForwardContext.ts"
import * as Loss from "../../src/pipeline/nn/loss/Loss.ts"
import type { Model, Variables } from "../../src/pipeline/nn/Model.ts"
import type { Net } from "../../src/pipeline/nn/Net.ts"
import * as Random from "../../src/pipeline/nn/Random.ts"
import * as Dataset from "../../src/pipeline/task/Dataset.ts"
import * as FitOptions from "../../src/pipeline/train/FitOptions.ts"
import * as Trainer from "../../src/pipeline/train/Trainer.ts"
import * as MemoryCheckpoints from "../../src/testing/MemoryCheckpoints.ts"
import { variables } from "../tasks/textDetection/Tensors.ts"

const wasm = DeviceLayer.layer({ accelerator: "wasm", devices: 1, strategy: "auto", precision: "32-true" })

const drawn = (tf: Tf, shape: ReadonlyArray<number>): TF.Tensor => {
  const random = Random.make(7)
  const values = Float32Array.from({ length: shape.reduce((all, side) => all * side, 1) }, random.normal)
  return tf.tensor<TF.Rank>(values, [...shape])
}

/** The sign of a batch's values, as 0 and 1. */
const positive = (tf: Tf, x: TF.Tensor): TF.Tensor => tf.cast(tf.greater(x, 0), "float32")

interface Example {
  readonly model: Model
  /** The loss of four samples that never change. */
  readonly loss: (context: StepContext, variables: Variables) => readonly [TF.Scalar, Variables["buffers"]]
  /** Of four samples. */
  readonly output: ReadonlyArray<number>
  readonly evaluate: (context: StepContext, variables: Variables) => TF.Tensor
}

const example = <In extends TF.Tensor>(
  net: Net<In, TF.Tensor>,
  input: (tf: Tf) => In,
  loss: (tf: Tf, output: TF.Tensor, x: In) => TF.Scalar,
  output: ReadonlyArray<number>
): Example => ({
  model: net,
  output,
  loss: (context, variables) => {
    const x = input(context.tf)
    const trained = net.train(context, variables, x)
    return [loss(context.tf, trained.output, x), trained.buffers]
  },
  evaluate: (context, variables) => net.evaluate(context, variables, input(context.tf))
})

const examples: { readonly [file: string]: Example } = {
  resnet: example(
    resnet,
    (tf) => tf.reshape<TF.Rank.R4>(drawn(tf, [4 * 16 * 16 * 3]), [4, 16, 16, 3]),
    (tf, logits) => Loss.crossEntropy(tf, logits, [3, 1, 4, 1]),
    [4, 10]
  ),
  unet: example(
    unet,
    (tf) => tf.reshape<TF.Rank.R4>(drawn(tf, [4 * 16 * 16]), [4, 16, 16, 1]),
    (tf, logits, x) => Loss.binaryCrossEntropy(tf, logits, positive(tf, x)),
    [4, 16, 16, 1]
  ),
  transformer: example(
    transformer,
    (tf) =>
      tf.tensor2d(
        Array.from({ length: 4 * 32 }, (_, i) => (i * i) % 97),
        [4, 32],
        "int32"
      ),
    (tf, logits) => Loss.crossEntropy(tf, logits, [0, 1, 1, 0]),
    [4, 2]
  ),
  gru: example(
    gru,
    (tf) => tf.reshape<TF.Rank.R3>(drawn(tf, [4 * 12 * 3]), [4, 12, 3]),
    (tf, output) => Loss.mse(tf, output, tf.tensor2d([1, -1, 0.5, 2], [4, 1])),
    [4, 1]
  )
}

const one = Dataset.fromArrays({ index: Int32Array.of(0, 1, 2, 3) }, { name: "four" }).pipe(Dataset.batch(4))

/** The loss of each of `steps` steps. */
const losses = ({ model, loss }: Example, steps: number) =>
  Trainer.fit(
    {
      name: model.name,
      model,
      sizeOf: () => 4,
      loss: (context, variables) => {
        const [scalar, buffers] = loss(context, variables)
        return { loss: scalar, parts: {}, buffers }
      },
      forward: () => ({}),
      interpret: () => 0,
      metric: { initial: 0, update: () => 0, result: () => ({}) }
    },
    { train: one },
    FitOptions.make({ maxEpochs: steps, rate: 0.003 })
  ).pipe(
    Stream.filter((event) => event._tag === "EpochEnded"),
    Stream.map((event) => event.loss),
    Stream.runCollect
  )

layer(Layer.merge(wasm, MemoryCheckpoints.layer), { timeout: 60_000 })("the net of docs/nets.md", (it) => {
  for (const [file, net] of Object.entries(examples)) {
    it.effect(`${file} gives its shape, and lowers its loss`, () =>
      Effect.gen(function* () {
        const { compute, ops } = yield* Device
        const shape = yield* compute("evaluate", (tf) => {
          const values = variables(tf, net.model, 1)
          return net.evaluate({ tf, ops, seed: 1, counter: 0 }, values).shape
        })
        assert.deepStrictEqual(shape, [...net.output])
        const seen = yield* losses(net, 12)
        assert.lengthOf(seen, 12)
        assert.isBelow(seen.at(-1) ?? 1, 0.7 * (seen[0] ?? 0))
      })
    )

    it(`${file} is shorter than 30 lines`, () => {
      const text = readFileSync(new URL(`../../examples/nets/${file}.ts`, import.meta.url), "utf8")
      const lines = text.split("\n").filter((line) => !/^\s*(\/\/|\/\*|\*|$)/.test(line))
      assert.isBelow(lines.length, 30)
    })
  }
})
