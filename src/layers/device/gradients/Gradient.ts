/** The form of a gradient: one record per kernel, which is later put into TensorFlow.js' registry. */
import type { GradConfig, NamedAttrMap, Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import type { Attributes } from "../internal/Attributes.ts"

/** The arguments of a gradient function; `dy` is the loss's derivative by the kernel's (first) output. */
export interface Step {
  readonly tf: Tf
  readonly dy: Tensor
  /** The derivative by each output, for kernels with several. */
  readonly dys: ReadonlyArray<Tensor>
  /** The saved inputs, then the saved outputs. */
  readonly saved: (index: number) => Tensor
  readonly all: ReadonlyArray<Tensor>
  readonly attrs: Attributes
}

export interface Gradient {
  readonly kernel: string
  readonly inputs?: ReadonlyArray<string>
  readonly allInputs?: true
  /** Which outputs are saved. */
  readonly outputs?: ReadonlyArray<boolean>
  /** The derivative by each input; a function is only called if that input needs it. */
  readonly derive: (step: Step) => Record<string, () => Tensor>
}

/**
 * TensorFlow.js disposes of a tensor's gradient when another one is added to it. A gradient that is `dy` itself gets a
 * handle of its own, as in `x + f(x)`: else adding to that of x would dispose of what f is still to be given.
 */
const apart = (tf: Tf, derived: () => Tensor, dys: ReadonlyArray<Tensor>) => (): Tensor => {
  const gradient = derived()
  return dys.includes(gradient) ? tf.reshape(gradient, gradient.shape) : gradient
}

export const toConfig = (tf: Tf, gradient: Gradient): GradConfig => ({
  kernelName: gradient.kernel,
  inputsToSave: [...(gradient.inputs ?? [])],
  saveAllInputs: gradient.allInputs ?? false,
  outputsToSave: [...(gradient.outputs ?? [])],
  gradFunc: (dy, saved, attrs) => {
    const dys = Array.isArray(dy) ? dy : [dy]
    const at = (from: ReadonlyArray<Tensor>, index: number): Tensor => {
      const tensor = from[index]
      if (tensor === undefined) throw new RangeError(`gradient of ${gradient.kernel}: no tensor ${index}`)
      return tensor
    }
    const step = { tf, dy: at(dys, 0), dys, saved: (index: number) => at(saved, index), all: saved, attrs }
    return Object.fromEntries(
      Object.entries(gradient.derive(step)).map(([input, derived]) => [input, apart(tf, derived, dys)])
    )
  }
})

/** A kernel of one input `x`, whose derivative is a formula of `x`. */
export const byInput = (
  kernel: string,
  derive: (tf: Tf, dy: Tensor, x: Tensor, attrs: Attributes) => Tensor
): Gradient => ({
  kernel,
  inputs: ["x"],
  derive: ({ tf, dy, saved, attrs }) => ({ x: () => derive(tf, dy, saved(0), attrs) })
})

/** A kernel of one input `x`, whose derivative is a formula of its output `y`, so that `x` can be freed. */
export const byOutput = (
  kernel: string,
  derive: (tf: Tf, dy: Tensor, y: Tensor, attrs: Attributes) => Tensor
): Gradient => ({
  kernel,
  outputs: [true],
  derive: ({ tf, dy, saved, attrs }) => ({ x: () => derive(tf, dy, saved(0), attrs) })
})

/** A kernel of the engine, within a gradient. */
export const run = (
  { tf }: Step,
  kernel: string,
  inputs: Record<string, Tensor>,
  attrs: NamedAttrMap
): Tensor => tf.engine().runKernel<Tensor>(kernel, inputs, attrs)

/** `dy` where the condition holds, 0 elsewhere. */
export const only = (tf: Tf, condition: Tensor, dy: Tensor): Tensor =>
  tf.mul(dy, tf.cast(condition, "float32"))
