/**
 * A device without TensorFlow.js: the loss follows a script, everything else is real.
 *
 * Optimizers move real weights, tensors are counted when they are created and disposed, and small models are
 * evaluated with plain arithmetic. The loss of a task is not computed: test that with an engine.
 */
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Device, DeviceError, type Tf } from "../pipeline/device/Device.ts"
import * as HostTensor from "../pipeline/nn/HostTensor.ts"
import * as Adam from "./fake/Adam.ts"
import * as Ops from "./fake/Ops.ts"
import * as Tensor from "./fake/Tensor.ts"

export interface FakeDeviceOptions {
  /**
   * The loss of each step, from 0: a list whose last value is repeated, or a function. `NaN` and infinities are
   * passed on. By default it is 1 / (step + 1).
   */
  readonly loss?: ReadonlyArray<number> | ((step: number) => number) | undefined
  /** The value of every gradient; 1 by default. */
  readonly gradient?: number | undefined
}

const scriptOf = (loss: FakeDeviceOptions["loss"]): ((step: number) => number) => {
  if (loss === undefined) return (step) => 1 / (step + 1)
  if (typeof loss === "function") return loss
  return (step) => loss[step] ?? loss.at(-1) ?? Number.NaN
}

const absent = (name: string) => () => {
  throw new Error(
    `the fake device has no ${name}. Evaluate with ScriptedTask.over(task, metrics), or test with a real engine`
  )
}

/** The fake replaces the whole namespace: an operation that it lacks fails with a message when it is called. */
const standsIn = (namespace: object): namespace is Tf => "tidy" in namespace

const namespaceOf = (ops: object): object =>
  new Proxy(ops, {
    get: (target, name): unknown =>
      typeof name === "symbol" || name in target || name === "then"
        ? Reflect.get(target, name)
        : absent(`tf.${name}`)
  })

const failed = (operation: string) => (cause: unknown) => new DeviceError({ operation, cause })

const read = (tensor: TfTensor | Tensor.Tensor) =>
  tensor instanceof Tensor.Tensor && !tensor.isDisposed
    ? Effect.succeed(tensor.dataSync())
    : Effect.fail(failed("read")(new Error("the tensor is disposed, or belongs to another device")))

/** A new device with its memory: for tests of what is left. */
export const make = ({ loss, gradient = 1 }: FakeDeviceOptions = {}): Device["Service"] => {
  const memory = Tensor.makeMemory()
  const script = scriptOf(loss)
  let step = 0
  const ops = Ops.make(memory, { loss: () => script(step++), gradient })
  const tf: object = namespaceOf(ops)
  if (!standsIn(tf)) return absent("tidy")()
  return Device.of({
    tf,
    ops: {
      batchNormTrain: absent("ops.batchNormTrain"),
      dense: (a, b, bias, activation = "linear") =>
        HostTensor.ranked(tf.fused.matMul({ a, b, bias, activation }), 2, "the product"),
      adam: Adam.make(memory)
    },
    info: {
      engine: "cpu",
      name: "fake",
      reason: "a test",
      versions: {},
      threads: 1,
      deterministic: true
    },
    memory: Effect.sync(() => ops.memory()),
    run: (operation, body) =>
      Effect.try({ try: () => Tensor.tidy(memory, () => body(tf)), catch: failed(operation) }),
    compute: (operation, body) =>
      Effect.try({
        try: () =>
          Tensor.tidy(
            memory,
            () => body(tf),
            () => []
          ),
        catch: failed(operation)
      }),
    // No operation computes anything to watch.
    anomalies: Effect.succeed({ originOf: () => undefined }),
    read,
    readScalars: (tensors) =>
      Effect.forEach(tensors, (tensor) => Effect.map(read(tensor), ([value = Number.NaN]) => value))
  })
}

/** A new device each time the layer is built; `loss` is its script. */
export const layer = (options: FakeDeviceOptions = {}): Layer.Layer<Device> =>
  Layer.effect(
    Device,
    Effect.sync(() => make(options))
  )
