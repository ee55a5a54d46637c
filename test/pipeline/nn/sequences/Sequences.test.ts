/** Layers over sequences against PyTorch, values and gradients, on every engine that is present. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as DeviceLayer from "../../../../src/layers/device/Device.ts"
import { Device, type EngineName } from "../../../../src/pipeline/device/Device.ts"
import { absence, absent } from "../../../layers/device/contract.ts"
import { type Case, cases, compute, shapesOf } from "./cases.ts"

const tolerance = 1e-4

/** The largest difference, relative to the largest value. */
const difference = (seen: ArrayLike<number>, wanted: ReadonlyArray<number>): number => {
  assert.strictEqual(seen.length, wanted.length)
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30)
  return wanted.reduce((most, value, i) => {
    const off = Math.abs((seen[i] ?? Number.NaN) - value) / largest
    return off <= most ? most : off
  }, 0)
}

const check = (item: Case) =>
  Effect.gen(function* () {
    const device = yield* Device
    const { numTensors: before } = yield* device.memory
    const made = yield* device.run(item.name, (tf) => {
      const { shapes, outputs, gradients } = compute(tf, device.ops, item)
      assert.deepStrictEqual(shapes, shapesOf(item))
      return [...outputs, ...gradients.map(([, gradient]) => gradient)]
    })
    const names = [...Object.keys(item.inputs).sort(), ...Object.keys(item.shapes).sort()]
    const wanted = [
      ...item.outputs.map((values, i) => [`output ${i}`, values] as const),
      ...names.map((name) => [`gradient of ${name}`, item.gradients[name] ?? []] as const)
    ]
    for (const [i, [what, values]] of wanted.entries()) {
      const tensor = made[i]
      if (tensor === undefined) return assert.fail(`no ${what}`)
      assert.isBelow(difference(yield* device.read(tensor), values), tolerance, what)
    }
    device.tf.dispose(made)
    assert.strictEqual((yield* device.memory).numTensors, before, "tensors left")
  })

const suite = (accelerator: EngineName) =>
  describe(`layers over sequences on ${accelerator}`, () => {
    it.layer(DeviceLayer.layer({ accelerator, devices: 1, strategy: "auto", precision: "32-true" }))(
      "agree with PyTorch",
      (it) => {
        for (const item of cases) it.effect(item.name, () => check(item))
      }
    )
  })

for (const { name } of DeviceLayer.engines) {
  const reason = await Effect.runPromise(absence(DeviceLayer, name))
  if (reason === undefined) suite(name)
  else absent(name, reason)
}
