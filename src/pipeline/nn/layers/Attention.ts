/** Multi-head attention (Vaswani et al., 2017), with masks that are safe where nothing may be seen. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Initial from "../Initial.ts"
import type { ParameterSpec } from "../Model.ts"
import { type Module, prefixed, type Same } from "../Module.ts"
import { expect, inside, type Pass, parameter, refuse, visit } from "../Pass.ts"
import { dense } from "./Dense.ts"
import { dropout } from "./Dropout.ts"
import { rotate } from "./Position.ts"

export interface AttentionOptions {
  /** Values of queries, keys, values and outputs at each place. */
  readonly width: number
  /** Parts of the width that attend apart; they divide it. */
  readonly heads: number
  /** Probability with which a weight of the attention is 0 in training. Default 0. */
  readonly dropout?: number
  /** Whether each place sees only those up to itself. Default false. */
  readonly causal?: boolean
  /** Whether queries and keys are turned by their places (Su et al., 2021), so that no encoding need be added. Default false. */
  readonly rotary?: boolean
  /** Default true. */
  readonly bias?: boolean
}

export interface Masks {
  /**
   * `[queries, keys]`, or `[batch, queries, keys]`. Booleans are true where a query may *not* see a key, as PyTorch's;
   * float32 values are added to the scores, and may be -Infinity.
   */
  readonly mask?: TF.Tensor
  /** `[batch, keys]`, booleans: true for keys that nothing may see, such as padding. */
  readonly padding?: TF.Tensor2D
}

/** `[batch, queries, width]` looks at `[batch, keys, width]`. */
export interface Attended extends Masks {
  readonly query: TF.Tensor3D
  /** Default the queries. */
  readonly key?: TF.Tensor3D
  /** Default the keys. */
  readonly value?: TF.Tensor3D
}

const KIND = "multiHeadAttention"

/** What is added to a score that may not be seen: large, and finite so that rows without any other stay finite. */
const hidden = -1e9

const specs = ({ width, bias = true }: AttentionOptions): ReadonlyArray<ParameterSpec> => {
  const shape = [width, 3 * width]
  const weight = Initial.glorotUniform({ shape, fanIn: width, fanOut: 3 * width })
  const zeros = Initial.zeros({ shape: [3 * width], fanIn: width, fanOut: 3 * width })
  return [
    { name: "in_proj_weight", shape, trainable: true, decay: true, init: weight },
    ...(bias
      ? [{ name: "in_proj_bias", shape: [3 * width], trainable: true, decay: false, init: zeros }]
      : [])
  ]
}

/** `x · weight + bias` with columns of the projection from `from` on: `[batch, places, columns]`. */
const project = (
  pass: Pass,
  x: TF.Tensor3D,
  { width, bias = true }: AttentionOptions,
  from: number,
  columns: number
): TF.Tensor3D => {
  const { tf } = pass
  const [weight, biases] = [
    parameter(pass, "in_proj_weight", 2),
    bias ? parameter(pass, "in_proj_bias", 1) : undefined
  ]
  const whole = columns === 3 * width
  const y = tf.fused.matMul({
    a: tf.reshape<TF.Rank.R2>(x, [-1, width]),
    b: whole ? weight : tf.slice(weight, [0, from], [-1, columns]),
    transposeA: false,
    transposeB: false,
    ...(biases === undefined ? {} : { bias: whole ? biases : tf.slice(biases, [from], [columns]) })
  })
  return tf.reshape(y, [x.shape[0], x.shape[1], columns])
}

type Projected = readonly [query: TF.Tensor4D, key: TF.Tensor4D, value: TF.Tensor4D]

/** `[batch, heads, places, width / heads]` of queries, keys and values: in one product where they are the same. */
const projections = (
  pass: Pass,
  { query, key, value }: Required<Pick<Attended, "query" | "key" | "value">>,
  options: AttentionOptions
): Projected => {
  const { tf } = pass
  const { width, heads } = options
  if (query === key && key === value) {
    const all = project(pass, query, options, 0, 3 * width)
    const apart = tf.reshape(all, [query.shape[0], query.shape[1], 3, heads, width / heads])
    const [q, k, v] = tf.unstack(tf.transpose(apart, [2, 0, 3, 1, 4]), 0)
    // oxlint-disable-next-line typescript/consistent-type-assertions -- three tensors of rank 4, by the shape above
    return [q, k, v] as unknown as Projected
  }
  const headsOf = (x: TF.Tensor3D, from: number): TF.Tensor4D => {
    const y = project(pass, x, options, from, width)
    return tf.transpose(tf.reshape<TF.Rank.R4>(y, [x.shape[0], x.shape[1], heads, -1]), [0, 2, 1, 3])
  }
  return [headsOf(query, 0), headsOf(key, width), headsOf(value, 2 * width)]
}

/** Numbers to add to scores, by a mask of either kind. */
const additive = (tf: typeof TF, mask: TF.Tensor): TF.Tensor =>
  mask.dtype === "bool" ? tf.mul(tf.cast(mask, "float32"), hidden) : tf.maximum(mask, hidden)

/** Which keys are after a query. */
const later = (tf: typeof TF, queries: number, keys: number): TF.Tensor =>
  tf.less(
    tf.reshape(tf.range(0, queries, 1, "int32"), [queries, 1]),
    tf.reshape(tf.range(0, keys, 1, "int32"), [1, keys])
  )

