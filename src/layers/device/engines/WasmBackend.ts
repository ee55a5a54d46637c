/**
 * Starts the wasm backend from its stock SIMD binary. For threads its memory is declared shared by one bit of the
 * binary: the backend itself stays on one thread and only our kernels run on several, so neither the threaded build
 * nor its eight workers are needed.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm"

const memorySection = 5
const hasMaximum = 1
const isShared = 2

/** Finds the memory's limits among the sections (id, LEB128 size, contents) and sets the bit. */
export const withSharedMemory = (binary: Uint8Array): Uint8Array => {
  const changed = Uint8Array.from(binary)
  let at = 8
  const number = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = changed[at++] ?? 0
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < changed.length) {
    const id = changed[at++]
    const next = number() + at
    if (id === memorySection) {
      number()
      if (changed[at] !== hasMaximum) throw new TypeError("the wasm binary's memory has no maximum to share")
      changed[at] = hasMaximum | isShared
      return changed
    }
    at = next
  }
  throw new TypeError("the wasm binary has no memory of its own")
}

type Wrap = (
  name: string,
  returns: string | null,
  takes: ReadonlyArray<string>
) => (...args: Array<number>) => unknown

/** What the backend's own start adds to the module: the C functions for the table of tensors. */
const tableOf = (module: object) => {
  const cwrap: unknown = Reflect.get(module, "cwrap")
  if (typeof cwrap !== "function") throw new TypeError("the wasm module has no cwrap")
  const wrap: Wrap = (name, returns, takes) => cwrap(name, returns, takes)
  return {
    init: wrap("init", null, []),
    initWithThreadsCount: wrap("init_with_threads_count", null, ["number"]),
    getThreadsCount: wrap("get_threads_count", "number", []),
    registerTensor: wrap("register_tensor", null, ["number", "number", "number"]),
    disposeData: wrap("dispose_data", null, ["number"]),
    dispose: wrap("dispose", null, [])
  }
}

const isModule = (value: unknown): value is BackendWasm["wasm"] =>
  typeof value === "object" && value !== null && "tfjs" in value

/** The stock backend writes to address 0, which means "no memory left"; here it is an error. */
const checkAllocations = (module: object): void => {
  // The module's own _malloc replaces itself on the first call, so the binary's is used.
  const malloc: unknown = Reflect.get(Object(Reflect.get(module, "asm")), "malloc")
  if (typeof malloc !== "function") throw new TypeError("the wasm binary has no malloc")
  Reflect.set(module, "_malloc", (bytes: number): number => {
    // Past 2^32 the count would wrap around and the allocation succeed, too small.
    const address = bytes < 2 ** 32 ? Number(malloc(bytes)) : 0
    if (address === 0 && bytes > 0) {
      throw new RangeError(
        `no memory for ${bytes} more bytes: the wasm engine holds 4 GB at most. Use smaller batches or pictures.`
      )
    }
    return address
  })
}

const listeners = () => ({
  errors: process.listeners("uncaughtException"),
  rejections: process.listeners("unhandledRejection")
})

/**
 * Starts the glue and removes the listeners that it adds to the process: they rethrow every uncaught error of the
 * program from the glue's single line, and Node prints that line, a hundred kilobytes, before the error.
 */
const quietly = <A>(start: () => A): A => {
  const before = listeners()
  const started = start()
  const { errors, rejections } = listeners()
  for (const one of errors) if (!before.errors.includes(one)) process.removeListener("uncaughtException", one)
  for (const one of rejections)
    if (!before.rejections.includes(one)) process.removeListener("unhandledRejection", one)
  return started
}

export interface Files {
  /** The Emscripten module beside the binary. */
  readonly glue: string
  readonly binary: string
}

/** A module for `new BackendWasm(module)`. */
export const load = async ({ glue, binary }: Files, shared: boolean): Promise<BackendWasm["wasm"]> => {
  const factory: unknown = createRequire(import.meta.url)(glue)
  if (typeof factory !== "function") throw new TypeError(`${glue} is not an Emscripten module`)
  const bytes = new Uint8Array(readFileSync(binary))
  const module: unknown = await quietly(() =>
    factory({ wasmBinary: shared ? withSharedMemory(bytes) : bytes })
  )
  if (typeof module !== "object" || module === null) throw new TypeError(`${glue} returned no module`)
  Reflect.set(module, "tfjs", tableOf(module))
  checkAllocations(module)
  if (!isModule(module)) throw new TypeError(`${glue} returned an incomplete module`)
  return module
}
