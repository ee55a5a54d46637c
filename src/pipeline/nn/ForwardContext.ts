/** What a forward pass is given to compute with, and how it reports the layers that it called. */
import type * as TF from "@tensorflow/tfjs-core"
import type { DeviceOps } from "../device/Device.ts"

/** What a forward pass computes with. */
export interface ForwardContext {
  readonly tf: typeof TF
  readonly ops: DeviceOps
}

/** What a training step computes with. */
export interface StepContext extends ForwardContext {
  readonly seed: number
  /** Micro-batches before this one in the whole run; keys dropout. */
  readonly counter: number
}

/** One layer as it was applied: the lines of a summary. */
export interface LayerCall {
  /** The layer's full name, such as `encoder.stage1.0.conv1`. */
  readonly name: string
  readonly kind: string
  readonly input: ReadonlyArray<number>
  readonly output: ReadonlyArray<number>
  /** Multiply-adds of this call. */
  readonly multiplyAdds: number
}
