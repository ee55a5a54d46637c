/** The passes of resampling in WebAssembly, in a memory of their own. */
import * as Predicate from "effect/Predicate"
import { resample } from "./binary.ts"

/** The C functions of resample.c; addresses are offsets into `memory`. */
export interface Kernel {
  readonly memory: WebAssembly.Memory
  /** `structure` is the address of a FirstPass or SecondPass. */
  readonly firstPass: (structure: number) => void
  readonly secondPass: (structure: number) => void
}

const page = 65_536
/** Enough for a picture of ten million pixels and its middle. A memory that grew beyond is not kept, since none shrinks. */
const kept = 2048 * page

interface Exports {
  readonly first_pass: Kernel["firstPass"]
  readonly second_pass: Kernel["secondPass"]
}

const isKernel = (exports: object): exports is Exports =>
  ["first_pass", "second_pass"].every((name) => Predicate.hasProperty(exports, name))

const make = (): Kernel => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65_536 })
  const module = new WebAssembly.Module(Buffer.from(resample, "base64"))
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  if (!isKernel(exports)) throw new TypeError("the resampling kernel lacks a pass")
  return { memory, firstPass: exports.first_pass, secondPass: exports.second_pass }
}

let last: Kernel | undefined

/** A kernel whose memory has at least `bytes`, of any content; it serves until the next call. */
export const withMemory = (bytes: number): Kernel => {
  const kernel = last ?? make()
  const missing = bytes - kernel.memory.buffer.byteLength
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / page))
  last = kernel.memory.buffer.byteLength > kept ? undefined : kernel
  return kernel
}
