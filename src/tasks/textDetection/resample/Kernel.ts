/** The passes of resampling in WebAssembly, in a memory of their own. */
import * as Predicate from "effect/Predicate"
import { resample } from "./binary.ts"

/** The C functions of resample.c; addresses are offsets into `memory`. */
export interface Kernel {
  readonly memory: WebAssembly.Memory
  readonly firstPass: (
    line: number,
    origin: number,
    forward: number,
    weights: number,
    pairs: number,
    into: number,
    count: number
  ) => void
  readonly secondPass: (
    values: number,
    stride: number,
    begin: number,
    slope: number,
    weights: number,
    taps: number,
    tones: number,
    to: number,
    from: number,
    until: number
  ) => void
  readonly secondPassLevel: (
    values: number,
    stride: number,
    position: number,
    weights: number,
    taps: number,
    to: number,
    from: number,
    until: number
  ) => void
}

const page = 65_536
/** A picture of ten million pixels and its middle take less; a memory that grew beyond is not kept, since none shrinks. */
const kept = 2048 * page

const isKernel = (exports: object): exports is Exports =>
  ["first_pass", "second_pass", "second_pass_level"].every((name) => Predicate.hasProperty(exports, name))

interface Exports {
  readonly first_pass: Kernel["firstPass"]
  readonly second_pass: Kernel["secondPass"]
  readonly second_pass_level: Kernel["secondPassLevel"]
}

const make = (): Kernel => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65_536 })
  const module = new WebAssembly.Module(Buffer.from(resample, "base64"))
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  if (!isKernel(exports)) throw new TypeError("the resampling kernel lacks a pass")
  // Called as they are: a wrapper of any arguments would take longer than a row.
  const { first_pass: firstPass, second_pass: secondPass, second_pass_level: secondPassLevel } = exports
  return { memory, firstPass, secondPass, secondPassLevel }
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
