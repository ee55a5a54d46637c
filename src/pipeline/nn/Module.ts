/** A part of a net: parameters by name, and a pure forward pass. Parts are put together by `struct` and `sequential`. */
import type * as TF from "@tensorflow/tfjs-core"
import type { ParameterSpec } from "./Model.ts"
import { inside, type Pass, refuse } from "./Pass.ts"

interface Declared {
  /** What it is, for summaries and errors: `conv2d`. Absent for modules that are made of others. */
  readonly kind?: string
  /** Their names are relative: whatever contains the module puts its key and a dot before them. */
  readonly parameters: ReadonlyArray<ParameterSpec>
  /** Channels that it takes and gives, where they are fixed: neighbours in a `sequential` are compared. */
  readonly inputs?: number
  readonly outputs?: number
  /** True where a module without parameters changes the last axis, as flattening does. */
  readonly reshapes?: boolean
  /** How it is computed together with modules that follow it, if the device can. */
  readonly fuse?: (key: string, rest: ReadonlyArray<Entry>) => Fused | undefined
}

export interface Module<In, Out> extends Declared {
  /** Synchronous tensor code for the step's tidy: neither reads tensors back nor disposes of them. */
  readonly apply: (pass: Pass, x: In) => Out
}

/** A module that keeps its input's rank, whatever it is: activations, norms, dropout, dense on the last axis. */
export interface Same extends Declared {
  readonly apply: <T extends TF.Tensor>(pass: Pass, x: T) => T
}

/** Any module, where only its parameters matter. */
export type Any = Module<never, unknown>

/** A module and its key in a sequence. */
export interface Entry {
  readonly key: string
  readonly module: Any
}

/** Several modules of a sequence computed as one. */
export interface Fused {
  /** How many of the modules that follow it are computed with it. */
  readonly takes: number
  /** `pass` is the sequence's. */
  readonly apply: (pass: Pass, x: TF.Tensor) => TF.Tensor
}

/** What a module takes and gives; `Same` takes and gives any tensor. */
export type In<M> = M extends Same ? TF.Tensor : M extends Module<infer I, unknown> ? I : never
export type Out<M> = M extends Same ? TF.Tensor : M extends Module<never, infer O> ? O : never

/** What a module gives for `I`, or a sentence as a type if it does not take that. */
type Given<M, I> = M extends Same
  ? I
  : M extends Module<infer Taken, infer O>
    ? [I] extends [Taken]
      ? O
      : { readonly "this module takes": Taken; readonly "but the one before it gives": I }
    : never

/** The modules of a sequence, each with its input checked; the first that is not `Same` says what the sequence takes. */
type Chained<M extends ReadonlyArray<unknown>, I> = M extends readonly [infer First, ...infer Rest]
  ? [
      First extends Same ? First : [I] extends [In<First>] ? First : Given<First, I>,
      ...Chained<Rest, Given<First, I>>
    ]
  : []

type FirstIn<M extends ReadonlyArray<unknown>> = M extends readonly [infer First, ...infer Rest]
  ? First extends Same
    ? FirstIn<Rest>
    : In<First>
  : TF.Tensor

type LastOut<M extends ReadonlyArray<unknown>, I> = M extends readonly [infer First, ...infer Rest]
  ? LastOut<Rest, Given<First, I>>
  : I

/** The members of a union that are not `Same`. */
type Changing<M> = M extends Same ? never : M

type Of<M> = [Changing<M>] extends [never] ? Same : Module<In<Changing<M>>, Out<Changing<M>>>

export type Sequence<M extends ReadonlyArray<Any>> = number extends M["length"]
  ? Of<M[number]>
  : [Changing<M[number]>] extends [never]
    ? Same
    : Module<FirstIn<M>, LastOut<M, FirstIn<M>>>

export const prefixed = (key: string, { parameters }: Any): ReadonlyArray<ParameterSpec> =>
  parameters.map((spec) => ({ ...spec, name: `${key}.${spec.name}` }))

