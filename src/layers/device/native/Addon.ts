/**
 * Loads the backend of an installed engine with this process's own tfjs-core.
 *
 * tfjs-node's entry file would load the union package: a second tfjs-core with other gradients, a second cpu backend
 * and half a second of start. Only its kernels are loaded here, and what they import as `@tensorflow/tfjs` is a file
 * of the installation that passes on the given core.
 */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import util from "node:util"
import type { DataId, KernelBackend, Tensor, TensorInfo } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import { DeviceUnavailable, type Tf } from "../../../pipeline/device/Device.ts"
import * as NativeHome from "./NativeHome.ts"

/** Where the installation's replacement for `@tensorflow/tfjs` finds the core. */
const coreKey = Symbol.for("anneal.tfjs")

/** The replacement itself, written into every installation. */
export const coreStandIn = `module.exports = globalThis[Symbol.for("anneal.tfjs")]\n`

export interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: unknown
}

/** An output of an operation, as the addon returns it. */
interface Metadata {
  readonly id: number
}

/** The addon's functions, in which tensors are numbers. */
export interface Binding {
  readonly createTensor: (shape: ReadonlyArray<number>, dtype: number, values: unknown) => number
  readonly deleteTensor: (id: number) => void
  readonly executeOp: (
    name: string,
    attributes: ReadonlyArray<Attribute>,
    inputs: ReadonlyArray<number>,
    outputs: number
  ) => Array<Metadata>
  readonly isUsingGpuDevice: () => boolean
  readonly TF_Version: string
  readonly TF_FLOAT: number
  readonly TF_INT32: number
  readonly TF_ATTR_TYPE: number
  readonly TF_ATTR_INT: number
  readonly TF_ATTR_FLOAT: number
  readonly TF_ATTR_BOOL: number
  readonly TF_ATTR_STRING: number
}

/** The used part of tfjs-node's backend. */
export interface Backend {
  readonly binding: Binding
  readonly executeSingleOutput: (
    name: string,
    attributes: ReadonlyArray<Attribute>,
    inputs: ReadonlyArray<TensorInfo>
  ) => Tensor
  readonly executeMultipleOutputs: (
    name: string,
    attributes: ReadonlyArray<Attribute>,
    inputs: ReadonlyArray<TensorInfo>,
    outputs: number
  ) => Array<Tensor>
  readonly incRef: (dataId: DataId) => void
  readonly readSync: (dataId: DataId) => Float32Array | Int32Array | Uint8Array
}

/** tfjs-node 4.22 calls both: one was removed in Node 23, and the other warns on every start. */
const shim = (): void => {
  const isNullOrUndefined = (value: unknown) => value === null || value === undefined
  Object.assign(util, { isNullOrUndefined, isArray: Array.isArray })
}

interface Vendor {
  readonly NodeJSKernelBackend: new (binding: Binding, packageName: string) => KernelBackend & Backend
}

/** The addon, with a record of the handles of tensors in TensorFlow's memory. */
const counted = (native: Binding, live: Set<number>): Binding => {
  const createTensor: Binding["createTensor"] = (shape, dtype, values) => {
    const id = native.createTensor(shape, dtype, values)
    live.add(id)
    return id
  }
  const deleteTensor: Binding["deleteTensor"] = (id) => {
    live.delete(id)
    native.deleteTensor(id)
  }
  const executeOp: Binding["executeOp"] = (name, attributes, inputs, outputs) => {
    const made = native.executeOp(name, attributes, inputs, outputs)
    for (const { id } of made) live.add(id)
    return made
  }
  // Its properties are neither enumerable nor writable: a copy would lack them, and an assignment would throw.
  const binding: Binding = Object.create(native, {
    createTensor: { value: createTensor },
    deleteTensor: { value: deleteTensor },
    executeOp: { value: executeOp }
  })
  return binding
}

/** A loaded engine. */
export interface Addon {
  readonly binding: Binding
  /** Whether TensorFlow has the operation of AdamSource.ts, which older installations lack. */
  readonly updates: boolean
  /** A backend for `tf.registerBackend`. */
  readonly backend: () => KernelBackend & Backend
  /** How many handles TensorFlow holds now. */
  readonly live: ReadonlySet<number>
  /** Frees what was not disposed. */
  readonly release: () => void
}

interface Hush {
  readonly hush: () => void
  readonly speak: () => void
}

/**
 * TensorFlow writes to standard error while it is loaded; if we built the addon, we also built a library that
 * silences it.
 */
const quietly = <A, E>(variant: NativeHome.Variant, loading: Effect.Effect<A, E>): Effect.Effect<A, E> => {
  const path = NativeHome.library(variant, "hush.node")
  if (!existsSync(path)) return loading
  const { hush, speak }: Hush = createRequire(path)(path)
  return Effect.acquireUseRelease(
    Effect.sync(hush),
    () => loading,
    () => Effect.sync(speak)
  )
}

/** The failure for what Node throws if a file is missing, is for another machine, or needs a missing library. */
const unavailable = (variant: NativeHome.Variant) => (cause: unknown) =>
  new DeviceUnavailable({
    accelerator: variant,
    reason: `the addon cannot be loaded (${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)})`,
    cure: `Install it again: anneal engine install ${variant}`
  })

/** Loading the library puts its operation into TensorFlow. */
const loadUpdates = (variant: NativeHome.Variant): boolean => {
  const path = NativeHome.library(variant, "adam.node")
  if (!existsSync(path)) return false
  const { registered }: { readonly registered: boolean } = createRequire(path)(path)
  return registered
}

const loadBackend = (tf: Tf, variant: NativeHome.Variant, native: Binding): Addon => {
  const require = createRequire(join(NativeHome.packageFolder(variant), "package.json"))
  Reflect.set(globalThis, coreKey, tf)
  const { NodeJSKernelBackend }: Vendor = require("./dist/nodejs_kernel_backend.js")
  require("./dist/register_all_kernels.js")
  Reflect.deleteProperty(globalThis, coreKey)
  const live = new Set<number>()
  const binding = counted(native, live)
  return {
    binding,
    updates: loadUpdates(variant),
    live,
    backend: () => new NodeJSKernelBackend(binding, NativeHome.tfjsPackage[variant]),
    release: () => {
      for (const id of live) native.deleteTensor(id)
      live.clear()
    }
  }
}

export const load = Effect.fn("Addon.load")(function* (tf: Tf, variant: NativeHome.Variant) {
  shim()
  const path = NativeHome.library(variant, "tfjs_binding.node")
  const native = yield* quietly(
    variant,
    Effect.try({ try: (): Binding => createRequire(path)(path), catch: unavailable(variant) })
  )
  return yield* Effect.try({
    try: () => loadBackend(tf, variant, native),
    catch: unavailable(variant)
  })
})
