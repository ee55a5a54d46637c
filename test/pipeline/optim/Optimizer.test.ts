import { assert, describe, it } from "@effect/vitest"
import type { Tensor } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device } from "../../../src/pipeline/device/Device.ts"
import * as OptimizerPlan from "../../../src/pipeline/plan/OptimizerPlan.ts"
import { difference, vectors } from "../vectors.ts"

/** Weights after each step, by number from 1. */
const trace = Effect.fnUntraced(function* (plan: OptimizerPlan.OptimizerPlan) {
  const { tf } = yield* Device
  const optimizer = OptimizerPlan.optimizer(plan)
  let parameter: Tensor = tf.tensor1d([...vectors.start], "float32")
  let slots: ReadonlyArray<Tensor> = []
  const weights: Array<ReadonlyArray<number>> = []
  for (const [i, row] of vectors.gradients.entries()) {
    const gradient = tf.tensor1d([...row], "float32")
    const after = optimizer.update({
      tf,
      parameter,
      gradient,
      slots,
      step: i + 1,
      learningRate: plan.lr,
      weightDecay: optimizer.weightDecay
    })
    parameter = after.parameter
    slots = after.slots
    weights.push([...parameter.dataSync()])
  }
  return weights
})

describe(`optimizers against ${vectors.made_by}, 200 steps`, () => {
  for (const { name, options, weights } of vectors.optimizers) {
    it.effect(`${name} ${JSON.stringify(options)}`, () =>
      Effect.gen(function* () {
        const plan = Schema.decodeUnknownSync(OptimizerPlan.OptimizerPlan)({ kind: name, ...options })
        const seen = yield* trace(plan)
        for (const [step, wanted] of Object.entries(weights)) {
          assert.isAtMost(difference(seen[Number(step) - 1] ?? [], wanted), 1e-5, `step ${step}`)
        }
      }).pipe(
        Effect.provide(
          DeviceLayer.layer({ accelerator: "cpu", devices: 1, strategy: "auto", precision: "32-true" })
        )
      )
    )
  }
})
