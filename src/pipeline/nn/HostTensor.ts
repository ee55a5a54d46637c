/** A tensor in the memory of the process: what data workers send, checkpoints keep and metrics read. */
import type * as TF from "@tensorflow/tfjs-core"

export type HostData = Float32Array | Int32Array | Uint8Array

export interface HostTensor {
  /** Row-major; `Uint8Array` becomes int32 on a device. */
  readonly data: HostData
  readonly shape: ReadonlyArray<number>
}

/** Named tensors; names are unique and ordered by insertion. */
export interface HostTensors {
  readonly [name: string]: HostTensor
}

export const make = (data: HostData, shape: ReadonlyArray<number>): HostTensor => ({ data, shape })

/** Number of values of a tensor of `shape`; 1 for a scalar. */
export const sizeOf = (shape: ReadonlyArray<number>): number => shape.reduce((n, side) => n * side, 1)

export const dtypeOf = (data: HostData): "float32" | "int32" =>
  data instanceof Float32Array ? "float32" : "int32"

/** TensorFlow.js' ranks by number: `TF.Tensor<Ranks[4]>` is a `Tensor4D`. */
export interface Ranks {
  readonly 0: TF.Rank.R0
  readonly 1: TF.Rank.R1
  readonly 2: TF.Rank.R2
  readonly 3: TF.Rank.R3
  readonly 4: TF.Rank.R4
  readonly 5: TF.Rank.R5
  readonly 6: TF.Rank.R6
}

const hasRank = <R extends TF.Rank>(tensor: TF.Tensor, rank: number): tensor is TF.Tensor<R> =>
  tensor.rank === rank

/** The tensor with its rank in its type. Throws if it has another rank; `what` names the tensor in the message. */
export const ranked = <N extends keyof Ranks>(
  tensor: TF.Tensor,
  rank: N,
  what: string
): TF.Tensor<Ranks[N]> => {
  if (!hasRank<Ranks[N]>(tensor, rank)) throw new Error(`${what} has rank ${tensor.rank}, not ${rank}`)
  return tensor
}

/**
 * Uploads to the device; the caller owns the tensor that it returns. A given rank is in the type:
 * `HostTensor.upload(tf, pictures, 4)` is a `Tensor4D`. Throws if the shape has another rank.
 */
export const upload: {
  (tf: typeof TF, tensor: HostTensor): TF.Tensor
  <N extends keyof Ranks>(tf: typeof TF, tensor: HostTensor, rank: N): TF.Tensor<Ranks[N]>
} = (tf: typeof TF, { data, shape }: HostTensor, rank?: keyof Ranks) => {
  const tensor = tf.tensor(data, [...shape], dtypeOf(data))
  return rank === undefined ? tensor : ranked(tensor, rank, `a tensor of shape [${shape.join(", ")}]`)
}
