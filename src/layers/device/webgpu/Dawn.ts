/** Dawn, Chrome's WebGPU, in Node: one adapter and one device, released when the scope closes. */
import { createRequire } from "node:module"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { DeviceUnavailable } from "../../../pipeline/device/Device.ts"
import * as WebgpuHome from "./WebgpuHome.ts"

/** The npm package `webgpu`. */
interface Dawn {
  readonly create: (options: ReadonlyArray<string>) => GPU
  /** The globals of a browser: `GPUBuffer`, `GPUBufferUsage`, … */
  readonly globals: Readonly<Record<string, unknown>>
}

export interface Opened {
  readonly gpu: GPU
  readonly device: GPUDevice
  readonly adapter: GPUAdapterInfo
  /** The first error that the device reported after the call that caused it had returned. */
  readonly lateError: () => unknown
}

const unavailable = (reason: string, cure: string) =>
  new DeviceUnavailable({ accelerator: "webgpu", reason, cure })

const sentence = (cause: unknown): string =>
  cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause)

const load = (root: string): Effect.Effect<Dawn, DeviceUnavailable> =>
  Effect.try({
    try: () => {
      const dawn: Dawn = createRequire(join(root, "package.json"))(WebgpuHome.dawn)
      return dawn
    },
    catch: (cause) =>
      unavailable(
        `Dawn's addon cannot be loaded (${sentence(cause)})`,
        "Install it again: anneal engine install webgpu"
      )
  })

/** Stands in for the backend's synchronous reading, whose own error would mention a missing canvas. */
function OffscreenCanvas(): never {
  throw new TypeError(
    "a tensor on webgpu can only be read asynchronously: read it with device.read, and avoid operations that read values while they run (topk, nonMaxSuppression), or choose another engine"
  )
}

/**
 * TensorFlow.js' backend is written for a browser and expects these on `globalThis`; the previous values are
 * restored.
 */
const lendGlobals = (globals: Dawn["globals"]): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = Object.keys(globals).map(
        (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const
      )
      for (const [name, value] of Object.entries(globals)) {
        Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
      }
      return before
    }),
    (before) =>
      Effect.sync(() => {
        for (const [name, descriptor] of before) {
          if (descriptor === undefined) Reflect.deleteProperty(globalThis, name)
          else Object.defineProperty(globalThis, name, descriptor)
        }
      })
  ).pipe(Effect.asVoid)

/** How to get a driver, if none is found. */
const driverCure =
  process.platform === "linux"
    ? "Dawn uses Vulkan: install libvulkan1 and the driver of your card (NVIDIA's brings its own part; for others, Debian and Ubuntu: apt-get install libvulkan1 mesa-vulkan-drivers), and check with vulkaninfo --summary."
    : "Install the driver of your graphics card."

const requestAdapter = (gpu: GPU): Effect.Effect<GPUAdapter, DeviceUnavailable> =>
  Effect.tryPromise({
    try: () => gpu.requestAdapter({ powerPreference: "high-performance" }),
    catch: (cause) => unavailable(`Dawn cannot be started (${sentence(cause)})`, driverCure)
  }).pipe(
    Effect.filterOrFail(
      (adapter) => adapter !== null,
      () =>
        unavailable("Dawn found no adapter that it accepts; if it refused one, it said why above", driverCure)
    )
  )

/** Limits that TensorFlow.js' kernels use up to the adapter's maximum; by default WebGPU grants less. */
const limits = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup"
] as const

const requestDevice = (adapter: GPUAdapter) =>
  Effect.tryPromise({
    try: () =>
      adapter.requestDevice({
        requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]]))
      }),
    catch: (cause) =>
      unavailable(
        `the adapter gives no device (${sentence(cause)})`,
        "Update its driver, or choose another engine with trainer.accelerator."
      )
  })

/** Keeps the first error that Dawn reports by an event: a refused kernel, lack of memory, a lost card. */
const listen = Effect.fnUntraced(function* (device: GPUDevice) {
  const state: { first?: Error } = {}
  const heard = (event: GPUUncapturedErrorEvent) => {
    event.preventDefault()
    state.first ??= new Error(event.error.message.trim())
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => device.addEventListener("uncapturederror", heard)),
    () => Effect.sync(() => device.removeEventListener("uncapturederror", heard))
  )
  yield* Effect.promise(() => device.lost).pipe(
    Effect.map(({ message }) => {
      state.first ??= new Error(`the device was lost: ${message}`)
    }),
    Effect.forkScoped
  )
  return (): unknown => state.first
})

/** Opens the best adapter of the machine; hardware before software. `root` holds the installed package. */
export const open = Effect.fn("Dawn.open")(function* (
  root: string
): Effect.fn.Return<Opened, DeviceUnavailable, Scope.Scope> {
  const { create, globals } = yield* load(root)
  yield* lendGlobals({ ...globals, OffscreenCanvas })
  const gpu = yield* Effect.try({
    try: () => create([]),
    catch: (cause) => unavailable(`Dawn cannot be started (${sentence(cause)})`, driverCure)
  })
  const adapter = yield* requestAdapter(gpu)
  const device = yield* Effect.acquireRelease(requestDevice(adapter), (opened) =>
    Effect.sync(() => opened.destroy())
  )
  return { gpu, device, adapter: adapter.info, lateError: yield* listen(device) }
})
