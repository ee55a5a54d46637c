/** The interface of an engine for the device layer: whether it is available, how it is opened, what it can do. */
import type { Tensor } from "@tensorflow/tfjs-core"
import type { Effect, Scope } from "effect"
import type { DeviceOps, DeviceUnavailable, EngineName, Tf } from "../../../pipeline/device/Device.ts"

export interface Opened {
  readonly tf: Tf
  /** For people, such as `wasm simd, 1 thread`. */
  readonly name: string
  readonly versions: Readonly<Record<string, string>>
  readonly threads: number
  readonly deterministic: boolean
  /** Whether `dataSync` works; otherwise tensors are read asynchronously. */
  readonly readsSynchronously: boolean
  /** The value of a float32 tensor of one element, if there is a faster way than `dataSync`. */
  readonly float?: (tensor: Tensor) => number
  /** Its own fused operations; absent ones are composed. */
  readonly ops?: DeviceOps
  /** An error that was detected after the operation had returned; absent if operations throw their errors. */
  readonly lateError?: () => unknown
  /** Why kernels cannot be watched (`trainer.detect_anomaly`); absent if they can. */
  readonly unwatchable?: string
}

export interface OpenOptions {
  /** Requested threads, at least 1; if absent, the engine chooses. */
  readonly threads?: number
}

/** Available, or the reason why not and the cure. */
export type Presence =
  | { readonly present: true }
  | { readonly present: false; readonly reason: string; readonly cure: string }

export interface Engine {
  readonly name: EngineName
  /** `auto` ignores it. */
  readonly byNameOnly?: true
  /** Cheap: checks for files and packages, loads nothing heavy. */
  readonly probe: Effect.Effect<Presence>
  /**
   * Whether an available engine passed a trial in its own process on this machine, and the output of that process. A
   * stored result is used unless `anew` is set; absent if no trial is needed.
   */
  readonly tried?: (anew: boolean) => Effect.Effect<Tried>
  /** Loads the engine and makes it TensorFlow.js' active backend until the scope closes. */
  readonly open: (options: OpenOptions) => Effect.Effect<Opened, DeviceUnavailable, Scope.Scope>
}

export interface Tried {
  readonly presence: Presence
  readonly said: string
}

export const present: Presence = { present: true }
