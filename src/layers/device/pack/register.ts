/** Puts the kernel pack into TensorFlow.js' registry in place of the wasm backend's kernels and our composites. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm"
import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"
import * as Attributes from "../internal/Attributes.ts"
import { four, size } from "../internal/Shape.ts"
import * as Window from "../internal/Window.ts"
import * as Convolution from "./Convolution.ts"
import * as Depthwise from "./Depthwise.ts"
import * as Elementwise from "./Elementwise.ts"
import * as Layout from "./Layout.ts"
import * as MatMul from "./MatMul.ts"
import * as Normalisation from "./Normalisation.ts"
import * as Optimizer from "./Optimizer.ts"
import type * as Pack from "./Pack.ts"
import * as Pictures from "./Pictures.ts"

type Kernel = (pack: Pack.Pack, call: Pack.Call) => TensorInfo | Array<TensorInfo>
type Stock = () => TensorInfo | Array<TensorInfo>

let open: { readonly backend: BackendWasm; readonly pack: Pack.Pack } | undefined

/** The pack that this backend uses from now on. */
export const usePack = (backend: BackendWasm, pack: Pack.Pack): void => {
  open = { backend, pack }
}

const packOf = (backend: BackendWasm): Pack.Pack => {
  if (open?.backend !== backend)
    throw new TypeError("the wasm backend was not opened by Anneal's device layer")
  return open.pack
}

const isWasm = (backend: object): backend is BackendWasm =>
  "getMemoryOffset" in backend && "makeOutput" in backend

const conv2dInfo = (tf: Tf, { input, attrs }: Pack.Call) =>
  Window.convolution(tf, input("x").shape, input("filter").shape, attrs)

const resizeMode = (attrs: Attributes.Attributes, nearest: boolean) => ({
  nearest,
  alignCorners: Attributes.flag(attrs, "alignCorners"),
  halfPixelCenters: Attributes.flag(attrs, "halfPixelCenters")
})

const resizeGradient =
  (nearest: boolean): Kernel =>
  (pack, { input, attrs }) =>
    Pictures.resizeGradient(
      pack,
      input("dy"),
      four(input("dy").shape),
      four(input("images").shape),
      resizeMode(attrs, nearest)
    )

const isVector = ({ shape }: TensorInfo, length: number): boolean => shape.length === 1 && shape[0] === length

const settings = (attrs: Attributes.Attributes): Normalisation.Settings => ({
  epsilon: Attributes.number(attrs, "epsilon"),
  relu: Attributes.flag(attrs, "relu")
})

/** A gradient of dy and y, element by element. */
const byOutput =
  (kind: Elementwise.Kind): Kernel =>
  (pack, { input }) =>
    Elementwise.apply(pack, kind, input("dy"), input("y"))

const kernelsOf = (tf: Tf): Readonly<Record<string, Kernel>> => ({
  Conv2D: (pack, call) =>
    Convolution.forward(pack, call.input("x"), call.input("filter"), conv2dInfo(tf, call)),
  Conv2DBackpropInput: (pack, { input, attrs }) => {
    const shape = Attributes.numbers(attrs, "inputShape")
    const info = Window.convolution(tf, shape, input("filter").shape, attrs)
    return Convolution.inputGradient(pack, input("dy"), input("filter"), info)
  },
  Conv2DBackpropFilter: (pack, { input, attrs }) => {
    const info = Window.convolution(tf, input("x").shape, Attributes.numbers(attrs, "filterShape"), attrs)
    return Convolution.filterGradient(pack, input("x"), input("dy"), info)
  },
  MaxPoolGrad: (pack, { input, attrs }) => {
    const info = Window.pool(tf, input("input").shape, attrs)
    return Pictures.maxPoolGradient(pack, input("dy"), input("input"), input("output"), info)
  },
  ResizeBilinearGrad: resizeGradient(false),
  ResizeNearestNeighborGrad: resizeGradient(true),
  BatchNormTrain: (pack, { input, attrs }) =>
    Normalisation.forward(pack, input("x"), input("gamma"), input("beta"), settings(attrs)),
  BatchNormTrainGrad: (pack, { input, attrs }) =>
    Normalisation.gradient(
      pack,
      input("dy"),
      {
        x: input("x"),
        gamma: input("gamma"),
        beta: input("beta"),
        mean: input("mean"),
        variance: input("variance")
      },
      settings(attrs)
    ),
  DepthwiseConv2dNativeBackpropInput: (pack, { input, attrs }) => {
    const shape = Attributes.numbers(attrs, "inputShape")
    const info = Window.convolution(tf, shape, input("filter").shape, attrs, true)
    return Depthwise.inputGradient(pack, input("dy"), input("filter"), info)
  },
  DepthwiseConv2dNativeBackpropFilter: (pack, { input, attrs }) => {
    const shape = Attributes.numbers(attrs, "filterShape")
    const info = Window.convolution(tf, input("x").shape, shape, attrs, true)
    return Depthwise.filterGradient(pack, input("x"), input("dy"), shape, info)
  },
  AdamUpdate: (pack, call) => Optimizer.adam(pack, call),
  GlobalNorm: (pack, call) => Optimizer.globalNorm(pack, call),
  ReluGrad: byOutput("reluGradient"),
  SigmoidGrad: byOutput("sigmoidGradient")
})

