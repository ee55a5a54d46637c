/**
 * Finds the operation that produced a non-finite number.
 *
 * While watching, every kernel of the backend reads its outputs. A kernel that returns NaN or an infinity from finite
 * inputs is an origin; results computed from it inherit it, so that a result leads to its cause and not to some
 * infinity that a mask removed.
 */
import type { KernelConfig, KernelFunc, NamedTensorInfoMap, Tensor, TensorInfo } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Anomaly, AnomalyTrace, Tf } from "../../pipeline/device/Device.ts"

interface Readable {
  readonly readSync: (dataId: object) => ArrayLike<unknown>
}

const isReadable = (backend: object): backend is Readable =>
  "readSync" in backend && typeof backend.readSync === "function"

const isFinite = (values: ArrayLike<unknown>): boolean =>
  !(values instanceof Float32Array) || values.every((value) => Number.isFinite(value))

/** Frames that are not the user's code: TensorFlow.js, Node, this library's device and loop, and its bundle. */
const inner = /node_modules|node:|[\\/]src[\\/](layers[\\/]device|pipeline)[\\/]|[\\/]dist[\\/]/

/** `/path/Loss.ts:42:7` in a line of a stack trace. */
const placeIn = (line: string): string | undefined =>
  inner.test(line) ? undefined : /(?:file:\/\/)?([^\s()]+:\d+:\d+)\)?$/.exec(line)?.[1]

/** Deep enough to reach beyond TensorFlow.js. */
const depth = 60

/** Whether this is the backward pass, and the line of code that called the operation. */
const whereabouts = (): Pick<Anomaly, "phase" | "place"> => {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = depth
  const lines = (new Error("trace").stack ?? "").split("\n")
  Error.stackTraceLimit = before
  if (lines.some((line) => line.includes("backpropagateGradients"))) return { phase: "backward" }
  const place = lines.map(placeIn).find((found) => found !== undefined)
  return place === undefined ? { phase: "forward" } : { phase: "forward", place }
}

const range = (values: ArrayLike<unknown>): string => {
  if (!(values instanceof Float32Array)) return ""
  const finite = values.filter((value) => Number.isFinite(value))
  const odd = values.length - finite.length
  const bounds =
    finite.length === 0
      ? []
      : [`from ${finite.reduce((a, b) => Math.min(a, b))} to ${finite.reduce((a, b) => Math.max(a, b))}`]
  return [...bounds, ...(odd === 0 ? [] : [`${odd} not finite`])].join(", ")
}

const described = (backend: Readable, inputs: NamedTensorInfoMap): ReadonlyArray<string> =>
  Object.entries(inputs).flatMap(([name, info]) =>
    info === undefined ? [] : [`${name} [${info.shape}] ${range(backend.readSync(info.dataId))}`.trim()]
  )

const listed = (out: TensorInfo | Array<TensorInfo>): ReadonlyArray<TensorInfo> =>
  Array.isArray(out) ? out : [out]

/** The known origins of tensors, by the identity of their data. */
interface Origins {
  readonly of: WeakMap<object, Anomaly>
  /** Running kernels, outermost first: some kernels run others. */
  readonly under: Array<string>
}

const inherited = ({ of }: Origins, inputs: NamedTensorInfoMap): Anomaly | undefined =>
  Object.values(inputs)
    .map((info) => (info === undefined ? undefined : of.get(info.dataId)))
    .find((origin) => origin !== undefined)

const origin = (origins: Origins, backend: Readable, inputs: NamedTensorInfoMap): Anomaly => {
  const given = Object.values(inputs).some(
    (info) => info !== undefined && !isFinite(backend.readSync(info.dataId))
  )
  return {
    ...whereabouts(),
    operation: origins.under.join(" > "),
    inputs: described(backend, inputs),
    made: !given
  }
}

const watched =
  (config: KernelConfig, origins: Origins): KernelFunc =>
  (params) => {
    origins.under.push(config.kernelName)
    const out = config.kernelFunc(params)
    const { backend, inputs } = params
    if (isReadable(backend)) {
      for (const { dataId } of listed(out)) {
        if (origins.of.has(dataId) || isFinite(backend.readSync(dataId))) continue
        origins.of.set(dataId, inherited(origins, inputs) ?? origin(origins, backend, inputs))
      }
    }
    origins.under.pop()
    return out
  }

const replace = (tf: Tf, config: KernelConfig): void => {
  tf.unregisterKernel(config.kernelName, config.backendName)
  tf.registerKernel(config)
}

/** Watches all kernels of the active backend until the scope closes. */
export const make = (tf: Tf): Effect.Effect<AnomalyTrace, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const kernels = tf.getKernelsForBackend(tf.getBackend())
      const origins: Origins = { of: new WeakMap(), under: [] }
      for (const config of kernels) replace(tf, { ...config, kernelFunc: watched(config, origins) })
      const trace: AnomalyTrace = { originOf: (tensor: Tensor) => origins.of.get(tensor.dataId) }
      return { kernels, trace }
    }),
    ({ kernels }) =>
      Effect.sync(() => {
        for (const config of kernels) replace(tf, config)
      })
  ).pipe(Effect.map(({ trace }) => trace))
