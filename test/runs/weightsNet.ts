/** The small net of files.py, with a parameter of every layout, and what PyTorch computed with each of the files. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type * as TF from "@tensorflow/tfjs-core"
import * as Schema from "effect/Schema"
import type { Tf } from "../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../src/pipeline/nn/HostTensor.ts"
import type { Model, ParameterLayout, ParameterSpec } from "../../src/pipeline/nn/Model.ts"
import * as ModelValues from "../../src/pipeline/nn/Model.ts"

export const folder = join(import.meta.dirname, "../pipeline/weights/files")

const Numbers = Schema.Array(Schema.Finite)

export const made = Schema.decodeSync(
  Schema.fromJsonString(
    Schema.Struct({
      made_by: Schema.String,
      x: Numbers,
      shape: Numbers,
      ids: Numbers,
      outputs: Schema.Record(Schema.String, Numbers)
    })
  )
)(readFileSync(join(folder, "outputs.json"), "utf8"))

const spec = (name: string, shape: ReadonlyArray<number>, layout?: ParameterLayout): ParameterSpec => ({
  name,
  shape,
  trainable: !name.includes("running"),
  decay: true,
  layout,
  init: () => new Float32Array(HostTensor.sizeOf(shape)).fill(0.5)
})

export const model: Model = {
  name: "net",
  parameters: [
    spec("conv.weight", [3, 3, 3, 4]),
    ...["weight", "bias", "running_mean", "running_var"].map((name) => spec(`bn.${name}`, [4])),
    spec("dw.weight", [3, 3, 4, 2], "depthwise"),
    spec("dw.bias", [8]),
    spec("up.weight", [2, 2, 6, 8], "transposedConvolution"),
    spec("up.bias", [6]),
    spec("seq.weight", [3, 6, 6]),
    spec("seq.bias", [6]),
    spec("mix.weight", [6, 6], "dense"),
    spec("mix.bias", [6]),
    spec("table.weight", [6, 6], "plain"),
    spec("out.weight", [6, 5]),
    spec("out.bias", [5])
  ]
}

/** The outputs of a model that begins with some values, `[2, 5]`. */
export const forward = (tf: Tf, of: Model): TF.Tensor => {
  const values = ModelValues.initial(of, 1)
  const params = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, HostTensor.upload(tf, value)])
  )
  const at = <N extends keyof HostTensor.Ranks>(name: string, rank: N) =>
    ModelValues.variable(params, name, rank)
  const input = HostTensor.ranked(tf.tensor([...made.x], [...made.shape]), 4, "the input")
  const first = tf.relu(
    tf.batchNorm4d(
      tf.conv2d(input, at("conv.weight", 4), 1, "same"),
      at("bn.running_mean", 1),
      at("bn.running_var", 1),
      at("bn.bias", 1),
      at("bn.weight", 1),
      1e-5
    )
  )
  const deep = tf.add<TF.Tensor4D>(tf.depthwiseConv2d(first, at("dw.weight", 4), 1, "same"), at("dw.bias", 1))
  const up = tf.add(tf.conv2dTranspose(deep, at("up.weight", 4), [2, 10, 8, 6], 2, "valid"), at("up.bias", 1))
  const rows = HostTensor.ranked(tf.mean(up, 2), 3, "the rows")
  const seq = tf.add(tf.conv1d(rows, at("seq.weight", 3), 1, "same"), at("seq.bias", 1))
  const pooled = HostTensor.ranked(tf.mean(seq, 1), 2, "the mean")
  const mixed = tf.tanh(tf.add(tf.matMul(pooled, at("mix.weight", 2)), at("mix.bias", 1)))
  const ids = tf.tensor1d([...made.ids], "int32")
  const both = tf.add<TF.Tensor2D>(mixed, tf.gather(at("table.weight", 2), ids))
  return tf.add(tf.matMul(both, at("out.weight", 2)), at("out.bias", 1))
}
