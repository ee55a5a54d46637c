/** The value types of safetensors, and how each becomes a host tensor's values. */
import * as Result from "effect/Result"
import * as Half from "../../pipeline/internal/Half.ts"
import type { HostData } from "../../pipeline/nn/HostTensor.ts"

/** A value that does not fit the host's type; `byte` counts from the start of the tensor. */
export interface Unfit {
  readonly byte: number
  readonly problem: string
}

interface Reader {
  /** Bytes per value. */
  readonly width: number
  /** The values of `bytes`, which are aligned and owned by the reader. */
  readonly read: (bytes: Uint8Array<ArrayBuffer>) => Result.Result<HostData, Unfit>
}

/** bfloat16 is the upper half of a float32. */
const widenBrain = (bytes: Uint8Array<ArrayBuffer>): Float32Array => {
  const halves = new Uint16Array(bytes.buffer)
  const words = Uint32Array.from(halves, (bits) => bits << 16)
  return new Float32Array(words.buffer)
}

const exact = (data: (buffer: ArrayBuffer) => HostData, width: number): Reader => ({
  width,
  read: (bytes) => Result.succeed(data(bytes.buffer))
})

/** Whole numbers of any width, refused if one does not fit 32 bits. */
const whole = (width: number, values: (buffer: ArrayBuffer) => ArrayLike<number | bigint>): Reader => ({
  width,
  read: (bytes) => {
    const from = values(bytes.buffer)
    const to = new Int32Array(from.length)
    for (let i = 0; i < to.length; i++) {
      const value = Number(from[i])
      to[i] = value
      if (to[i] !== value) {
        return Result.fail({ byte: i * width, problem: `the value ${from[i]} does not fit int32` })
      }
    }
    return Result.succeed(to)
  }
})

const readers: Readonly<Record<string, Reader>> = {
  F32: exact((buffer) => new Float32Array(buffer), 4),
  I32: exact((buffer) => new Int32Array(buffer), 4),
  U8: exact((buffer) => new Uint8Array(buffer), 1),
  BOOL: exact((buffer) => new Uint8Array(buffer), 1),
  F64: exact((buffer) => Float32Array.from(new Float64Array(buffer)), 8),
  F16: exact((buffer) => Float32Array.from(new Uint16Array(buffer), Half.toNumber), 2),
  BF16: { width: 2, read: (bytes) => Result.succeed(widenBrain(bytes)) },
  I8: whole(1, (buffer) => new Int8Array(buffer)),
  I16: whole(2, (buffer) => new Int16Array(buffer)),
  U16: whole(2, (buffer) => new Uint16Array(buffer)),
  U32: whole(4, (buffer) => new Uint32Array(buffer)),
  I64: whole(8, (buffer) => new BigInt64Array(buffer)),
  U64: whole(8, (buffer) => new BigUint64Array(buffer))
}

const readerOf = (dtype: string): Reader | undefined =>
  Object.hasOwn(readers, dtype) ? readers[dtype] : undefined

/** The dtype in which host values are written. */
export const of = (data: HostData): "F32" | "I32" | "U8" => {
  if (data instanceof Float32Array) return "F32"
  return data instanceof Int32Array ? "I32" : "U8"
}

/** Bytes per value, or undefined for an unknown dtype. */
export const width = (dtype: string): number | undefined => readerOf(dtype)?.width

/** The values of `bytes`, which must own its buffer. */
export const read = (dtype: string, bytes: Uint8Array<ArrayBuffer>): Result.Result<HostData, Unfit> =>
  readerOf(dtype)?.read(bytes) ?? Result.fail({ byte: 0, problem: `unknown dtype ${dtype}` })
