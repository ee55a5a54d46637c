/** Every gradient against central differences, on the reference engine: no other code is trusted here. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { gradients } from "../../../src/layers/device/gradients/register.ts"
import { Device, type Tf } from "../../../src/pipeline/device/Device.ts"
import { type Case, cases } from "./cases.ts"
import { difference, evaluate, loss, operands } from "./evaluate.ts"

const reference = DeviceLayer.layer({
  accelerator: "cpu",
  devices: 1,
  strategy: "auto",
  precision: "32-true"
})

/** Central differences by one operand; a step of 2^-8 balances truncation against float32 rounding. */
const differences = (tf: Tf, item: Case, position: number): Float32Array => {
  const step = 2 ** -8
  const data = operands(item)
  const moved = data[position] ?? new Float32Array()
  return moved.map((_, index) => {
    const at = (offset: number) =>
      loss(
        tf,
        item,
        data.map((values, other) =>
          other === position ? values.map((value, k) => (k === index ? value + offset : value)) : values
        )
      )
    return (at(step) - at(-step)) / (2 * step)
  })
}

/** Large operands would take thousands of evaluations each; their kernels are covered by small ones. */
const small = cases.filter((item) =>
  item.operands.every(({ shape }) => shape.reduce((all, n) => all * n, 1) <= 700)
)

describe("gradients agree with central differences", () => {
  it.layer(reference)("on cpu", (it) => {
    for (const item of small) {
      it.effect(item.name, () =>
        Effect.gen(function* () {
          const { tf } = yield* Device
          const { gradients } = evaluate(tf, item)
          gradients.forEach((gradient, position) => {
            assert.isBelow(difference(gradient, differences(tf, item, position)), 2e-3, `operand ${position}`)
          })
        })
      )
    }
  })
})

describe("the registry", () => {
  it("names each kernel once", () => {
    const names = gradients.map(({ kernel }) => kernel)
    assert.deepStrictEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      []
    )
  })
})
