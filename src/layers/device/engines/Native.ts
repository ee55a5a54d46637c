/** TensorFlow itself through tfjs-node's addon, on the processor or on one CUDA card; installed on demand. */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import util from "node:util"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { DeviceUnavailable, type Tf } from "../../../pipeline/Device.ts"
import { type Engine, type Presence, present } from "../Engine.ts"
import * as Tensorflow from "../internal/Tensorflow.ts"
import * as NativeHome from "../native/NativeHome.ts"

const absent = (reason: string, cure: string): Presence => ({ present: false, reason, cure })

/** What NVIDIA's driver shows of its cards. */
const driver = "/proc/driver/nvidia/gpus"

const probe = (variant: NativeHome.Variant): Presence => {
  if (variant === "gpu" && !existsSync(driver)) {
    return absent(
      "no NVIDIA driver is loaded, or no card is there",
      "Install the driver and check with nvidia-smi; then run: anneal engine install gpu"
    )
  }
  return Option.isSome(NativeHome.installed(variant))
    ? present
    : absent("TensorFlow's library is not installed", `Run: anneal engine install ${variant}`)
}

/** tfjs-node 4.22 calls both: one is gone from Node 23 on, and the other warns on every start. */
const shim = (): void => {
  const isNullOrUndefined = (value: unknown) => value === null || value === undefined
  Object.assign(util, { isNullOrUndefined, isArray: Array.isArray })
}

/** TensorFlow reads these when it is loaded, and never again. */
const configure = (threads: number | undefined): void => {
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2"
  process.env["TF_FORCE_GPU_ALLOW_GROWTH"] ??= "true"
  if (threads !== undefined) {
    process.env["TF_NUM_INTRAOP_THREADS"] = String(threads)
    process.env["TF_NUM_INTEROP_THREADS"] = "1"
  }
}

const load = (variant: NativeHome.Variant): Effect.Effect<Tf, DeviceUnavailable> =>
  Effect.try({
    try: () => {
      const require = createRequire(join(NativeHome.packageFolder(variant), "package.json"))
      require(NativeHome.packageFolder(variant))
      const tf: Tf = require("@tensorflow/tfjs-core")
      return tf
    },
    catch: (cause) =>
      new DeviceUnavailable({
        accelerator: variant,
        reason: `the addon does not load (${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)})`,
        cure: `Install it again: anneal engine install ${variant}`
      })
  })

export const make = (variant: NativeHome.Variant): Engine => ({
  name: variant,
  probe: Effect.sync(() => probe(variant)),
  open: Effect.fn("Native.open")(function* ({ threads }) {
    const manifest = Option.getOrUndefined(NativeHome.installed(variant))
    shim()
    configure(threads)
    const tf = yield* load(variant)
    yield* Tensorflow.activate(tf, variant, "tensorflow")
    return {
      tf,
      name: variant === "gpu" ? "TensorFlow on CUDA" : "TensorFlow on the processor",
      versions: {
        "tfjs-core": tf.version_core,
        [NativeHome.tfjsPackage[variant]]: manifest?.tfjs ?? "unknown",
        tensorflow: manifest?.tensorflow ?? "unknown"
      },
      threads: threads ?? 0,
      deterministic: variant === "native",
      readsSynchronously: variant === "native"
    }
  })
})
