/** Losses against PyTorch, values and gradients, on every engine that is present; an absent one is skipped. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as DeviceLayer from "../../../../src/layers/device/Device.ts"
import { Device, type EngineName } from "../../../../src/pipeline/device/Device.ts"
import { absence, absent } from "../../../layers/device/contract.ts"
import { type Case, cases, compute } from "./cases.ts"

/** The largest difference, relative to the largest value; of values that are all 0, absolute. */
const difference = (seen: ArrayLike<number>, wanted: ReadonlyArray<number>): number => {
  assert.strictEqual(seen.length, wanted.length)
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return wanted.reduce((most, value, i) => {
    const off = Math.abs((seen[i] ?? Number.NaN) - value) / (largest === 0 ? 1 : largest)
    return off <= most ? most : off
  }, 0)
}

const tolerance = 1e-4

/**
 * Sums over time of logits of 1e4 are so large that float32 keeps three digits of the difference of two paths: there
 * PyTorch's own gradients in float32 are 0.007 from those in float64.
 */
const toleranceOf = ({ loss, predicted }: Case, isGradient: boolean): number =>
  isGradient && loss === "ctc" && Math.max(...predicted.values) >= 1e4 ? 0.007 : tolerance

const check = (item: Case) =>
  Effect.gen(function* () {
    const device = yield* Device
    const { numTensors: before } = yield* device.memory
    const made = yield* device.run(item.loss, (tf) => compute(tf, item))
    assert.deepStrictEqual(made[0]?.shape, [...item.value.shape])
    for (const [i, wanted] of [item.value.values, ...item.gradients].entries()) {
      const tensor = made[i]
      if (tensor === undefined) return assert.fail("no gradient")
      const what = `${i === 0 ? "value" : `gradient ${i}`} of [${item.predicted.shape}] ${JSON.stringify(item.options)}`
      assert.isBelow(difference(yield* device.read(tensor), wanted), toleranceOf(item, i > 0), what)
    }
    device.tf.dispose(made)
    assert.strictEqual((yield* device.memory).numTensors, before, "tensors left")
  })

const byLoss = Map.groupBy(cases, ({ loss }) => loss)

const suite = (accelerator: EngineName) =>
  describe(`losses on ${accelerator}`, () => {
    it.layer(DeviceLayer.layer({ accelerator, devices: 1, strategy: "auto", precision: "32-true" }))(
      "agree with PyTorch",
      (it) => {
        for (const [loss, items] of byLoss)
          it.effect(`${loss}, ${items.length} cases`, () => Effect.forEach(items, check, { discard: true }))
      }
    )
  })

for (const { name } of DeviceLayer.engines) {
  const reason = await Effect.runPromise(absence(DeviceLayer, name))
  if (reason === undefined) suite(name)
  else absent(name, reason)
}
