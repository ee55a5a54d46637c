/** What every engine must do, as a suite: values, gradients, repetition, leaks. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { Device, type EngineName } from "../../../src/pipeline/device/Device.ts"
import { cases } from "./cases.ts"
import { difference, type Evaluation, evaluateOn } from "./evaluate.ts"

const options = { devices: 1, strategy: "auto", precision: "32-true" } as const

const evaluateAll = Effect.map(
  Effect.forEach(cases, (item) => Effect.map(evaluateOn(item), (value) => [item.name, value] as const)),
  (all) => new Map(all)
)

const tolerance = 3.1e-5

/**
 * What the standard leaves to the driver, after "Accuracy of built-in functions" in the specification of WGSL: an
 * absolute error of 2^-11 for sin and cos, what tan and the functions of arcs inherit from them and from atan2's 4096 ULP.
 */
const loose: ReadonlySet<string> = new Set(["sin", "cos", "tan", "asin", "acos", "atan"])

const toleranceOf = (name: EngineName, item: string): number =>
  name === "webgpu" && loose.has(item) ? 1e-3 : tolerance

const compare = (actual: Evaluation, wanted: Evaluation | undefined, allowed: number) => {
  assert.isDefined(wanted)
  assert.isBelow(difference(actual.output, wanted.output), allowed, "values")
  actual.gradients.forEach((gradient, position) => {
    assert.isBelow(
      difference(gradient, wanted.gradients[position] ?? new Float32Array()),
      allowed,
      `gradient by operand ${position}`
    )
  })
}

/** Why the engine is not here: not installed, or installed and without the card or driver that it needs. */
export const absence = Effect.fnUntraced(function* (layers: typeof DeviceLayer, name: EngineName) {
  return yield* Device.pipe(
    Effect.provide(layers.layer({ accelerator: name, ...options })),
    Effect.as(undefined),
    Effect.catchTag("DeviceUnavailable", ({ reason }) => Effect.succeed(reason))
  )
})

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
            compare(yield* evaluateOn(item), expected.get(item.name), toleranceOf(name, item.name))
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
