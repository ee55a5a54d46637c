/** One forward pass: variables come in, updated statistics go out, and random numbers are keyed by layer. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Schema from "effect/Schema"
import type { ForwardContext, LayerCall, StepContext } from "./ForwardContext.ts"
import type * as HostTensor from "./HostTensor.ts"
import * as Model from "./Model.ts"
import * as Random from "./Random.ts"

export type { ForwardContext, LayerCall, StepContext }

/** In training, batches have statistics of their own and dropout draws; in evaluation neither. */
export type Mode = "train" | "evaluate"

/** What a pass collects; all parts of a net share it. */
interface Collected {
  readonly updated: Map<string, TF.Tensor>
  /** How often each layer drew, since a layer that is applied twice draws twice. */
  readonly draws: Map<string, number>
  readonly visit: ((call: LayerCall) => void) | undefined
}

export interface Pass extends StepContext {
  readonly variables: Model.Variables
  readonly mode: Mode
  /** The full name of the module that is applied; empty for the net itself. */
  readonly name: string
  /** The full name of a variable that the module calls `own`. */
  readonly fullName: (own: string) => string
  readonly collected: Collected
}

/** A net was given, or was made of, shapes that do not fit. */
export class NetInvalid extends Schema.TaggedError<NetInvalid>()("NetInvalid", {
  /** The layer's full name, and what it is: `encoder.conv1 (conv2d)`. */
  layer: Schema.String,
  problem: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `layer ${this.layer} ${this.problem}. ${this.cure}`
  }
}

export const begin = (
  { tf, ops }: ForwardContext,
  variables: Model.Variables,
  mode: Mode,
  { seed, counter }: { readonly seed: number; readonly counter: number } = { seed: 0, counter: 0 },
  visit?: (call: LayerCall) => void
): Pass => ({
  tf,
  ops,
  seed,
  counter,
  variables,
  mode,
  name: "",
  fullName: (own) => own,
  collected: { updated: new Map(), draws: new Map(), visit }
})

/** The pass for the part called `key`. */
export const inside = (pass: Pass, key: string): Pass => ({
  tf: pass.tf,
  ops: pass.ops,
  seed: pass.seed,
  counter: pass.counter,
  variables: pass.variables,
  mode: pass.mode,
  name: pass.name === "" ? key : `${pass.name}.${key}`,
  fullName: (own) => pass.fullName(`${key}.${own}`),
  collected: pass.collected
})

/** A parameter of the module under its own name: `Pass.parameter(pass, "weight", 4)` is a `Tensor4D`. */
export const parameter = <N extends keyof HostTensor.Ranks>(
  pass: Pass,
  own: string,
  rank: N
): TF.Tensor<HostTensor.Ranks[N]> => Model.variable(pass.variables.params, pass.fullName(own), rank)

/** A statistic `[channels]` of the module, as it was before this pass. */
export const statistic = (pass: Pass, own: string): TF.Tensor1D =>
  Model.variable(pass.variables.buffers, pass.fullName(own), 1)

/** Gives a statistic its value after this pass. */
export const update = (pass: Pass, own: string, value: TF.Tensor): void => {
  pass.collected.updated.set(pass.fullName(own), value)
}

/** The statistics that layers updated, by full name. */
export const updated = (pass: Pass): Model.Params => Object.fromEntries(pass.collected.updated)

/** A generator keyed by (seed, counter, the layer's name, how often it drew in this pass). */
export const random = (pass: Pass): Random.Random => {
  const { draws } = pass.collected
  const drawn = draws.get(pass.name) ?? 0
  draws.set(pass.name, drawn + 1)
  return Random.make(pass.seed, pass.counter, Random.keyOf(pass.name), drawn)
}

/** Reports a layer's call to a summary, if one listens. */
export const visit = (
  pass: Pass,
  kind: string,
  input: TF.Tensor,
  output: TF.Tensor,
  multiplyAdds = 0
): void =>
  pass.collected.visit?.({ name: pass.name, kind, input: input.shape, output: output.shape, multiplyAdds })

/** What errors call a layer: `encoder.conv1 (conv2d)`. */
export const labelOf = ({ name }: Pick<Pass, "name">, kind: string): string =>
  name === "" ? kind : `${name} (${kind})`

/** `[batch, height, width, 64]`: names for axes that may have any length. */
export type Takes = ReadonlyArray<string | number>

/** Throws `NetInvalid` unless `x` has the shape that the layer takes. */
export const expect = (pass: Pass, kind: string, x: TF.Tensor, takes: Takes): void => {
  const { shape } = x
  const fits =
    shape.length === takes.length &&
    takes.every((side, axis) => typeof side === "string" || side === shape[axis])
  if (!fits) throw unfit(pass, kind, shape, `[${takes.join(", ")}]`)
}

/** Throws `NetInvalid` unless the last axis of `x` has `channels` values. */
export const expectLast = (pass: Pass, kind: string, x: TF.Tensor, channels: number): void => {
  if (x.shape.at(-1) !== channels) throw unfit(pass, kind, x.shape, `[…, ${channels}]`)
}

const unfit = (pass: Pass, kind: string, shape: ReadonlyArray<number>, takes: string): NetInvalid =>
  new NetInvalid({
    layer: labelOf(pass, kind),
    problem: `was given [${shape.join(", ")}], but takes ${takes}`,
    cure: "Change what comes before it, or the sizes it is made with."
  })

/** Throws `NetInvalid` for options that make no layer. */
export const refuse = (kind: string, problem: string, cure: string): never => {
  throw new NetInvalid({ layer: kind, problem, cure })
}
