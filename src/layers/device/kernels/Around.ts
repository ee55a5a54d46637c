/** Replaces a kernel of a backend by one that may call the original. */
import type { KernelConfig, NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core"
import type { Tf } from "../../../pipeline/device/Device.ts"

type Call = Parameters<KernelConfig["kernelFunc"]>[0]
type Result = TensorInfo | Array<TensorInfo>

/** `repair` gets the stock kernel and may call it, with other attributes or not at all. */
export const around = (
  tf: Tf,
  backendName: string,
  kernelName: string,
  repair: (call: Call, stock: (attrs: NamedAttrMap) => Result) => Result
): void => {
  const stock = tf.getKernel(kernelName, backendName)
  tf.unregisterKernel(kernelName, backendName)
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => repair(call, (attrs) => stock.kernelFunc({ ...call, attrs }))
  })
}
