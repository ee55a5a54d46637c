/** The layers that test/reference/sequences.json has values of, made and called as its cases say. */
import { readFileSync } from "node:fs"
import type * as TF from "@tensorflow/tfjs-core"
import * as Schema from "effect/Schema"
import type { Device, Tf } from "../../../../src/pipeline/device/Device.ts"
import { vit } from "../../../../src/pipeline/nn/backbone/Vit.ts"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import * as Nn from "../../../../src/pipeline/nn/layers/Nn.ts"

const Row = Schema.Array(Schema.Finite)
const Shape = Schema.Array(Schema.Int)
const Bools = Schema.Array(Schema.Array(Schema.Boolean))

/** The options of all layers, of which each takes its own. */
const Options = Schema.Struct({
  count: Schema.optionalKey(Schema.Int),
  width: Schema.optionalKey(Schema.Int),
  padding: Schema.optionalKey(Schema.Int),
  inputs: Schema.optionalKey(Schema.Int),
  hidden: Schema.optionalKey(Schema.Int),
  layers: Schema.optionalKey(Schema.Int),
  bidirectional: Schema.optionalKey(Schema.Boolean),
  bias: Schema.optionalKey(Schema.Boolean),
  heads: Schema.optionalKey(Schema.Int),
  causal: Schema.optionalKey(Schema.Boolean),
  rotary: Schema.optionalKey(Schema.Boolean),
  places: Schema.optionalKey(Schema.Int),
  dropout: Schema.optionalKey(Schema.Finite),
  norm: Schema.optionalKey(Schema.Literals(["pre", "post"])),
  activation: Schema.optionalKey(Schema.Literals(["relu", "gelu"])),
  finalNorm: Schema.optionalKey(Schema.Boolean),
  image: Schema.optionalKey(Schema.Int),
  patch: Schema.optionalKey(Schema.Int),
  depth: Schema.optionalKey(Schema.Int),
  classes: Schema.optionalKey(Schema.Int)
})

const Case = Schema.Struct({
  name: Schema.String,
  layer: Schema.Literals([
    "embedding",
    "lstm",
    "gru",
    "attention",
    "sinusoidal",
    "learnt",
    "layer",
    "encoder",
    "vit"
  ]),
  options: Options,
  inputs: Schema.Record(Schema.String, Shape),
  extra: Schema.Struct({
    ids: Schema.optionalKey(Schema.Array(Row)),
    lengths: Schema.optionalKey(Row),
    mask: Schema.optionalKey(Schema.Union([Bools, Schema.Array(Schema.Array(Row))])),
    padding: Schema.optionalKey(Bools)
  }),
  shapes: Schema.Record(Schema.String, Shape),
  outputs: Schema.Array(Row),
  gradients: Schema.Record(Schema.String, Row)
})
export type Case = typeof Case.Type

const file = new URL("../../../reference/sequences.json", import.meta.url)
export const cases = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Case)))(
  readFileSync(file, "utf8")
)

/** Numbers from -scale to scale, the same as in sequences.py. */
const made = (tf: Tf, place: number, shape: ReadonlyArray<number>, scale = 1): TF.Tensor =>
  tf.tensor(
    Float32Array.from(
      { length: HostTensor.sizeOf(shape) },
      (_, i) => ((((i * 7919 + place * 104729 + 13) % 2003) / 2003) * 2 - 1) * scale
    ),
    [...shape]
  )

/** Names as in the library: a table is called `weight`. */
const ownName = (name: string): string => (name === "table" || name === "places" ? "weight" : name)

type Inputs = Readonly<Record<string, TF.Tensor>>

interface Layer {
  readonly parameters: Nn.Any["parameters"]
  readonly apply: (pass: Nn.Pass.Pass, inputs: Inputs) => ReadonlyArray<TF.Tensor>
}

const rank = <N extends keyof HostTensor.Ranks>(tensor: TF.Tensor | undefined, n: N) => {
  if (tensor === undefined) throw new RangeError("the case lacks an input")
  return HostTensor.ranked(tensor, n, "an input")
}

const has = <K extends string, V>(name: K, value: V | undefined) =>
  // oxlint-disable-next-line typescript/consistent-type-assertions -- a key that is there or not
  (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: V }

const masksOf = (tf: Tf, { extra: { mask, padding } }: Case) => {
  const tensor = (values: unknown) => {
    const flat = [values].flat(4)
    const shape: Array<number> = []
    for (let row = values; Array.isArray(row); row = row[0]) shape.push(row.length)
    return flat[0] === true || flat[0] === false
      ? tf.tensor(flat.map(Number), shape, "bool")
      : tf.tensor(flat.map(Number), shape)
  }
  return {
    ...has("mask", mask === undefined ? undefined : tensor(mask)),
    ...has("padding", padding === undefined ? undefined : rank(tensor(padding), 2))
  }
}

const lengthsOf = (tf: Tf, { extra: { lengths } }: Case) =>
  has("lengths", lengths === undefined ? undefined : tf.tensor1d([...lengths], "int32"))

const needed = <K extends keyof Case["options"]>(
  { options }: Case,
  keys: ReadonlyArray<K>
): Required<Pick<Case["options"], K>> & Case["options"] => {
  for (const key of keys) if (options[key] === undefined) throw new RangeError(`the case lacks ${key}`)
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the keys were just looked for
  return options as Required<Pick<Case["options"], K>> & Case["options"]
}

