/** One operation of TensorFlow, whose attributes have explicit types. */
import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core"
import type { Attribute, Backend } from "./Addon.ts"

type Value = string | number | boolean | ReadonlyArray<number>

/** The addon's type of an attribute; a float must be distinguished from an integer. */
export interface Float {
  readonly float: number
}

export type Attributes = Readonly<Record<string, Value | Float>>

const attribute = ({ binding }: Backend, name: string, value: Value | Float): Attribute => {
  if (typeof value === "string") return { name, type: binding.TF_ATTR_STRING, value }
  if (typeof value === "boolean") return { name, type: binding.TF_ATTR_BOOL, value }
  if (typeof value === "object" && "float" in value) {
    return { name, type: binding.TF_ATTR_FLOAT, value: value.float }
  }
  return { name, type: binding.TF_ATTR_INT, value }
}

/** `T` is float32, as in all training; other types are given by `types`. */
const typed = (
  backend: Backend,
  attributes: Attributes,
  types: Readonly<Record<string, "float32" | "int32">>
): Array<Attribute> => {
  const { binding } = backend
  const dtypes = { float32: binding.TF_FLOAT, int32: binding.TF_INT32 }
  return [
    ...Object.entries(types).map(([name, dtype]) => ({
      name,
      type: binding.TF_ATTR_TYPE,
      value: dtypes[dtype]
    })),
    ...Object.entries(attributes).map(([name, value]) => attribute(backend, name, value))
  ]
}

export interface Operation {
  readonly name: string
  readonly inputs: ReadonlyArray<TensorInfo>
  readonly attributes?: Attributes
  readonly types?: Readonly<Record<string, "float32" | "int32">>
}

const float32 = { T: "float32" } as const

export const run = (
  backend: Backend,
  { name, inputs, attributes = {}, types = float32 }: Operation
): Tensor => backend.executeSingleOutput(name, typed(backend, attributes, types), inputs)

export const runAll = (
  backend: Backend,
  { name, inputs, attributes = {}, types = float32 }: Operation,
  outputs: number
): Array<Tensor> => backend.executeMultipleOutputs(name, typed(backend, attributes, types), inputs, outputs)
