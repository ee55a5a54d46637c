/** The kernel pack: our C kernels, in the wasm engine's own memory, run by one thread or by several at once. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm"
import { plain } from "./binary.ts"
import * as Memory from "./Memory.ts"

/** Kernels that take the address of one structure. */
export type BlockKernel =
  | "conv"
  | "filter_gradient"
  | "pack_filter_transposed"
  | "norm_statistics"
  | "norm_apply"
  | "norm_gradient"
  | "max_pool_gradient"
  | "resize"
  | "resize_gradient"
  | "adam"

export interface Pack {
  readonly memory: Memory.Memory
  /** How many structures `parallel` runs at once. */
  readonly threads: number
  /** Calls a kernel with its plain arguments. */
  readonly call: (kernel: string, ...words: ReadonlyArray<number>) => void
  /** Runs a kernel on one structure of words. */
  readonly run: (kernel: BlockKernel, words: ReadonlyArray<number>) => void
  /** Runs a kernel on several structures, at most `threads`, each on a thread of its own. */
  readonly parallel: (kernel: BlockKernel, structures: ReadonlyArray<ReadonlyArray<number>>) => void
}

export const stackBytes = 1 << 17
export const blockBytes = 512

export type Exports = Record<string, (...words: ReadonlyArray<number>) => void>

/** An instance over the memory, with a stack of its own in it. */
export const instantiate = (
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  stackTop: number
): ((kernel: string, ...words: ReadonlyArray<number>) => void) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const stack = exports.__stack_pointer
  if (!(stack instanceof WebAssembly.Global)) throw new TypeError("the kernel pack has no stack pointer")
  stack.value = stackTop
  return (kernel, ...words) => {
    const found = exports[kernel]
    if (typeof found !== "function") throw new TypeError(`the kernel pack has no kernel "${kernel}"`)
    found(...words)
  }
}

export const make = (backend: BackendWasm): Pack => {
  const memory = Memory.make(backend)
  const call = instantiate(
    new WebAssembly.Module(Buffer.from(plain, "base64")),
    memory.buffer,
    memory.allocate(stackBytes) + stackBytes
  )
  const block = memory.allocate(blockBytes)
  const run: Pack["run"] = (kernel, words) => {
    memory.write(block, words)
    call(kernel, block)
  }
  return {
    memory,
    threads: 1,
    call,
    run,
    parallel: (kernel, structures) => {
      for (const words of structures) run(kernel, words)
    }
  }
}

/** `count` things cut into at most `threads` runs of nearly the same length: [begin, end). */
export const shares = (count: number, threads: number): ReadonlyArray<readonly [number, number]> => {
  const parts = Math.max(1, Math.min(threads, count))
  return Array.from({ length: parts }, (_, index) => [
    Math.floor((count * index) / parts),
    Math.floor((count * (index + 1)) / parts)
  ])
}