/** Whether the kernel supports these operands: floats, equal batches or one of a single matrix, none empty. */
const multiplies = (a: TensorInfo, b: TensorInfo): boolean => {
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)]
  const single = size(batchB) === 1 && batchB.length <= batchA.length
  const alike = size(batchA) === size(batchB) && batchA.length === batchB.length
  return [a, b].every(isWhole) && (single || alike)
}

const isWhole = ({ dtype, shape }: TensorInfo): boolean => dtype === "float32" && !shape.includes(0)

const matMul = (pack: Pack.Pack, { input, attrs }: Pack.Call, stock: Stock): ReturnType<Stock> => {
  const [a, b] = [input("a"), input("b")]
  const [transposeA, transposeB] = [
    Attributes.flag(attrs, "transposeA"),
    Attributes.flag(attrs, "transposeB")
  ]
  const sizes = sizesOf(a.shape, b.shape, transposeA, transposeB)
  // The stock kernel reports what does not fit.
  if (!multiplies(a, b) || (transposeA && transposeB) || sizes === undefined) return stock()
  return MatMul.matMul(pack, a, b, { ...sizes, transposeA, transposeB }, a.shape.slice(0, -2))
}

const sizesOf = (
  a: ReadonlyArray<number>,
  b: ReadonlyArray<number>,
  transposeA: boolean,
  transposeB: boolean
): { readonly rows: number; readonly inner: number; readonly cols: number } | undefined => {
  const [inner = 0, rows = 0] = transposeA ? a.slice(-2) : a.slice(-2).reverse()
  const [cols = 0, innerB = 0] = transposeB ? b.slice(-2) : b.slice(-2).reverse()
  return inner === innerB ? { rows, inner, cols } : undefined
}

const resizing =
  (nearest: boolean) =>
  (pack: Pack.Pack, { input, attrs }: Pack.Call, stock: Stock): ReturnType<Stock> => {
    const images = input("images")
    if (images.dtype !== "float32") return stock()
    const to = Attributes.pair(attrs, "size")
    return Pictures.resize(pack, images, four(images.shape), to, resizeMode(attrs, nearest))
  }

const sameShape = (a: TensorInfo, b: TensorInfo): boolean =>
  a.shape.length === b.shape.length && a.shape.every((length, axis) => length === b.shape[axis])

/** For two operands of one shape; the stock kernel broadcasts. */
const pairwise =
  (kind: Elementwise.Kind) =>
  (pack: Pack.Pack, { input }: Pack.Call, stock: Stock): ReturnType<Stock> => {
    const [a, b] = [input("a"), input("b")]
    return isWhole(a) && isWhole(b) && sameShape(a, b) ? Elementwise.apply(pack, kind, a, b) : stock()
  }

const single =
  (kind: Elementwise.Kind): Partial =>
  (pack, { input }, stock) =>
    isWhole(input("x")) ? Elementwise.apply(pack, kind, input("x")) : stock()

type Partial = (pack: Pack.Pack, call: Pack.Call, stock: Stock) => ReturnType<Stock>