/** Keys that are whole numbers come first in a JavaScript object, so a record cannot have them after others. */
const checkKeys = (kind: string, keys: ReadonlyArray<string>): void => {
  for (const key of keys)
    if (key === "" || key.includes("."))
      refuse(kind, `has a part called "${key}"`, "Use a name without dots: parts are joined by them.")
}

/** What a sequence has given up to some module, if that is known. */
interface Channels {
  readonly key: string
  readonly channels: number
}

const channelsAfter = (given: Channels | undefined, { key, module }: Entry): Channels | undefined => {
  if (module.outputs !== undefined) return { key, channels: module.outputs }
  return module.inputs !== undefined || keepsChannels(module) ? given : undefined
}

/** Neighbours whose channels do not fit. */
const checkChannels = (entries: ReadonlyArray<Entry>): void => {
  let given: Channels | undefined
  for (const entry of entries) {
    const { inputs, kind = "module" } = entry.module
    if (given !== undefined && inputs !== undefined && inputs !== given.channels)
      refuse(
        `${entry.key} (${kind})`,
        `takes ${inputs} channels, but ${given.key} before it gives ${given.channels}`,
        "Give both the same number."
      )
    given = channelsAfter(given, entry)
  }
}

/** Activations, norms and pools leave the channels alone; what else does is not known. */
const keepsChannels = ({ kind, reshapes = false, parameters }: Any): boolean =>
  kind !== undefined && !reshapes && parameters.length === 0

type Apply = (pass: Pass, x: TF.Tensor) => TF.Tensor

const isApply = (apply: unknown): apply is Apply => typeof apply === "function"

const applyOf = ({ key, module }: Entry): Apply => {
  const { apply } = module
  // The types of a sequence have checked that each module takes what the one before it gives.
  if (!isApply(apply)) return refuse(key, "has no forward pass", "Give it an `apply`.")
  return (pass, x) => apply(inside(pass, key), x)
}

/** The passes of a sequence, fused where modules say that they can be. */
const compile = (entries: ReadonlyArray<Entry>): ReadonlyArray<Apply> => {
  const [first, ...rest] = entries
  if (first === undefined) return []
  const fused = first.module.fuse?.(first.key, rest)
  return fused === undefined
    ? [applyOf(first), ...compile(rest)]
    : [fused.apply, ...compile(rest.slice(fused.takes))]
}

const sequence = (
  modules: ReadonlyArray<Any> | Readonly<Record<string, Any>>
): Module<TF.Tensor, TF.Tensor> => {
  const entries = Object.entries(modules).map(([key, module]) => ({ key, module }))
  checkKeys("sequential", Object.keys(modules))
  checkChannels(entries)
  const fused = compile(entries)
  const apart = entries.map(applyOf)
  const changing = entries.filter(({ module }) => !keepsChannels(module))
  const inputs = changing[0]?.module.inputs
  const outputs = changing.at(-1)?.module.outputs
  return {
    parameters: entries.flatMap(({ key, module }) => prefixed(key, module)),
    ...(inputs === undefined ? {} : { inputs }),
    ...(outputs === undefined ? {} : { outputs }),
    apply: (pass, x) => {
      // A summary sees every layer.
      const passes = pass.collected.visit === undefined ? fused : apart
      let y = x
      for (const apply of passes) y = apply(pass, y)
      return y
    }
  }
}

/**
 * Modules one after another. A list calls them `0`, `1`, … as PyTorch does, a record by its keys; a convolution with the
 * norm and the activation after it, or a dense layer with its activation, is computed as one where the device can.
 *
 * @example
 * Nn.sequential([Nn.dense({ inputs: 784, outputs: 64 }), Nn.relu, Nn.dense({ inputs: 64, outputs: 10 })])
 */
