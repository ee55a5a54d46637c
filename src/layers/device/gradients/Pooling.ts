/** Gradients of pools, local response normalisation and image resizing: each is a kernel of its own. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs-core"
import type { Gradient, Step } from "./Gradient.ts"

const run = (step: Step, kernel: string, inputs: Record<string, Tensor>, attrs: NamedAttrMap): Tensor =>
  step.tf.engine().runKernel<Tensor>(kernel, inputs, attrs)

const maxPool = (kernel: string): Gradient => ({
  kernel,
  inputs: ["x"],
  output: true,
  derive: (step) => ({
    x: () =>
      run(
        step,
        `${kernel}Grad`,
        { dy: step.dy, input: step.saved(0), output: step.saved(1) },
        { ...step.attrs }
      )
  })
})

const averagePool = (kernel: string): Gradient => ({
  kernel,
  inputs: ["x"],
  derive: (step) => ({
    x: () => run(step, `${kernel}Grad`, { dy: step.dy, input: step.saved(0) }, { ...step.attrs })
  })
})

/** The kernel gets all of the attributes: sampling at pixel centres changes the derivative too. */
const resize = (kernel: string): Gradient => ({
  kernel,
  inputs: ["images"],
  derive: (step) => ({
    images: () => run(step, `${kernel}Grad`, { images: step.saved(0), dy: step.dy }, { ...step.attrs })
  })
})

export const pools: ReadonlyArray<Gradient> = [
  maxPool("MaxPool"),
  maxPool("MaxPool3D"),
  averagePool("AvgPool"),
  averagePool("AvgPool3D"),
  resize("ResizeBilinear"),
  resize("ResizeNearestNeighbor"),
  {
    kernel: "LRN",
    inputs: ["x"],
    output: true,
    derive: (step) => ({
      x: () => run(step, "LRNGrad", { x: step.saved(0), y: step.saved(1), dy: step.dy }, { ...step.attrs })
    })
  }
]
