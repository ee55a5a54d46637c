/** The arguments of a kernel of the pack. */
import type { TensorInfo } from "@tensorflow/tfjs-core"
import type { Attributes } from "../internal/Attributes.ts"

export interface Call {
  readonly input: (name: string) => TensorInfo
  readonly optional: (name: string) => TensorInfo | undefined
  readonly attrs: Attributes
}
