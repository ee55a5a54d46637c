/** Replaces kernels of tfjs-node that refuse, are wrong or are slow by others on the same TensorFlow. */
import type { KernelConfig, KernelFunc, NamedTensorInfoMap, Tensor } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import * as Attributes from "../internal/Attributes.ts"
import { four } from "../internal/Shape.ts"
import * as Window from "../internal/Window.ts"
import type { Backend } from "./Addon.ts"
import * as Operation from "./Operation.ts"
import * as Windows from "./Windows.ts"

interface Call {
  readonly tf: Tf
  readonly backend: Backend
  readonly input: (name: string) => Tensor
  readonly attrs: Attributes.Attributes
}

/** Without a result, tfjs-node's own kernel is called. */
type Kernel = (call: Call) => Tensor | Array<Tensor> | undefined

/** A tensor of the same values, which are never written to. */
const shared = ({ tf, backend }: Call, { dataId, shape, dtype }: Tensor): Tensor => {
  backend.incRef(dataId)
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype })
}

const convolution = (
  { tf, backend, attrs }: Call,
  x: Array<number>,
  filter: Array<number>,
  depthwise: boolean
) => ({
  tf,
  backend,
  info: Window.convolution(tf, x, filter, attrs, depthwise),
  depthwise
})

const pool = ({ tf, backend, attrs }: Call, x: Tensor) => ({
  tf,
  backend,
  info: Window.pool(tf, x.shape, attrs)
})

const convolutions = (prefix: string, depthwise: boolean): Readonly<Record<string, Kernel>> => ({
  [prefix]: (call) => {
    const [x, filter] = [call.input("x"), call.input("filter")]
    return Windows.convolve(convolution(call, x.shape, filter.shape, depthwise), x, filter)
  },
  [`${prefix}BackpropInput`]: (call) => {
    const [dy, filter] = [call.input("dy"), call.input("filter")]
    const shape = Attributes.numbers(call.attrs, "inputShape")
    return Windows.inputGradient(convolution(call, shape, filter.shape, depthwise), dy, filter, shape)
  },
  [`${prefix}BackpropFilter`]: (call) => {
    const [x, dy] = [call.input("x"), call.input("dy")]
    const shape = Attributes.numbers(call.attrs, "filterShape")
    return Windows.filterGradient(convolution(call, x.shape, shape, depthwise), x, dy, shape)
  }
})

/** tfjs-node omits half_pixel_centers. */
const sampling = (attrs: Attributes.Attributes): Operation.Attributes => ({
  align_corners: Attributes.flag(attrs, "alignCorners"),
  half_pixel_centers: Attributes.flag(attrs, "halfPixelCenters")
})

const normalisation = (attrs: Attributes.Attributes) => ({
  attributes: {
    epsilon: { float: Attributes.number(attrs, "epsilon") },
    data_format: "NHWC",
    is_training: true
  },
  types: { T: "float32", U: "float32" } as const
})

/** The operation of AdamSource.ts; the results in the order of ../internal/Fused.ts. */
const adamUpdate: Kernel = ({ tf, backend, input, attrs }) => {
  const [rates, keeps, decays] = ["rate", "keep", "decay"].map((name) => Attributes.numbers(attrs, name))
  const shared = ["beta1", "beta2", "unbias", "epsilon"].map((name) => Attributes.number(attrs, name))
  const each = rates?.flatMap((rate, index) => [rate, keeps?.[index] ?? 1, decays?.[index] ?? 0]) ?? []
  const count = each.length / 3
  const list = (role: string) => Array.from({ length: count }, (_, index) => input(`${role}${index}`))
  const inputs = [
    ...["parameter", "gradient", "first", "second"].flatMap(list),
    tf.tensor1d([...shared, ...each])
  ]
  const [norm, ...updated] = Operation.runAll(
    backend,
    { name: "AnnealAdam", inputs, attributes: { N: count }, types: {} },
    1 + 3 * count
  )
  const ofParameter = (index: number) => [0, 1, 2].map((role) => updated[role * count + index])
  return [norm, ...Array.from({ length: count }, (_, index) => ofParameter(index)).flat()].filter(
    (tensor) => tensor !== undefined
  )
}