/** Kernels that only move values. */
const layoutsOf = (tf: Tf): Readonly<Record<string, Partial>> => {
  const axesOf = (x: TensorInfo, axes: Array<number>) => tf.util.parseAxisParam(axes, x.shape)
  return {
    Slice: (pack, { input, attrs }, stock) => {
      const x = input("x")
      if (!Layout.isCopied(x)) return stock()
      const [from, lengths] = [Attributes.numbers(attrs, "begin"), Attributes.numbers(attrs, "size")]
      const [begin, sizes] = tf.slice_util.parseSliceParams(x, from, lengths)
      return Layout.slice(pack, x, begin ?? [], sizes ?? [])
    },
    SplitV: (pack, { input, attrs }, stock) => {
      const x = input("x")
      if (!Layout.isCopied(x)) return stock()
      const [axis = 0] = axesOf(x, Attributes.numbers(attrs, "axis"))
      const parts = attrs?.numOrSizeSplits
      const lengths = typeof parts === "number" ? parts : Attributes.numbers(attrs, "numOrSizeSplits")
      return Layout.split(pack, x, axis, tf.backend_util.prepareSplitSize(x, lengths, axis))
    },
    Unpack: (pack, { input, attrs }, stock) => {
      const x = input("value")
      const [axis = 0] = axesOf(x, Attributes.numbers(attrs, "axis"))
      return Layout.isCopied(x) ? Layout.unpack(pack, x, axis) : stock()
    },
    Reverse: (pack, { input, attrs }, stock) => {
      const x = input("x")
      return Layout.isCopied(x)
        ? Layout.reverse(pack, x, axesOf(x, Attributes.numbers(attrs, "dims")))
        : stock()
    },
    Transpose: (pack, { input, attrs }, stock) => {
      const x = input("x")
      const order = Attributes.numbers(attrs, "perm")
      // Where the last axis moves, the stock kernel reads as far apart as this would.
      const moves = order.at(-1) === x.shape.length - 1 && order.some((axis, at) => axis !== at)
      return moves && Layout.isCopied(x) ? Layout.transpose(pack, x, order) : stock()
    }
  }
}

/** Kernels that handle some calls and leave the others to the stock ones. */
const partialOf = (tf: Tf): Readonly<Record<string, Partial>> => ({
  BatchMatMul: matMul,
  Add: pairwise("add"),
  Sub: pairwise("subtract"),
  Multiply: pairwise("multiply"),
  Relu: single("relu"),
  Exp: single("exp"),
  Tanh: single("tanh"),
  Erf: single("erf"),
  Square: (pack, { input }, stock) =>
    isWhole(input("x")) ? Elementwise.apply(pack, "multiply", input("x"), input("x")) : stock(),
  ...layoutsOf(tf),
  Tile: (pack, { input, attrs }, stock) => {
    const x = input("x")
    const repeats = Attributes.numbers(attrs, "reps")
    const served = x.shape.length > 0 && isWhole(x) && repeats.every((count) => count > 0)
    return served ? Elementwise.tile(pack, x, repeats) : stock()
  },
  ResizeBilinear: resizing(false),
  ResizeNearestNeighbor: resizing(true),
  UnsortedSegmentSum: (pack, { input, attrs }, stock) => {
    const [x, ids] = [input("x"), input("segmentIds")]
    if (x.dtype !== "float32" || ids.dtype !== "int32") return stock()
    return Pictures.segmentSum(pack, x, ids, Attributes.number(attrs, "numSegments"))
  },
  FusedConv2D: (pack, call, stock) => {
    const activation = Attributes.text(call.attrs, "activation", "linear")
    const bias = call.optional("bias")
    const plain = activation === "linear" || activation === "relu"
    const info = conv2dInfo(tf, call)
    if (!plain || (bias !== undefined && !isVector(bias, info.outChannels))) return stock()
    return Convolution.forward(pack, call.input("x"), call.input("filter"), info, bias, activation === "relu")
  }
})

const toConfig = (
  kernelName: string,
  stock: KernelConfig | undefined,
  kernel: (pack: Pack.Pack, call: Pack.Call, stock: Stock) => ReturnType<Stock>
): KernelConfig => ({
  ...stock,
  kernelName,
  backendName: "wasm",
  kernelFunc: (request) => {
    const { inputs, backend, attrs } = request
    if (!isWasm(backend)) throw new TypeError(`${kernelName} runs on the wasm engine only`)
    const optional = (name: string) => inputs[name] ?? undefined
    const input = (name: string): TensorInfo => {
      const found = optional(name)
      if (found === undefined) throw new TypeError(`${kernelName} needs the input "${name}"`)
      return found
    }
    return kernel(packOf(backend), { input, optional, attrs }, () => {
      if (stock === undefined) throw new TypeError(`${kernelName} has no stock kernel`)
      return stock.kernelFunc(request)
    })
  }
})

const replace = (tf: Tf, kernelName: string, kernel: Parameters<typeof toConfig>[2]): void => {
  const stock = tf.getKernel(kernelName, "wasm") ?? undefined
  if (stock !== undefined) tf.unregisterKernel(kernelName, "wasm")
  tf.registerKernel(toConfig(kernelName, stock, kernel))
}

/** A kernel stays registered after its backend is closed, so this is done once per process. */
export const registerPack = (tf: Tf): void => {
  for (const [name, kernel] of Object.entries(kernelsOf(tf))) replace(tf, name, kernel)
  for (const [name, kernel] of Object.entries(partialOf(tf))) replace(tf, name, kernel)
}
