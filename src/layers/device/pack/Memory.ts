/** The wasm engine's memory as our kernels use it: tensors by address, scratch space, words and zeros. */

import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm"
import type { DataType, TensorInfo } from "@tensorflow/tfjs-core"

export interface Memory {
  readonly buffer: WebAssembly.Memory
  /** The address of a tensor's first byte. */
  readonly at: (tensor: TensorInfo) => number
  /** A new tensor with uninitialised contents. */
  readonly output: (shape: ReadonlyArray<number>, dtype?: DataType) => TensorInfo
  /** A tensor that shares the same values, which are never written to. */
  readonly share: (tensor: TensorInfo) => TensorInfo
  readonly zeros: (shape: ReadonlyArray<number>) => TensorInfo
  /** Addresses of areas of these sizes in bytes; they are valid until the next call. */
  readonly scratch: (sizes: ReadonlyArray<number>) => ReadonlyArray<number>
  readonly write: (address: number, words: ReadonlyArray<number>) => void
  /** The float32 at an address. */
  readonly floatAt: (address: number) => number
  readonly fillZero: (address: number, bytes: number) => void
  /** An area that lasts as long as the engine. */
  readonly allocate: (bytes: number) => number
}

const alignment = 16

const memoryOf = (module: object): WebAssembly.Memory => {
  const found: unknown = Reflect.get(module, "wasmMemory")
  if (found instanceof WebAssembly.Memory) return found
  const exported: unknown = Reflect.get(Object(Reflect.get(module, "asm")), "memory")
  if (exported instanceof WebAssembly.Memory) return exported
  throw new TypeError("the wasm backend does not expose its memory")
}

const functionOf = (module: object, name: "_malloc" | "_free"): ((argument: number) => number) => {
  const found: unknown = Reflect.get(module, name)
  if (typeof found !== "function") throw new TypeError(`the wasm backend does not expose its ${name}`)
  return (argument) => Number(found(argument)) >>> 0
}

export const make = (backend: BackendWasm): Memory => {
  const buffer = memoryOf(backend.wasm)
  const malloc = functionOf(backend.wasm, "_malloc")
  const free = functionOf(backend.wasm, "_free")
  let area = 0
  let capacity = 0

  const aligned = (address: number): number => Math.ceil(address / alignment) * alignment
  const allocate = (bytes: number): number => aligned(malloc(bytes + alignment))

  const reserve = (bytes: number): void => {
    if (bytes <= capacity) return
    if (capacity > 0) free(area)
    capacity = Math.ceil(bytes * 1.5)
    area = malloc(capacity + alignment)
  }

  const output = (shape: ReadonlyArray<number>, dtype: DataType = "float32"): TensorInfo =>
    backend.makeOutput([...shape], dtype)

  const at = (tensor: TensorInfo): number => backend.getMemoryOffset(tensor.dataId) >>> 0

  const fillZero = (address: number, bytes: number): void => {
    new Uint8Array(buffer.buffer, address, bytes).fill(0)
  }

  return {
    buffer,
    at,
    output,
    share: ({ dataId, shape, dtype }) => {
      backend.incRef(dataId)
      return { dataId, shape, dtype }
    },
    zeros: (shape) => {
      const tensor = output(shape)
      fillZero(at(tensor), 4 * shape.reduce((all, n) => all * n, 1))
      return tensor
    },
    scratch: (sizes) => {
      const rounded = sizes.map((size) => Math.ceil(size / alignment) * alignment)
      reserve(rounded.reduce((all, size) => all + size, 0))
      let next = aligned(area)
      return rounded.map((size) => {
        const address = next
        next += size
        return address
      })
    },
    write: (address, words) => {
      new Int32Array(buffer.buffer, address, words.length).set(words)
    },
    floatAt: (address) => new Float32Array(buffer.buffer, address, 1)[0] ?? Number.NaN,
    fillZero,
    allocate
  }
}

const float = new Float32Array(1)
const word = new Int32Array(float.buffer)

/** The bits of a float32, to put into a structure of words. */
export const bits = (value: number): number => {
  float[0] = value
  return word[0] ?? 0
}
