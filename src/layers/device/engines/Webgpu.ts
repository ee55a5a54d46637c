/**
 * TensorFlow.js' WebGPU backend on Dawn: any card with a Vulkan, Metal or Direct3D 12 driver, without CUDA. Its
 * packages are installed on demand, and it is only used if named.
 */
import { createRequire } from "node:module"
import { join } from "node:path"
import type { KernelBackend } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { DeviceUnavailable, type Tf } from "../../../pipeline/device/Device.ts"
import * as Thrown from "../../internal/Thrown.ts"
import { registerGradients } from "../gradients/register.ts"
import { type Engine, type Presence, present } from "../internal/Engine.ts"
import { registerComposites, resizes } from "../kernels/register.ts"
import { repairWebgpu } from "../kernels/WebgpuRepairs.ts"
import * as Dawn from "../webgpu/Dawn.ts"
import * as WebgpuHome from "../webgpu/WebgpuHome.ts"
import * as Tensorflow from "./Tensorflow.ts"

const install = "Run: anneal engine install webgpu"

const probe = (): Presence =>
  Option.isSome(WebgpuHome.installed())
    ? present
    : { present: false, reason: "its packages are not installed", cure: install }

/** The used part of `@tensorflow/tfjs-backend-webgpu`. */
interface Backend {
  readonly WebGPUBackend: new (device: GPUDevice, adapter: GPUAdapterInfo) => KernelBackend
}

/** The registries that have our kernels: one per installation, once per process. */
const prepared = new WeakSet<Tf>()

const prepare = (tf: Tf): void => {
  registerGradients(tf)
  if (prepared.has(tf)) return
  prepared.add(tf)
  registerComposites(tf, "webgpu", resizes)
  repairWebgpu(tf)
}

const unusable = (cause: unknown) =>
  new DeviceUnavailable({
    accelerator: "webgpu",
    reason: `TensorFlow.js' backend cannot be loaded (${Thrown.said(cause)})`,
    cure: `Install it again. ${install}`
  })

const load = (root: string) =>
  Effect.try({
    try: () => {
      const require = createRequire(join(root, "package.json"))
      const tf: Tf = require(WebgpuHome.core)
      const backend: Backend = require(WebgpuHome.backend)
      prepare(tf)
      return { tf, backend }
    },
    catch: unusable
  })

/** The constructor checks `navigator.gpu` for WebGPU; if it stayed there, it would keep Dawn and Node alive. */
const construct = ({ WebGPUBackend }: Backend, { gpu, device, adapter }: Dawn.Opened) =>
  Effect.acquireUseRelease(
    Effect.sync(() => Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true })),
    () => Effect.try({ try: () => new WebGPUBackend(device, adapter), catch: unusable }),
    () => Effect.sync(() => Reflect.deleteProperty(globalThis.navigator, "gpu"))
  )

const register = (tf: Tf, backend: KernelBackend): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      // If off, every kernel runs on the card, whatever its size and wherever its inputs are; if on, some leak.
      tf.env().set("WEBGPU_CPU_FORWARD", false)
      tf.registerBackend("webgpu", () => backend, 3)
    }),
    () => Effect.sync(() => tf.removeBackend("webgpu"))
  ).pipe(Effect.asVoid)

/** For people: the adapter, and whether it is not a graphics card. */
const describe = ({ description, vendor, architecture, isFallbackAdapter }: GPUAdapterInfo): string => {
  const name = description === "" ? "an unnamed adapter" : description
  const maker = [vendor, architecture].filter((part) => part !== "").join(" ")
  const kind = isFallbackAdapter ? "software adapter" : "GPU"
  return `WebGPU on ${name} (${kind}${maker === "" ? "" : `, ${maker}`})`
}

export const webgpu: Engine = {
  name: "webgpu",
  byNameOnly: true,
  probe: Effect.sync(probe),
  open: Effect.fn("Webgpu.open")(function* () {
    const root = WebgpuHome.folder()
    const dawn = yield* Dawn.open(root)
    const { tf, backend } = yield* load(root)
    yield* register(tf, yield* construct(backend, dawn))
    yield* Tensorflow.activate(tf, "webgpu", "webgpu")
    return {
      tf,
      name: describe(dawn.adapter),
      versions: Option.match(WebgpuHome.installed(), {
        onNone: () => ({}),
        onSome: ({ packages }) => packages
      }),
      threads: 1,
      deterministic: false,
      readsSynchronously: false,
      lateError: dawn.lateError,
      unwatchable: "tensors cannot be read while an operation runs"
    }
  })
}
