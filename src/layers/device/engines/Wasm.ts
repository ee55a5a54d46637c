/** XNNPACK in WebAssembly with SIMD: the engine that needs nothing but npm. */
import { createRequire } from "node:module"
import os from "node:os"
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm"
import type { Tensor } from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { DeviceUnavailable, type Tf } from "../../../pipeline/device/Device.ts"
import * as Thrown from "../../internal/Thrown.ts"
import { type Engine, present } from "../internal/Engine.ts"
import { repairWasm } from "../kernels/Repairs.ts"
import { convolutions, registerComposites, registerRefusals, resizes } from "../kernels/register.ts"
import * as Memory from "../pack/Memory.ts"
import * as Ops from "../pack/Ops.ts"
import * as Pack from "../pack/Pack.ts"
import { registerPack, usePack } from "../pack/register.ts"
import * as Threads from "../pack/Threads.ts"
import * as Tensorflow from "./Tensorflow.ts"
import * as WasmBackend from "./WasmBackend.ts"

const packageName = "@tensorflow/tfjs-backend-wasm"

const missing = new DeviceUnavailable({
  accelerator: "wasm",
  reason: `${packageName} is not installed`,
  cure: 'Run "npm ci" again.'
})

/** The backend's files, resolved from this file both from source and bundled in dist/. */
const files: Effect.Effect<WasmBackend.Files, DeviceUnavailable> = Effect.try({
  try: () => {
    const { resolve } = createRequire(import.meta.url)
    return {
      glue: resolve(`${packageName}/wasm-out/tfjs-backend-wasm.js`),
      binary: resolve(`${packageName}/dist/tfjs-backend-wasm-simd.wasm`)
    }
  },
  catch: () => missing
})

/** Without the pack everything still works with composed operations, more slowly; the contract suite runs both. */
const packed = process.env.ANNEAL_KERNELS !== "composite"

let registered = false

/** Once per process: kernels outlive their backend. */
const register = (tf: Tf): void => {
  if (registered) return
  registered = true
  registerComposites(tf, "wasm", { ...convolutions, ...resizes })
  registerRefusals(tf, "wasm")
  repairWasm(tf)
  if (!packed) return
  registerPack(tf)
  Ops.registerOps(tf)
}

/** As many as the machine has, up to the number beyond which the serial parts leave nothing to gain. */
const defaultThreads = (): number => Math.min(4, os.availableParallelism())

const refused = (cause: unknown) =>
  new DeviceUnavailable({
    accelerator: "wasm",
    reason: `its backend did not start (${Thrown.said(cause)})`,
    cure: "Node 22.19 or newer is needed; with it, please report this."
  })

/** The pack on the backend's memory, with threads that end with the scope. */
const openPack = Effect.fnUntraced(function* (tf: Tf, backend: BackendWasm, threads: number) {
  const memory = Memory.make(backend)
  const module = Pack.compile(threads > 1)
  const pool = threads > 1 ? yield* Threads.start(memory, module, threads) : undefined
  usePack(backend, Pack.make(memory, module, pool))
  const float = (tensor: Tensor) => memory.floatAt(memory.at(tensor))
  return { ops: Ops.make(tf), float }
})

export const wasm: Engine = {
  name: "wasm",
  probe: files.pipe(
    Effect.as(present),
    Effect.catch((error) =>
      Effect.succeed({ present: false as const, reason: error.reason, cure: error.cure })
    )
  ),
  open: Effect.fn("Wasm.open")(function* (options) {
    const threads = packed ? (options.threads ?? defaultThreads()) : 1
    const found = yield* files
    const tf = yield* Tensorflow.load("wasm")
    const { BackendWasm, version_wasm } = yield* Tensorflow.importing(
      "wasm",
      packageName,
      () => import("@tensorflow/tfjs-backend-wasm")
    )
    register(tf)
    const module = yield* Effect.tryPromise({
      try: () => WasmBackend.load(found, threads > 1),
      catch: refused
    })
    const backend = new BackendWasm(module)
    tf.removeBackend("wasm")
    tf.registerBackend("wasm", () => backend, 2)
    const own = packed ? yield* openPack(tf, backend, threads) : {}
    yield* Tensorflow.activate(tf, "wasm", "wasm")
    return {
      tf,
      name: `wasm simd, ${threads} ${threads === 1 ? "thread" : "threads"}`,
      versions: { "tfjs-core": tf.version_core, "tfjs-backend-wasm": version_wasm },
      threads,
      deterministic: true,
      readsSynchronously: true,
      ...own
    }
  })
}