const kernels: Readonly<Record<string, Kernel>> = {
  ...convolutions("Conv2D", false),
  ...convolutions("DepthwiseConv2dNative", true),
  MaxPool: (call) => Windows.maxPool(pool(call, call.input("x")), call.input("x")),
  MaxPoolGrad: (call) => {
    const x = call.input("input")
    return Windows.maxPoolGradient(pool(call, x), call.input("dy"), x, call.input("output"))
  },
  AvgPool: (call) => Windows.averagePool(pool(call, call.input("x")), call.input("x")),
  AvgPoolGrad: (call) => {
    const x = call.input("input")
    return Windows.averagePoolGradient(pool(call, x), call.input("dy"), x)
  },
  ResizeBilinearGrad: ({ backend, input, attrs }) =>
    Operation.run(backend, {
      name: "ResizeBilinearGrad",
      inputs: [input("dy"), input("images")],
      attributes: sampling(attrs)
    }),
  ResizeNearestNeighborGrad: ({ tf, backend, input, attrs }) => {
    const [, height, width] = four(input("images").shape)
    return Operation.run(backend, {
      name: "ResizeNearestNeighborGrad",
      inputs: [input("dy"), tf.tensor1d([height, width], "int32")],
      attributes: sampling(attrs)
    })
  },
  FusedBatchNormV3: ({ tf, backend, input, attrs }) => {
    const none = tf.tensor1d([], "float32")
    const inputs = [input("x"), input("scale"), input("offset"), none, none]
    return Operation.runAll(backend, { name: "FusedBatchNormV3", inputs, ...normalisation(attrs) }, 6)
  },
  FusedBatchNormGradV3: ({ backend, input, attrs }) => {
    const inputs = ["dy", "x", "scale", "reserved1", "reserved2", "reserved3"].map(input)
    return Operation.runAll(
      backend,
      { name: "FusedBatchNormGradV3", inputs, ...normalisation(attrs) },
      5
    ).slice(0, 3)
  },
  Dense: ({ backend, input, attrs }) => {
    const inputs = [input("x"), input("weight")]
    const product = Operation.run(backend, { name: "MatMul", inputs })
    const sum = Operation.run(backend, { name: "BiasAdd", inputs: [product, input("bias")] })
    return Attributes.flag(attrs, "relu") ? Operation.run(backend, { name: "Relu", inputs: [sum] }) : sum
  },
  AdamUpdate: adamUpdate,
  // TensorFlow's own operation for the gradient of a bias takes half the time of its general sum.
  Sum: ({ backend, input, attrs }) => {
    const x = input("x")
    const axes = Attributes.axes(attrs, "axis", x.rank)
    const allButLast = x.rank > 1 && axes.length === x.rank - 1 && axes.every((axis, index) => axis === index)
    if (!allButLast || Attributes.flag(attrs, "keepDims")) return undefined
    return Operation.run(backend, { name: "BiasAddGrad", inputs: [x] })
  },
  // tfjs-node calls TensorFlow even if nothing changes.
  Reshape: (call) => {
    const x = call.input("x")
    return String(x.shape) === String(call.attrs?.shape) ? shared(call, x) : undefined
  },
  Cast: (call) => {
    const x = call.input("x")
    return call.attrs?.dtype === x.dtype ? shared(call, x) : undefined
  },
  // tfjs-node's own calls methods that tensors here do not have.
  Prelu: ({ tf, input }) => {
    const [x, alpha] = [input("x"), input("alpha")]
    return tf.add(tf.relu(x), tf.mul(alpha, tf.minimum(x, 0)))
  },
  // The gradients of Relu and Sigmoid call both by name, if an engine has them.
  ReluGrad: ({ backend, input }) =>
    Operation.run(backend, { name: "ReluGrad", inputs: [input("dy"), input("y")] }),
  SigmoidGrad: ({ backend, input }) =>
    Operation.run(backend, { name: "SigmoidGrad", inputs: [input("y"), input("dy")] })
}

interface Params {
  readonly inputs: NamedTensorInfoMap
  readonly backend: object
  readonly attrs?: Attributes.Attributes
}

const isBackend = (value: object): value is Backend => "executeSingleOutput" in value && "binding" in value

const toFunc =
  (tf: Tf, name: string, kernel: Kernel, stock: KernelFunc | undefined): KernelFunc =>
  (params) => {
    const { inputs, backend, attrs }: Params = params
    if (!isBackend(backend)) throw new TypeError(`${name} was called on another backend`)
    // tfjs-node handles channels first and types other than float32.
    const others =
      attrs?.dataFormat === "NCHW" || Object.values(inputs).some((info) => info?.dtype !== "float32")
    const own = () => {
      if (stock === undefined) throw new TypeError(`tfjs-node has no kernel "${name}"`)
      return stock(params)
    }
    if (others && stock !== undefined) return own()
    const input = (wanted: string): Tensor => {
      const info = inputs[wanted]
      if (info instanceof tf.Tensor) return info
      throw new TypeError(`${name} needs the tensor "${wanted}"`)
    }
    return tf.tidy(() => kernel({ tf, backend, input, attrs })) ?? own()
  }

/** tfjs-node's own kernels cast these by a method that tensors here do not have. */
const casts = {
  ArgMax: { from: "bool", to: "int32" },
  ArgMin: { from: "bool", to: "int32" },
  Exp: { from: "int32", to: "float32" }
} as const

const casting =
  (tf: Tf, { from, to }: (typeof casts)[keyof typeof casts], stock: KernelFunc): KernelFunc =>
  (params) => {
    const { x } = params.inputs
    if (!(x instanceof tf.Tensor) || x.dtype !== from) return stock(params)
    const cast = tf.cast(x, to)
    const output = stock({ ...params, inputs: { x: cast } })
    cast.dispose()
    return output
  }

const registerCasts = (tf: Tf, backendName: string): void => {
  for (const [kernelName, cast] of Object.entries(casts)) {
    const stock = tf.getKernel(kernelName, backendName)
    if (stock === undefined) continue
    tf.unregisterKernel(kernelName, backendName)
    tf.registerKernel({ kernelName, backendName, kernelFunc: casting(tf, cast, stock.kernelFunc) })
  }
}

let registered = false

/** Once per process: kernels outlive their backend. */
export const register = (tf: Tf, backendName: string): void => {
  if (registered) return
  registered = true
  registerCasts(tf, backendName)
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const stock = tf.getKernel(kernelName, backendName)
    if (stock !== undefined) tf.unregisterKernel(kernelName, backendName)
    const config: KernelConfig = {
      kernelName,
      backendName,
      kernelFunc: toFunc(tf, kernelName, kernel, stock?.kernelFunc)
    }
    tf.registerKernel(config)
  }
}
