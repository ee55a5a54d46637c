/** The kernel pack: our C kernels, in the wasm engine's own memory, run by one thread or by several. */
import type { TensorInfo } from "@tensorflow/tfjs-core"
import type { Attributes } from "../internal/Attributes.ts"
import { plain, shared } from "./binary.ts"
import type * as Memory from "./Memory.ts"

/** Kernels that take the address of one structure; threads identify them by their index in this list. */
export const blockKernels = [
  "conv",
  "filter_gradient",
  "pack_filter_transposed",
  "norm_statistics",
  "norm_apply",
  "norm_gradient_sums",
  "norm_gradient",
  "max_pool_gradient",
  "resize",
  "resize_gradient",
  "elementwise",
  "depthwise_input_gradient",
  "depthwise_filter_gradient",
  "adam",
  "squares"
] as const
export type BlockKernel = (typeof blockKernels)[number]

/** The arguments of a kernel in TensorFlow.js' registry. */
export interface Call {
  readonly input: (name: string) => TensorInfo
  readonly optional: (name: string) => TensorInfo | undefined
  readonly attrs: Attributes
}

export interface Pack {
  readonly memory: Memory.Memory
  /** How many structures `parallel` runs at once. */
  readonly threads: number
  /** Calls a kernel with its plain arguments. */
  readonly call: (kernel: string, ...words: ReadonlyArray<number>) => void
  /** Runs a kernel on one structure of words. */
  readonly run: (kernel: BlockKernel, words: ReadonlyArray<number>) => void
  /** Runs a kernel on several structures, at most `threads`, each on its own thread. */
  readonly parallel: (kernel: BlockKernel, structures: ReadonlyArray<ReadonlyArray<number>>) => void
}

/** How many threads run structures in parallel. */
export interface Pool {
  readonly threads: number
  /** False, with nothing done, while the threads are still starting. */
  readonly parallel: (
    call: Pack["call"],
    kernel: BlockKernel,
    structures: ReadonlyArray<ReadonlyArray<number>>
  ) => boolean
}

export const stackBytes = 1 << 17
export const blockBytes = 512

/** An instance on the memory, with its own stack in it. */
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

/** The module for a memory that is, or is not, shared with threads. */
export const compile = (sharedMemory: boolean): WebAssembly.Module =>
  new WebAssembly.Module(Buffer.from(sharedMemory ? shared : plain, "base64"))

/** With `threads` other than 1, also what runs structures on threads. */
export const make = (memory: Memory.Memory, module: WebAssembly.Module, pool?: Pool): Pack => {
  const call = instantiate(module, memory.buffer, memory.allocate(stackBytes) + stackBytes)
  const block = memory.allocate(blockBytes)
  const run: Pack["run"] = (kernel, words) => {
    memory.write(block, words)
    call(kernel, block)
  }
  return {
    memory,
    threads: pool?.threads ?? 1,
    call,
    run,
    parallel: (kernel, structures) => {
      if (pool !== undefined && structures.length > 1 && pool.parallel(call, kernel, structures)) return
      for (const words of structures) run(kernel, words)
    }
  }
}

/** About what waking a thread and waiting for it costs, in microseconds of work. */
const wakingCosts = 100

/** How many threads to use for work that takes one of them about this many microseconds. */
export const worthwhile = ({ threads }: Pack, microseconds: number): number =>
  microseconds < wakingCosts ? 1 : threads

/** Divides `count` items into at most `threads` ranges of nearly equal length: [begin, end). */
export const shares = (count: number, threads: number): ReadonlyArray<readonly [number, number]> => {
  const parts = Math.max(1, Math.min(threads, count))
  return Array.from({ length: parts }, (_, index) => [
    Math.floor((count * index) / parts),
    Math.floor((count * (index + 1)) / parts)
  ])
}
