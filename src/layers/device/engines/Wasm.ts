/** XNNPACK in WebAssembly with SIMD: the engine that npm alone installs. */
import { createRequire } from "node:module"
import path from "node:path"
import { Effect } from "effect"
import { DeviceUnavailable, type Tf } from "../../../pipeline/Device.ts"
import { type Engine, present } from "../Engine.ts"
import * as Tensorflow from "../internal/Tensorflow.ts"
import { repairWasm } from "../kernels/Repairs.ts"
import { convolutions, registerComposites, registerRefusals, resizes } from "../kernels/register.ts"
import * as Ops from "../pack/Ops.ts"
import { registerPack } from "../pack/register.ts"

const packageName = "@tensorflow/tfjs-backend-wasm"
const binary = "dist/tfjs-backend-wasm-simd.wasm"

/** The folder of the .wasm files, found from this file whether it runs from source or bundled in dist/. */
const folder: Effect.Effect<string, DeviceUnavailable> = Effect.try({
  try: () => `${path.dirname(createRequire(import.meta.url).resolve(`${packageName}/${binary}`))}${path.sep}`,
  catch: () =>
    new DeviceUnavailable({
      accelerator: "wasm",
      reason: `${packageName}/${binary} is not installed`,
      cure: 'Run "npm ci" again.'
    })
})

/** Without the pack everything still works, composed and slower; the contract suite runs both. */
const packed = process.env.ANNEAL_KERNELS !== "composite"

let registered = false

/** Once per process: kernels outlive the backend that they are for. */
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

export const wasm: Engine = {
  name: "wasm",
  probe: folder.pipe(
    Effect.as(present),
    Effect.catch((error) =>
      Effect.succeed({ present: false as const, reason: error.reason, cure: error.cure })
    )
  ),
  open: Effect.fn("Wasm.open")(function* () {
    const files = yield* folder
    const tf = yield* Tensorflow.load("wasm")
    const backend = yield* Tensorflow.importing(
      "wasm",
      packageName,
      () => import("@tensorflow/tfjs-backend-wasm")
    )
    backend.setWasmPaths(files)
    register(tf)
    yield* Tensorflow.activate(tf, "wasm", "wasm")
    return {
      tf,
      name: "wasm simd, 1 thread",
      versions: { "tfjs-core": tf.version_core, "tfjs-backend-wasm": backend.version_wasm },
      threads: 1,
      deterministic: true,
      readsSynchronously: true,
      ...(packed ? { ops: Ops.make(tf) } : {})
    }
  })
}
