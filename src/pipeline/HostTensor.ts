/** A tensor outside any engine: what data workers send, checkpoints keep and metrics read. */
import type * as TF from "@tensorflow/tfjs-core"

export type HostData = Float32Array | Int32Array | Uint8Array

export interface HostTensor {
  /** Row-major values; `Uint8Array` becomes int32 on a device. */
  readonly data: HostData
  readonly shape: ReadonlyArray<number>
}

/** Named tensors; names are unique and ordered by insertion. */
export interface HostTensors {
  readonly [name: string]: HostTensor
}

export const make = (data: HostData, shape: ReadonlyArray<number>): HostTensor => ({ data, shape })

/** Number of values that `shape` holds; 1 for a scalar. */
export const sizeOf = (shape: ReadonlyArray<number>): number => shape.reduce((n, side) => n * side, 1)

export const dtypeOf = (data: HostData): "float32" | "int32" =>
  data instanceof Float32Array ? "float32" : "int32"

/** Uploads to the device; the caller owns the tensor that it returns. */
export const upload = (tf: typeof TF, tensor: HostTensor): TF.Tensor =>
  tf.tensor(tensor.data, [...tensor.shape], dtypeOf(tensor.data))