export const sequential: {
  <const M extends ReadonlyArray<Any>>(
    modules: M & (number extends M["length"] ? M : Chained<M, FirstIn<M>>)
  ): Sequence<M>
  <const M extends Readonly<Record<string, Any>>>(modules: M): Of<M[keyof M]>
} = (modules: ReadonlyArray<Any> | Readonly<Record<string, Any>>): never => {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the overloads say what a sequence takes and gives
  return sequence(modules) as never
}

/** The parts of a `struct`: modules, and lists of them. */
export interface Parts {
  readonly [name: string]: Any | ReadonlyArray<Any>
}

/** A part as the body of a `struct` calls it. */
export type Bound<M> = M extends Same
  ? <T extends TF.Tensor>(x: T) => T
  : M extends Module<infer I, infer O>
    ? (x: I) => O
    : M extends ReadonlyArray<unknown>
      ? { readonly [K in keyof M]: Bound<M[K]> }
      : never

export type BoundParts<P> = { readonly [K in keyof P]: Bound<P[K]> }

type Call = (x: never) => unknown

const bind = (pass: Pass, key: string, { apply }: Any): Call => {
  const within = inside(pass, key)
  return (x) => apply(within, x)
}

const bindPart = (pass: Pass, key: string, part: Any | ReadonlyArray<Any>): Call | ReadonlyArray<Call> =>
  isList(part) ? part.map((each, i) => bind(pass, `${key}.${i}`, each)) : bind(pass, key, part)

const isList = (part: Any | ReadonlyArray<Any>): part is ReadonlyArray<Any> => Array.isArray(part)

/**
 * A module of named parts and the code that connects them. The parts are functions in the body; their parameters are
 * called by the record's keys, and those of a list by key and index: `stages.0.conv1.weight`.
 *
 * @example
 * Nn.struct(
 *   { hidden: Nn.dense({ inputs: 8, outputs: 8 }), gate: Nn.dense({ inputs: 8, outputs: 8 }) },
 *   ({ hidden, gate }, x: TF.Tensor2D, { tf }) => tf.mul<TF.Tensor2D>(hidden(x), tf.sigmoid(gate(x)))
 * )
 */
export const struct = <const P extends Parts, I, O>(
  parts: P,
  body: (parts: BoundParts<P>, x: I, pass: Pass) => O
): Module<I, O> => {
  const entries = Object.entries(parts)
  checkKeys("struct", Object.keys(parts))
  return {
    parameters: entries.flatMap(([key, part]) =>
      isList(part) ? part.flatMap((each, i) => prefixed(`${key}.${i}`, each)) : prefixed(key, part)
    ),
    apply: (pass, x) => {
      const bound = Object.fromEntries(entries.map(([key, part]) => [key, bindPart(pass, key, part)]))
      // oxlint-disable-next-line typescript/consistent-type-assertions -- each key has its part, bound to the pass
      return body(bound as BoundParts<P>, x, pass)
    }
  }
}

/**
 * One module after another, both on the level of their parent: neither key nor index comes before their parameters'
 * names, which must differ.
 */
export const follow = <A, B, C>(first: Module<A, B>, second: Module<B, C>): Module<A, C> => ({
  ...(first.inputs === undefined ? {} : { inputs: first.inputs }),
  ...(second.outputs === undefined ? {} : { outputs: second.outputs }),
  parameters: [...first.parameters, ...second.parameters],
  apply: (pass, x) => second.apply(pass, first.apply(pass, x))
})

/** The module with other names for its parameters, such as those of checkpoints made elsewhere: own name to other. */
export const rename: {
  (module: Same, names: Readonly<Record<string, string>>): Same
  <I, O>(module: Module<I, O>, names: Readonly<Record<string, string>>): Module<I, O>
} = ({ fuse: _, ...module }: Same, names: Readonly<Record<string, string>>): Same => {
  const nameOf = (own: string): string => names[own] ?? own
  return {
    ...module,
    parameters: module.parameters.map((spec) => ({ ...spec, name: nameOf(spec.name) })),
    apply: (pass, x) => module.apply({ ...pass, fullName: (own) => pass.fullName(nameOf(own)) }, x)
  }
}
