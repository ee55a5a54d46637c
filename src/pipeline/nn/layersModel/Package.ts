/**
 * What is used of the package `@tensorflow/tfjs-layers`, in types of our own: it is optional, and a program without it
 * has no declarations of it either.
 */
import type * as TF from "@tensorflow/tfjs-core"

/** A `tf.LayersModel`, Sequential or functional. */
export interface Built {
  readonly name: string
  readonly layers: ReadonlyArray<object>
  /** Undefined in a Sequential model without layers. */
  readonly inputs: ReadonlyArray<{ readonly name: string }> | undefined
  readonly outputs: ReadonlyArray<{ readonly name: string }> | undefined
  readonly trainableWeights: ReadonlyArray<object>
  // A method, whose parameter is compared both ways: the package's own also takes symbolic tensors.
  apply(inputs: TF.Tensor, options: { readonly training: boolean }): unknown
}

/** A `tf.LayersModel` with weights on an engine. */
export interface Loaded extends Built {
  readonly weights: ReadonlyArray<{
    readonly originalName: string
    readonly read: () => TF.Tensor
  }>
  toJSON(unused: unknown, returnString: boolean): unknown
}

/** `import * as tfl from "@tensorflow/tfjs-layers"` is one. */
export interface Package {
  readonly version_layers: string
  readonly layers: { readonly Layer: { readonly prototype: object } }
  readonly models: { modelFromJSON(config: object): Promise<Built> }
}

/** A field that the package's declarations keep to themselves. */
export const field = (object: object, name: string): unknown => Reflect.get(object, name)

export const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** The name by which a layer or an initialiser is saved: `Dense`, `VarianceScaling`. */
export const classOf = (value: object): string => {
  const name = field(value, "getClassName")
  return typeof name === "function" ? String(Reflect.apply(name, value, [])) : ""
}
