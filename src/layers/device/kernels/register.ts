/** Gives an engine the gradient kernels that it lacks, composed of its operations. */
import type { KernelConfig, NamedTensorInfoMap, Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import * as Attributes from "../internal/Attributes.ts"
import { four } from "../internal/Shape.ts"
import * as Window from "../internal/Window.ts"
import * as Convolution from "./Convolution.ts"
import * as Depthwise from "./Depthwise.ts"
import * as MaxPool from "./MaxPool.ts"
import * as Resize from "./Resize.ts"
import { segmentSum } from "./Segment.ts"

type Composite = (tf: Tf, input: (name: string) => Tensor, attrs: Attributes.Attributes) => Tensor

const filterGradient =
  (depthwise: boolean): Composite =>
  (tf, input, attrs) => {
    const x = Convolution.rank4(tf, input("x"))
    const dy = Convolution.rank4(tf, input("dy"))
    const filterShape = four(Attributes.numbers(attrs, "filterShape"))
    const geometry = Window.geometry(Window.convolution(tf, x.shape, filterShape, attrs, depthwise))
    const { filterGradient: derive } = depthwise ? Depthwise : Convolution
    return derive(tf, x, dy, filterShape, geometry)
  }

const inputGradient =
  (depthwise: boolean): Composite =>
  (tf, input, attrs) => {
    const dy = Convolution.rank4(tf, input("dy"))
    const filter = Convolution.rank4(tf, input("filter"))
    const inputShape = Attributes.numbers(attrs, "inputShape")
    const geometry = Window.geometry(Window.convolution(tf, inputShape, filter.shape, attrs, depthwise))
    const { inputGradient: derive } = depthwise ? Depthwise : Convolution
    return derive(tf, dy, filter, inputShape, geometry)
  }

const resizeGradient =
  (nearest: boolean): Composite =>
  (tf, input, attrs) =>
    Resize.gradient(tf, input("dy"), four(input("images").shape), {
      nearest,
      alignCorners: Attributes.flag(attrs, "alignCorners"),
      halfPixelCenters: Attributes.flag(attrs, "halfPixelCenters")
    })

type Composites = Readonly<Record<string, Composite>>

/**
 * The stock resize gradients are wrong on cpu (sides swapped, batch offset) and ignore pixel centres on all engines.
 */
export const resizes: Composites = {
  ResizeBilinearGrad: resizeGradient(false),
  ResizeNearestNeighborGrad: resizeGradient(true)
}

/** What the wasm backend lacks, and its input gradient, which is a scalar loop there. */
export const convolutions: Composites = {
  Conv2DBackpropFilter: filterGradient(false),
  Conv2DBackpropInput: inputGradient(false),
  DepthwiseConv2dNativeBackpropFilter: filterGradient(true),
  DepthwiseConv2dNativeBackpropInput: inputGradient(true),
  MaxPoolGrad: (tf, input, attrs) => {
    const x = Convolution.rank4(tf, input("input"))
    const info = Window.pool(tf, x.shape, attrs)
    return MaxPool.gradient(
      tf,
      Convolution.rank4(tf, input("dy")),
      x,
      Convolution.rank4(tf, input("output")),
      info
    )
  },
  UnsortedSegmentSum: (tf, input, attrs) =>
    segmentSum(tf, input("x"), input("segmentIds"), Attributes.number(attrs, "numSegments"))
}

const toConfig = (tf: Tf, backendName: string, kernelName: string, compose: Composite): KernelConfig => ({
  kernelName,
  backendName,
  kernelFunc: ({ inputs, attrs }: { inputs: NamedTensorInfoMap; attrs?: Attributes.Attributes }) => {
    const input = (name: string): Tensor => {
      const tensor = inputs[name]
      if (tensor instanceof tf.Tensor) return tensor
      throw new TypeError(`${kernelName} needs the tensor "${name}"`)
    }
    return tf.tidy(() => compose(tf, input, attrs))
  }
})

/** Registers composites for `backendName`; existing kernels of these names are replaced. */
export const registerComposites = (tf: Tf, backendName: string, composites: Composites): void => {
  for (const [kernelName, compose] of Object.entries(composites)) {
    if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName)
    tf.registerKernel(toConfig(tf, backendName, kernelName, compose))
  }
}

/** Stock kernels that are known to give wrong numbers and have no composite: they fail with a message instead. */
const wrong = ["Conv3DBackpropFilterV2", "Conv3DBackpropInputV2"]

export const registerRefusals = (tf: Tf, backendName: string): void => {
  for (const kernelName of wrong) {
    if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName)
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: () => {
        throw new TypeError(
          `${kernelName} gives wrong numbers on ${backendName}; train conv3d on another engine`
        )
      }
    })
  }
}
