/** What an engine brings to the device layer: whether it is here, how it is opened, what it can do. */
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
  /** Whether `dataSync` works; otherwise tensors are read by promise. */
  readonly readsSynchronously: boolean
  /** The value of a float32 tensor of one element, where that is had faster than by `dataSync`. */
  readonly float?: (tensor: Tensor) => number
  /** Fused operations of its own; absent ones are composed. */
  readonly ops?: DeviceOps
  /** An error that came to light after the operation had returned; absent where operations throw what they meet. */
  readonly lateError?: () => unknown
  /** Why kernels cannot be watched (`trainer.detect_anomaly`); absent where they can. */
  readonly unwatchable?: string
}

export interface OpenOptions {
  /** Threads asked for, at least 1; absent means that the engine chooses. */
  readonly threads?: number
}

/** Present, or the sentence why not and the cure. */
export type Presence =
  | { readonly present: true }
  | { readonly present: false; readonly reason: string; readonly cure: string }

export interface Engine {
  readonly name: EngineName
  /** `auto` passes it over. */
  readonly byNameOnly?: true
  /** Cheap: looks for files and packages, loads nothing heavy. */
  readonly probe: Effect.Effect<Presence>
  /**
   * Whether a present engine has shown in a process of its own that it works here, and what that process said. What is
   * known of it is enough unless it is to be tried anew; absent where no trial is needed.
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
