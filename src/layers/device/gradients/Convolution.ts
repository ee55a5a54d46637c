/** Gradients of convolutions. Dilated ones, which TensorFlow.js refuses, use the composite formulas. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs-core"
import * as Attributes from "../internal/Attributes.ts"
import * as Window from "../internal/Window.ts"
import * as Composite from "../kernels/Convolution.ts"
import * as CompositeDepthwise from "../kernels/Depthwise.ts"
import { type Gradient, run, type Step } from "./Gradient.ts"

const kept = (attrs: Attributes.Attributes, names: ReadonlyArray<string>): NamedAttrMap =>
  Object.fromEntries(names.flatMap((name) => (attrs?.[name] === undefined ? [] : [[name, attrs[name]]])))

const conv2dAttributes = ["strides", "pad", "dataFormat", "dimRoundingMode"]

const dilated = (attrs: Attributes.Attributes): boolean =>
  Attributes.pair(attrs, "dilations", 1).some((dilation) => dilation > 1)

const conv2d = (step: Step): Record<string, () => Tensor> => {
  const { tf, dy, attrs } = step
  const [x, filter] = [step.saved(0), step.saved(1)]
  if (!dilated(attrs)) {
    const common = kept(attrs, conv2dAttributes)
    return {
      x: () => run(step, "Conv2DBackpropInput", { dy, filter }, { ...common, inputShape: x.shape }),
      filter: () => run(step, "Conv2DBackpropFilter", { x, dy }, { ...common, filterShape: filter.shape })
    }
  }
  if (Attributes.text(attrs, "dataFormat", "NHWC") !== "NHWC") {
    throw new TypeError("the gradient of a dilated conv2d supports only NHWC")
  }
  const four = (tensor: Tensor) => Composite.rank4(tf, tensor)
  const geometry = Window.geometry(Window.convolution(tf, x.shape, filter.shape, attrs))
  return {
    x: () => Composite.inputGradient(tf, four(dy), four(filter), x.shape, geometry),
    filter: () => Composite.filterGradient(tf, four(x), four(dy), filter.shape, geometry)
  }
}

const depthwise = (step: Step): Record<string, () => Tensor> => {
  const { tf, dy, attrs } = step
  const [x, filter] = [step.saved(0), step.saved(1)]
  if (!dilated(attrs)) {
    const common = { ...kept(attrs, ["strides", "pad", "dimRoundingMode"]), dilations: [1, 1] }
    return {
      x: () =>
        run(step, "DepthwiseConv2dNativeBackpropInput", { dy, filter }, { ...common, inputShape: x.shape }),
      filter: () =>
        run(step, "DepthwiseConv2dNativeBackpropFilter", { x, dy }, { ...common, filterShape: filter.shape })
    }
  }
  const four = (tensor: Tensor) => Composite.rank4(tf, tensor)
  const geometry = Window.geometry(Window.convolution(tf, x.shape, filter.shape, attrs, true))
  return {
    x: () => CompositeDepthwise.inputGradient(tf, four(dy), four(filter), x.shape, geometry),
    filter: () => CompositeDepthwise.filterGradient(tf, four(x), four(dy), filter.shape, geometry)
  }
}

/**
 * A transposed convolution is the input gradient of a convolution, so its gradients are operations of that
 * convolution.
 */
const conv2dTransposed = (step: Step): Record<string, () => Tensor> => {
  const { tf, dy: incoming, attrs } = step
  const [dy, filter] = [step.saved(0), step.saved(1)]
  const common = kept(attrs, conv2dAttributes)
  return {
    dy: () => run(step, "Conv2D", { x: incoming, filter }, { ...common, dilations: [1, 1] }),
    filter: () =>
      run(
        step,
        "Conv2DBackpropFilter",
        { x: tf.cast(incoming, "float32"), dy },
        { ...common, filterShape: filter.shape }
      )
  }
}

const conv3d = (step: Step): Record<string, () => Tensor> => {
  const { dy, attrs } = step
  const [x, filter] = [step.saved(0), step.saved(1)]
  if (Attributes.numbers(attrs, "dilations").some((dilation) => dilation > 1)) {
    throw new TypeError("the gradient of a dilated conv3d is not supported")
  }
  const common = kept(attrs, ["strides", "pad"])
  return {
    x: () => run(step, "Conv3DBackpropInputV2", { dy, filter }, { ...common, inputShape: x.shape }),
    filter: () => run(step, "Conv3DBackpropFilterV2", { x, dy }, { ...common, filterShape: filter.shape })
  }
}

const dilation2d = (step: Step): Record<string, () => Tensor> => {
  const inputs = { x: step.saved(0), filter: step.saved(1), dy: step.dy }
  const attrs = kept(step.attrs, ["strides", "pad", "dilations"])
  return {
    x: () => run(step, "Dilation2DBackpropInput", inputs, attrs),
    filter: () => run(step, "Dilation2DBackpropFilter", inputs, attrs)
  }
}

export const convolutions: ReadonlyArray<Gradient> = [
  { kernel: "Conv2D", inputs: ["x", "filter"], derive: conv2d },
  { kernel: "Conv2DBackpropInput", inputs: ["dy", "filter"], derive: conv2dTransposed },
  { kernel: "DepthwiseConv2dNative", inputs: ["x", "filter"], derive: depthwise },
  { kernel: "Conv3D", inputs: ["x", "filter"], derive: conv3d },
  { kernel: "Dilation2D", inputs: ["x", "filter"], derive: dilation2d }
]