/** What is added to the scores, `[batch or 1, 1, queries or 1, keys]`; undefined where all is seen. */
const biasOf = (
  tf: typeof TF,
  { mask, padding }: Masks,
  causal: boolean,
  queries: number,
  keys: number
): TF.Tensor | undefined => {
  const all = [
    ...(mask === undefined ? [] : [tf.reshape(additive(tf, mask), [-1, 1, queries, keys])]),
    ...(padding === undefined ? [] : [tf.reshape(additive(tf, padding), [-1, 1, 1, keys])]),
    ...(causal ? [tf.reshape(additive(tf, later(tf, queries, keys)), [1, 1, queries, keys])] : [])
  ]
  return all.length === 0 ? undefined : all.reduce((sum, one) => tf.add(sum, one))
}

const check = (pass: Pass, { width }: AttentionOptions, attended: Attended): void => {
  const { query, key = query, value = key, mask, padding } = attended
  const [batch, queries] = query.shape
  const keys = key.shape[1]
  expect(pass, KIND, query, ["batch", "queries", width])
  expect(pass, `${KIND}'s key`, key, [batch, "keys", width])
  expect(pass, `${KIND}'s value`, value, [batch, keys, width])
  if (padding !== undefined) expect(pass, `${KIND}'s padding`, padding, [batch, keys])
  if (mask !== undefined)
    expect(pass, `${KIND}'s mask`, mask, mask.rank === 2 ? [queries, keys] : [batch, queries, keys])
}

const isTensor = (x: TF.Tensor3D | Attended): x is TF.Tensor3D => "dataId" in x

/** 1 for queries that see at least one key, 0 for others: `[batch or 1, queries or 1, 1]`. */
const seeing = (tf: typeof TF, bias: TF.Tensor): TF.Tensor =>
  tf.reshape(tf.cast(tf.greater(tf.max(bias, -1), hidden / 2), "float32"), [bias.shape[0] ?? 1, -1, 1])

const checkOptions = ({ width, heads, rotary = false }: AttentionOptions): void => {
  if (!Number.isInteger(width / heads))
    refuse(KIND, `has ${heads} heads, which do not divide a width of ${width}`, "Use a number that does.")
  if (rotary && (width / heads) % 2 !== 0)
    refuse(KIND, `turns pairs of values, but each head has ${width / heads}`, "Give each an even number.")
}

/** `softmax(q kᵀ / √width + added) v` of each head, side by side: `[batch, queries, heads · width]`. */
const attend = (pass: Pass, [q, k, v]: Projected, added: TF.Tensor | undefined, drop: Same): TF.Tensor3D => {
  const { tf } = pass
  const [batch, heads, queries, width] = q.shape
  const scores = tf.matMul<TF.Tensor4D>(tf.mul(q, 1 / Math.sqrt(width)), k, false, true)
  const weights = tf.softmax<TF.Tensor4D>(added === undefined ? scores : tf.add(scores, added))
  const kept = drop.apply(inside(pass, "dropout"), weights)
  const seen = tf.transpose<TF.Tensor4D>(tf.matMul(kept, v), [0, 2, 1, 3])
  const joined = tf.reshape<TF.Rank.R3>(seen, [batch, queries, heads * width])
  return added === undefined ? joined : tf.mul(joined, seeing(tf, added))
}

/**
 * PyTorch's `MultiheadAttention` with `batch_first`: self-attention of `[batch, places, width]`, or a query on other keys
 * and values, with masks. `softmax(q kᵀ / √(width / heads)) v` for each head. A query that may see nothing gets zeros
 * before the last projection, where PyTorch gives NaN. Parameters: `in_proj_weight` `[width, 3 · width]` with the columns
 * of queries, keys and values, `in_proj_bias` `[3 · width]`, `out_proj.weight` `[width, width]`, `out_proj.bias`.
 */
export const multiHeadAttention = (
  options: AttentionOptions
): Module<TF.Tensor3D | Attended, TF.Tensor3D> => {
  const { width, bias = true, causal = false } = options
  checkOptions(options)
  const out = dense({ inputs: width, outputs: width, bias, init: Initial.torchDefault })
  const drop = dropout(options.dropout ?? 0)
  return {
    kind: KIND,
    inputs: width,
    outputs: width,
    parameters: [...specs(options), ...prefixed("out_proj", out)],
    apply: (pass, input) => {
      const attended: Attended = isTensor(input) ? { query: input } : input
      const { query, key = query, value = key } = attended
      check(pass, options, attended)
      const [queries, keys] = [query.shape[1], key.shape[1]]
      const added = biasOf(pass.tf, attended, causal, queries, keys)
      const [q, k, v] = projections(pass, { query, key, value }, options)
      const turn = (x: TF.Tensor4D) => (options.rotary === true ? rotate(pass.tf, x) : x)
      const seen = attend(pass, [turn(q), turn(k), v], added, drop)
      const projected = query.size + key.size + value.size
      visit(pass, KIND, query, seen, width * (projected + 2 * query.shape[0] * queries * keys))
      return out.apply(inside(pass, "out_proj"), seen)
    }
  }
}
