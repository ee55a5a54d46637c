/** TensorFlow itself through tfjs-node's addon, on the processor or on one CUDA card; installed on demand. */
import { availableParallelism } from "node:os"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { DeviceUnavailable, type Tf } from "../../../pipeline/device/Device.ts"
import { type Engine, type Presence, present, type Tried } from "../internal/Engine.ts"
import * as Addon from "../native/Addon.ts"
import * as Card from "../native/Card.ts"
import * as Kernels from "../native/Kernels.ts"
import * as NativeHome from "../native/NativeHome.ts"
import * as Ops from "../native/Ops.ts"
import * as Tools from "../native/Tools.ts"
import * as Verdict from "../native/Verdict.ts"
import * as Tensorflow from "./Tensorflow.ts"

const probe = (variant: NativeHome.Variant): Presence => {
  const card = variant === "gpu" ? Card.probe() : present
  if (!card.present) return card
  return Option.isSome(NativeHome.installed(variant))
    ? present
    : {
        present: false,
        reason: "TensorFlow's library is not installed",
        cure: Tools.cure(`Run: anneal engine install ${variant}`)
      }
}

const untrustworthy =
  "Use trainer.accelerator=wasm. TF_ENABLE_ONEDNN_OPTS=0 or ONEDNN_MAX_CPU_ISA=AVX2 in the environment may avoid the fault, and the engine is tried again with it; anneal doctor repeats the trial"

const tried = (anew: boolean): Effect.Effect<Tried> =>
  Option.match(NativeHome.installed("native"), {
    onNone: () => Effect.succeed({ presence: probe("native"), said: "" }),
    onSome: (manifest) =>
      Effect.map(Verdict.of(manifest, anew), ({ passed, said }) => ({
        presence: passed ? present : { present: false, reason: said, cure: untrustworthy },
        said
      }))
  })

/** TensorFlow and CUDA read these only when they are loaded. */
const configure = (variant: NativeHome.Variant, threads: number): void => {
  const { env } = process
  env["TF_CPP_MIN_LOG_LEVEL"] ??= "2"
  env["TF_NUM_INTRAOP_THREADS"] = String(threads)
  env["TF_NUM_INTEROP_THREADS"] = "1"
  if (variant === "native") return
  env["TF_FORCE_GPU_ALLOW_GROWTH"] ??= "true"
  env["CUDA_DEVICE_ORDER"] ??= "PCI_BUS_ID"
  env["CUDA_VISIBLE_DEVICES"] = Card.chosen(env)
  // `32-true` means float32; a user who wants TF32's speed sets this variable.
  env["NVIDIA_TF32_OVERRIDE"] ??= "0"
}

interface Loaded {
  readonly variant: NativeHome.Variant
  readonly threads: number
  readonly addon: Addon.Addon
}

/** One per process: a loaded library cannot be unloaded. */
let loaded: Loaded | undefined

const load = Effect.fnUntraced(function* (tf: Tf, variant: NativeHome.Variant, threads: number | undefined) {
  if (loaded === undefined) {
    const count = threads ?? availableParallelism()
    configure(variant, count)
    loaded = { variant, threads: count, addon: yield* Addon.load(tf, variant) }
  }
  if (loaded.variant !== variant || loaded.threads !== (threads ?? loaded.threads)) {
    return yield* new DeviceUnavailable({
      accelerator: variant,
      reason: `this process has loaded TensorFlow for ${loaded.variant} with ${loaded.threads} threads, and cannot unload it`,
      cure: "Use another process for another engine or another number of threads."
    })
  }
  return loaded
})

/** Without a card TensorFlow would silently compute on the processor. */
const describe = Effect.fnUntraced(function* (variant: NativeHome.Variant, { addon, threads }: Loaded) {
  if (variant === "native")
    return `TensorFlow on the processor, ${threads} ${threads === 1 ? "thread" : "threads"}`
  if (!addon.binding.isUsingGpuDevice()) {
    return yield* new DeviceUnavailable({
      accelerator: variant,
      reason: "TensorFlow finds no usable card, although the driver is loaded",
      cure:
        "Usually CUDA's libraries are missing or the driver is too old for them: run anneal engine install gpu again, " +
        "which installs them; TF_CPP_MIN_LOG_LEVEL=0 makes TensorFlow report more."
    })
  }
  return `TensorFlow on CUDA, ${Card.label(yield* Card.describe(Card.chosen()))}`
})

const backendName = "tensorflow"

export const make = (variant: NativeHome.Variant): Engine => ({
  name: variant,
  probe: Effect.sync(() => probe(variant)),
  ...(variant === "native" ? { tried } : {}),
  open: Effect.fn("Native.open")(function* ({ threads }) {
    const manifest = Option.getOrUndefined(NativeHome.installed(variant))
    const tf = yield* Tensorflow.load(variant)
    const used = yield* Effect.acquireRelease(load(tf, variant, threads), ({ addon }) =>
      Effect.sync(addon.release)
    )
    const name = yield* describe(variant, used)
    if (tf.findBackendFactory(backendName) !== null) tf.removeBackend(backendName)
    const backend = used.addon.backend()
    tf.registerBackend(backendName, () => backend, 3)
    Kernels.register(tf, backendName)
    Ops.registerGradients(tf)
    yield* Tensorflow.activate(tf, variant, backendName)
    return {
      tf,
      name,
      versions: {
        "tfjs-core": tf.version_core,
        [NativeHome.tfjsPackage[variant]]: manifest?.tfjs ?? "unknown",
        tensorflow: used.addon.binding.TF_Version
      },
      threads: used.threads,
      deterministic: variant === "native",
      readsSynchronously: true,
      ops: Ops.make(tf, { updates: variant === "native" && used.addon.updates })
    }
  })
})
