/**
 * Worker threads that run kernels of the pack on shared memory. The thread that trains is one of them and waits for
 * the others; between kernels they spin for a moment and then sleep. The words of `control`, in the memory itself:
 */
import { Worker } from "node:worker_threads"
import { Effect, type Scope } from "effect"
import * as Thrown from "../../internal/Thrown.ts"
import type * as Memory from "./Memory.ts"
import { blockBytes, blockKernels, type Pool, stackBytes } from "./Pack.ts"

/** Incremented for each kernel that is handed out. */
const generation = 0
/** Its index in `blockKernels`. */
const kernelPlace = 1
/** How many structures are handed out; thread i takes the i-th. */
const count = 2
/** How many threads have not finished. */
const pending = 3
/** How many threads have started. */
const ready = 4
/** 1 asks the threads to end. */
const quit = 5
const controlWords = 16

/** How often a word is loaded before a thread goes to sleep: some tens of microseconds. */
const spins = 4000

/**
 * The program of a thread, as text, so that it needs no file when bundled. NODE_OPTIONS decides whether it is read as
 * a module or as a script, so it declares none of the names that a script has.
 */
const program = `
const { workerData } = process.getBuiltinModule("node:worker_threads")
const { compiled, memory, control, blocks, index, stackTop, kernels } = workerData
const instance = new WebAssembly.Instance(compiled, { env: { memory } })
instance.exports.__stack_pointer.value = stackTop
const run = kernels.map((name) => instance.exports[name])
const words = new Int32Array(memory.buffer, control, ${controlWords})
let seen = Atomics.load(words, ${generation})
Atomics.add(words, ${ready}, 1)
while (Atomics.load(words, ${quit}) === 0) {
  let next = Atomics.load(words, ${generation})
  for (let i = 0; next === seen && i < ${spins}; i++) next = Atomics.load(words, ${generation})
  if (next === seen) { Atomics.wait(words, ${generation}, seen); continue }
  seen = next
  if (index >= Atomics.load(words, ${count})) continue
  run[Atomics.load(words, ${kernelPlace})](blocks + index * ${blockBytes})
  if (Atomics.sub(words, ${pending}, 1) === 1) Atomics.notify(words, ${pending})
}
`

/** Longest wait for a kernel, ms; a thread that takes longer has died. */
const patience = 120_000

const wait = (words: Int32Array): void => {
  for (let i = 0; i < spins; i++) if (Atomics.load(words, pending) === 0) return
  for (let left = Atomics.load(words, pending); left !== 0; left = Atomics.load(words, pending)) {
    if (Atomics.wait(words, pending, left, patience) === "timed-out") {
      throw new Error("a thread of the wasm engine did not finish its kernel")
    }
  }
}

const warning = (cause: unknown) =>
  Effect.logWarning(
    `a thread of the wasm engine did not start (${Thrown.said(cause)}), and the engine computes on one thread. If too many files are open, raise their number (ulimit -n), or set trainer.threads=1`
  )

/** Starts `threads - 1` threads, which end with the scope. */
export const start = (
  memory: Pick<Memory.Memory, "buffer" | "allocate" | "write">,
  module: WebAssembly.Module,
  threads: number
): Effect.Effect<Pool, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.map(Effect.context<never>(), (context) => {
      const control = memory.allocate(4 * controlWords)
      const blocks = memory.allocate(blockBytes * threads)
      const words = new Int32Array(memory.buffer.buffer, control, controlWords).fill(0)
      const workers = Array.from({ length: threads - 1 }, (_, other) => {
        const stackTop = memory.allocate(stackBytes) + stackBytes
        const shared = {
          compiled: module,
          memory: memory.buffer,
          control,
          blocks,
          stackTop,
          kernels: blockKernels
        }
        const workerData = { ...shared, index: other + 1 }
        // The process's options are for loading modules; this thread loads none, and starts faster without them.
        const worker = new Worker(program, { eval: true, workerData, execArgv: [] })
        // If a thread does not start, the training thread computes everything, with the same bits.
        worker.on("error", (cause) => Effect.runForkWith(context)(warning(cause)))
        worker.unref()
        return worker
      })
      const parallel: Pool["parallel"] = (call, kernel, structures) => {
        if (Atomics.load(words, ready) < threads - 1) return false
        for (const [index, structure] of structures.entries())
          memory.write(blocks + index * blockBytes, structure)
        Atomics.store(words, kernelPlace, blockKernels.indexOf(kernel))
        Atomics.store(words, count, structures.length)
        Atomics.store(words, pending, structures.length - 1)
        Atomics.add(words, generation, 1)
        Atomics.notify(words, generation)
        call(kernel, blocks)
        wait(words)
        return true
      }
      return { pool: { threads, parallel }, words, workers }
    }),
    ({ words, workers }) =>
      Effect.promise(() => {
        Atomics.store(words, quit, 1)
        Atomics.add(words, generation, 1)
        Atomics.notify(words, generation)
        return Promise.all(workers.map((worker) => worker.terminate()))
      })
  ).pipe(Effect.map(({ pool }) => pool))
