/** Every layer against PyTorch, on every engine that is here: outputs, gradients, running statistics. */
import { assert, describe, it } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as DeviceLayer from "../../../../src/layers/device/Device.ts"
import { Device, type EngineName } from "../../../../src/pipeline/device/Device.ts"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import * as Pass from "../../../../src/pipeline/nn/Pass.ts"
import { absence, absent } from "../../../layers/device/contract.ts"
import { type Case, cases } from "./cases.ts"
import { type Reference, references } from "./references.ts"

/** As layers.py makes them. */
const series = (
  shape: ReadonlyArray<number>,
  seed: number,
  [low, high]: readonly [number, number] = [-1, 1]
): HostTensor.HostTensor => {
  const golden = 0.6180339887498949
  const at = (i: number) => ((i + 1) * (i + 1) * golden + seed * 0.2718281828) % 1
  const data = Float32Array.from({ length: HostTensor.sizeOf(shape) }, (_, i) => low + (high - low) * at(i))
  return HostTensor.make(data, shape)
}

const isStatistic = (name: string): boolean => /running_(mean|var)$/.test(name)

/** The values of the layer's parameters, in its order. */
const parametersOf = (tf: typeof TF, { parameters }: Case): Record<string, TF.Tensor> =>
  Object.fromEntries(
    parameters.map(({ name, shape }, i) => {
      const span = name.endsWith("running_var") ? ([0.5, 2] as const) : ([-1, 1] as const)
      return [name, HostTensor.upload(tf, series(shape, 10 + i, span))]
    })
  )

const select = (values: Record<string, TF.Tensor>, statistic: boolean): Record<string, TF.Tensor> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => isStatistic(name) === statistic))

/** Output, gradients by input and parameters, statistics: each under its name. */
const compute = (
  { tf, ops }: Pass.ForwardContext,
  layer: Case,
  mode: Pass.Mode,
  reference: Reference
): Record<string, TF.Tensor> => {
  const values = parametersOf(tf, layer)
  const [params, buffers] = [select(values, false), select(values, true)]
  const names = Object.keys(params)
  const x = HostTensor.upload(tf, series(reference.input, 1, reference.span))
  const forward = (inputs: ReadonlyArray<TF.Tensor>) => {
    const [input = x, ...rest] = inputs
    const given = Object.fromEntries(names.map((name, i) => [name, rest[i] ?? input]))
    const pass = Pass.begin({ tf, ops }, { params: given, buffers }, mode)
    return { pass, y: layer.apply(pass, input) }
  }
  const loss = (...inputs: ReadonlyArray<TF.Tensor>): TF.Scalar => {
    const { y } = forward(inputs)
    return tf.sum(tf.mul(y, HostTensor.upload(tf, series(y.shape, 2))))
  }
  const inputs = [x, ...Object.values(params)]
  const { pass, y } = forward(inputs)
  const [gradient = x, ...gradients] = tf.grads(loss)(inputs)
  return {
    output: y,
    "gradient by the input": gradient,
    ...Object.fromEntries(gradients.map((one, i) => [`gradient by ${names[i]}`, one])),
    ...Pass.updated(pass)
  }
}

/** What `compute` must give. */
const expectedOf = ({ output, gradient, parameters, statistics }: Reference) => ({
  output,
  "gradient by the input": gradient,
  ...Object.fromEntries(
    Object.entries(parameters).flatMap(([name, one]) =>
      one.gradient === undefined ? [] : [[`gradient by ${name}`, one.gradient] as const]
    )
  ),
  ...statistics
})

/** The largest difference, relative to the largest expected value. */
const difference = (actual: ArrayLike<number>, expected: ReadonlyArray<number>): number => {
  const off = expected.map((value, i) => Math.abs((actual[i] ?? Number.NaN) - value))
  return Math.max(...off) / Math.max(...expected.map(Math.abs))
}

const modesOf = (name: string): ReadonlyArray<Pass.Mode> => {
  if (name.endsWith(", train")) return ["train"]
  return name.endsWith(", evaluate") ? ["evaluate"] : ["train", "evaluate"]
}

const check = Effect.fnUntraced(function* (name: string, layer: Case, mode: Pass.Mode) {
  const reference = references.cases[name]
  if (reference === undefined) return assert.fail("layers.py has no such case")
  const device = yield* Device
  assert.deepStrictEqual(
    layer.parameters.map((one) => [one.name, one.shape, one.trainable]),
    Object.entries(reference.parameters).map(([own, one]) => [own, one.shape, one.gradient !== undefined])
  )
  const results = yield* device.run(name, () => compute(device, layer, mode, reference))
  const expected = Object.entries(expectedOf(reference))
  assert.deepStrictEqual(results["output"]?.shape, reference.shape)
  assert.sameMembers(
    Object.keys(results),
    expected.map(([what]) => what)
  )
  for (const [what, values] of expected) {
    const tensor = results[what]
    const actual = tensor === undefined ? [] : yield* device.read(tensor)
    assert.strictEqual(actual.length, values.length, what)
    assert.isBelow(difference(actual, values), 1e-4, `${what}, ${mode}`)
  }
  device.tf.dispose(results)
})

const suite = (name: EngineName): void => {
  const engine = DeviceLayer.layer({
    accelerator: name,
    devices: 1,
    strategy: "auto",
    precision: "32-true"
  })
  describe(`engine ${name} agrees with PyTorch`, () => {
    it.layer(engine)("in values and gradients of", (it) => {
      for (const [own, layer] of Object.entries(cases))
        it.effect(own, () => Effect.forEach(modesOf(own), (mode) => check(own, layer, mode)))
    })
  })
}

it("has a case for each reference", () => {
  assert.sameMembers(Object.keys(cases), Object.keys(references.cases))
})

for (const { name } of DeviceLayer.engines) {
  const reason = await Effect.runPromise(absence(DeviceLayer, name))
  if (reason === undefined) suite(name)
  else absent(name, reason)
}