const lstm = (tf: Tf, item: Case): Layer => {
  const net = Nn.lstm({ ...needed(item, ["inputs", "hidden"]), state: true })
  return {
    parameters: net.parameters,
    apply: (pass, { x, h, c }) => {
      const initial = h === undefined ? undefined : { hidden: rank(h, 3), cell: rank(c, 3) }
      const sequences = { x: rank(x, 3), ...lengthsOf(tf, item), ...has("initial", initial) }
      const { output, state } = net.apply(pass, sequences)
      return [output, state.hidden, state.cell]
    }
  }
}

const gru = (tf: Tf, item: Case): Layer => {
  const net = Nn.gru({ ...needed(item, ["inputs", "hidden"]), state: true })
  return {
    parameters: net.parameters,
    apply: (pass, { x, h }) => {
      const initial = h === undefined ? undefined : rank(h, 3)
      const sequences = { x: rank(x, 3), ...lengthsOf(tf, item), ...has("initial", initial) }
      const { output, state } = net.apply(pass, sequences)
      return [output, state]
    }
  }
}

const attention = (tf: Tf, item: Case): Layer => {
  const net = Nn.multiHeadAttention(needed(item, ["width", "heads"]))
  return {
    parameters: net.parameters,
    apply: (pass, { query, key, value }) => [
      net.apply(pass, {
        query: rank(query, 3),
        ...has("key", key === undefined ? undefined : rank(key, 3)),
        ...has("value", value === undefined ? undefined : rank(value, 3)),
        ...masksOf(tf, item)
      })
    ]
  }
}

const encoder = (tf: Tf, item: Case): Layer => {
  const { activation, layers, ...options } = needed(item, ["width", "heads"])
  const all = { ...options, activation: activation === "gelu" ? Nn.gelu : Nn.relu }
  const net =
    layers === undefined
      ? Nn.transformerEncoderLayer(all)
      : Nn.transformerEncoder({ ...all, layers, ...has("finalNorm", options.finalNorm) })
  return {
    parameters: net.parameters,
    apply: (pass, { x }) => [net.apply(pass, { x: rank(x, 3), ...masksOf(tf, item) })]
  }
}

const sequence = ({ parameters, apply }: Nn.Module<TF.Tensor3D, TF.Tensor3D>): Layer => ({
  parameters,
  apply: (pass, { x }) => [apply(pass, rank(x, 3))]
})

const embedding = (tf: Tf, item: Case): Layer => {
  const net = Nn.embedding(needed(item, ["count", "width"]))
  const ids = (item.extra.ids ?? []).map((row) => [...row])
  return {
    parameters: net.parameters,
    apply: (pass) => [net.apply(pass, tf.tensor2d(ids, undefined, "int32"))]
  }
}

const picture = (_: Tf, item: Case): Layer => {
  const net = vit(needed(item, ["image", "patch", "width", "depth", "heads", "classes"]))
  return { parameters: net.parameters, apply: (pass, { x }) => [net.apply(pass, rank(x, 4))] }
}

const makers: Readonly<Record<Case["layer"], (tf: Tf, item: Case) => Layer>> = {
  embedding,
  lstm,
  gru,
  attention,
  sinusoidal: (_, item) => sequence(Nn.sinusoidalPosition(needed(item, ["width", "places"]))),
  learnt: (_, item) => sequence(Nn.learntPosition(needed(item, ["width", "places"]))),
  layer: encoder,
  encoder,
  vit: picture
}

export interface Computed {
  /** The layer's own parameters and their shapes, by name. */
  readonly shapes: Readonly<Record<string, ReadonlyArray<number>>>
  readonly outputs: ReadonlyArray<TF.Tensor>
  readonly gradients: ReadonlyArray<readonly [name: string, gradient: TF.Tensor]>
}

/** The outputs, and the gradients of their weighted sum by inputs and parameters. */
export const compute = (tf: Tf, ops: Device["Service"]["ops"], item: Case): Computed => {
  const layer = makers[item.layer](tf, item)
  const [names, own] = [Object.keys(item.inputs).sort(), Object.keys(item.shapes).sort()]
  const tensors = [
    ...names.map((name, place) => made(tf, place, item.inputs[name] ?? [])),
    ...own.map((name, place) => made(tf, names.length + place, item.shapes[name] ?? [], 0.5))
  ]
  const forward = (...all: Array<TF.Tensor>): ReadonlyArray<TF.Tensor> => {
    const inputs = Object.fromEntries(names.map((name, i) => [name, all[i] ?? tf.scalar(0)]))
    const params = Object.fromEntries(
      own.map((name, i) => [ownName(name), all[names.length + i] ?? tf.scalar(0)])
    )
    const pass = Nn.Pass.begin({ tf, ops }, { params, buffers: {} }, "train", { seed: 1, counter: 0 })
    return layer.apply(pass, inputs)
  }
  const loss = (...all: Array<TF.Tensor>) =>
    tf.addN(forward(...all).map((y, place) => tf.sum(tf.mul(y, made(tf, 100 + place, y.shape)))))
  const gradients = tf.grads(loss)(tensors)
  return {
    shapes: Object.fromEntries(layer.parameters.map(({ name, shape }) => [name, shape])),
    outputs: forward(...tensors),
    gradients: [...names, ...own].map((name, i) => [name, gradients[i] ?? tf.scalar(0)] as const)
  }
}

/** The shapes that the case says, by the library's names. */
export const shapesOf = ({ shapes }: Case): Computed["shapes"] =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [ownName(name), shape]))
