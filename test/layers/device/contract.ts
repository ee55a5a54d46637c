/** What every engine must do, as a suite: values, gradients, repetition, leaks. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device, type EngineName } from "../../../src/pipeline/Device.ts"
import { cases } from "./cases.ts"
import { difference, type Evaluation, evaluate } from "./evaluate.ts"

const options = { devices: 1, strategy: "auto", precision: "32-true" } as const

const evaluateAll = Effect.gen(function* () {
  const { tf } = yield* Device
  return new Map(cases.map((item) => [item.name, evaluate(tf, item)]))
})

const tolerance = 3.1e-5

const compare = (actual: Evaluation, wanted: Evaluation | undefined) => {
  assert.isDefined(wanted)
  assert.isBelow(difference(actual.output, wanted.output), tolerance, "values")
  actual.gradients.forEach((gradient, position) => {
    assert.isBelow(
      difference(gradient, wanted.gradients[position] ?? new Float32Array()),
      tolerance,
      `gradient by operand ${position}`
    )
  })
}

export const absent = (name: EngineName, reason: string): void => {
  describe.skip(`engine ${name}: not on this machine (${reason})`, () => {
    it("is skipped", () => undefined)
  })
}

export const contract = async (layers: typeof DeviceLayer, name: EngineName): Promise<void> => {
  const layerOf = (accelerator: EngineName) => layers.layer({ accelerator, ...options })
  const expected = await Effect.runPromise(evaluateAll.pipe(Effect.provide(layerOf("cpu"))))

  describe(`engine ${name} agrees with cpu`, () => {
    it.layer(layerOf(name))("in values and gradients of", (it) => {
      for (const item of cases) {
        it.effect(item.name, () =>
          Effect.gen(function* () {
            const { tf } = yield* Device
            compare(evaluate(tf, item), expected.get(item.name))
          })
        )
      }

      it.effect("the same bits on repeat, in dirty memory", () =>
        Effect.gen(function* () {
          const { tf, info } = yield* Device
          if (!info.deterministic) return
          const first = yield* evaluateAll
          const dirt = [1, 3, 50, 400, 3000, 20000].map((size) => tf.fill([size], Number.NaN))
          tf.dispose(dirt)
          const second = yield* evaluateAll
          assert.deepStrictEqual([...second], [...first])
        })
      )
    })
  })
}
