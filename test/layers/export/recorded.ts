/** Nets with made-up weights, recorded on the wasm engine. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import * as Check from "../../../src/layers/export/Check.ts"
import type { Exported } from "../../../src/layers/export/Exported.ts"
import type * as Recorder from "../../../src/layers/export/Recorder.ts"
import * as Tracing from "../../../src/layers/export/Tracing.ts"
import { Device } from "../../../src/pipeline/device/Device.ts"
import type { ForwardContext } from "../../../src/pipeline/nn/ForwardContext.ts"
import * as HostTensor from "../../../src/pipeline/nn/HostTensor.ts"
import type * as Nn from "../../../src/pipeline/nn/layers/Nn.ts"
import type { Model, ParameterSpec, Variables } from "../../../src/pipeline/nn/Model.ts"
import * as Random from "../../../src/pipeline/nn/Random.ts"

export const wasm = DeviceLayer.layer({
  accelerator: "wasm",
  devices: 1,
  strategy: "auto",
  precision: "32-true",
  threads: 1
})

const fanIn = (shape: ReadonlyArray<number>): number => HostTensor.sizeOf(shape.slice(0, -1))

/** Numbers in [-1, 1) that are quick to make. */
const waves = (name: string, shape: ReadonlyArray<number>): Float32Array => {
  const start = Random.keyOf(name) % 1000
  return Float32Array.from(
    { length: HostTensor.sizeOf(shape) },
    (_, i) => (((i + start) * 0.6180339887) % 1) * 2 - 1
  )
}

/** Filters that keep the size of numbers, and norms that are none. */
const filled = ({ name, shape }: ParameterSpec): HostTensor.HostTensor => {
  const values = waves(name, shape)
  if (/(running_var|variance)$/.test(name)) return { data: values.map((value) => 1 + 0.5 * value), shape }
  if (/(running_mean|mean|bias|beta)$/.test(name)) return { data: values.map((value) => 0.1 * value), shape }
  const factor = Math.sqrt(6 / fanIn(shape))
  return { data: values.map((value) => (shape.length === 1 ? 0.7 + 0.1 * value : value * factor)), shape }
}

export const variables = (tf: typeof TF, { parameters }: Model): Variables => {
  const those = (trainable: boolean) =>
    Object.fromEntries(
      parameters
        .filter((spec) => spec.trainable === trainable)
        .map((spec) => [spec.name, HostTensor.upload(tf, filled(spec))])
    )
  return { params: those(true), buffers: those(false) }
}

export const series = (shape: ReadonlyArray<number>): HostTensor.HostTensor =>
  HostTensor.make(
    Float32Array.from({ length: HostTensor.sizeOf(shape) }, (_, i) => Math.sin(i * 0.7) * 2),
    shape
  )

export interface Net {
  readonly model: Model
  readonly input: HostTensor.HostTensor
  readonly forward: Recorder.Pass["forward"] extends (context: never) => infer Out
    ? (context: ForwardContext, variables: Variables, x: TF.Tensor) => Out
    : never
}

/** A net of one tensor to another. */
export const net = <In extends TF.Tensor>(
  model: Nn.Net<In, TF.Tensor>,
  shape: ReadonlyArray<number>,
  output = "output"
): Net => ({
  model,
  input: series(shape),
  forward: (context, weights, x) => ({
    // oxlint-disable-next-line typescript/consistent-type-assertions -- of the rank that the net takes
    [output]: model.evaluate(context, weights, x as In)
  })
})

/** Records a net, and gives the pass with what was found; its weights are freed with the scope. */
export const trace = Effect.fnUntraced(function* ({ model, input, forward }: Net) {
  const { tf } = yield* Device
  const weights = yield* Effect.acquireRelease(
    Effect.sync(() => variables(tf, model)),
    ({ params, buffers }) => Effect.sync(() => tf.dispose([params, buffers]))
  )
  const batch = { images: input }
  const pass: Recorder.Pass = {
    variables: weights,
    batch,
    samples: input.shape[0] ?? 1,
    forward: (context) => forward(context, weights, HostTensor.upload(context.tf, batch.images))
  }
  return { pass, traced: yield* Tracing.trace(pass) }
})

/** The largest relative difference from the engine, over all sizes. */
export const compared = Effect.fnUntraced(function* <E>(
  { pass, traced }: Effect.Success<ReturnType<typeof trace>>,
  { run }: Exported<E>
) {
  const found = yield* Effect.forEach(Check.cases(traced), (one) => Check.compare(pass, one, run))
  return { cases: found.length, difference: Math.max(...found.map(({ relative }) => relative)) }
})
