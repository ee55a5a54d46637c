import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { SampleResult } from "../../../../src/tasks/imageClassification/metric/ClassificationResult.ts"
import * as Pictures from "../../../../src/tasks/imageClassification/picture/Pictures.ts"
import { services } from "../Files.ts"

const picture = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 9) } as const

const sample = (label: number, predicted: number, probability: number): SampleResult => ({
  name: `${label}-${predicted}`,
  label,
  predicted,
  probabilities: Float32Array.from([0, 1, 2], (i) => (i === predicted ? probability : (1 - probability) / 2)),
  picture
})

const classes = ["one", "seven", "nine"]

describe("Pictures", () => {
  it.effect("scores a sample by the probability of its own class, and says what it was taken for", () =>
    Effect.gen(function* () {
      const [mistake, right] = Pictures.pictures({
        classes,
        samples: [sample(1, 0, 0.98), sample(2, 2, 0.5), sample(-1, 0, 0.9)]
      })
      assert.strictEqual(mistake?.caption, "seven as one (0.98)")
      assert.closeTo(mistake?.score ?? 0, 0.01, 1e-6)
      assert.deepInclude(mistake?.facts, { truth: "seven", predicted: "one" })
      assert.strictEqual(right?.caption, "nine (0.50)")
      assert.closeTo(right?.score ?? 0, 0.5, 1e-6)
    }).pipe(Effect.provide(services))
  )

  it("leaves out those whose class nobody knows", () => {
    assert.strictEqual(Pictures.pictures({ classes, samples: [sample(-1, 0, 0.9)] }).length, 0)
  })

  it.effect("shows small pictures in whole pixels of several, and large ones within the side", () =>
    Effect.gen(function* () {
      const [one] = Pictures.pictures({ classes, samples: [sample(1, 0, 0.98)] })
      const drawn = one === undefined ? undefined : yield* one.draw(6)
      assert.deepStrictEqual(drawn && [drawn.width, drawn.height], [6, 3])
      const [dark, bright] = [7, 9].map((value) => Array.from({ length: 9 }, () => value))
      const row = [...(dark ?? []), ...(bright ?? [])]
      assert.deepStrictEqual(drawn && [...drawn.rgb], [...row, ...row, ...row])
      const wide = { width: 100, height: 50, channels: 3, data: new Uint8Array(15_000).fill(3) } as const
      const small = Pictures.shown(wide, 60)
      assert.deepStrictEqual([small.width, small.height], [50, 25])
      const same = Pictures.shown(wide, 640)
      assert.deepStrictEqual([same.width, same.height], [100, 50])
    }).pipe(Effect.provide(services))
  )
})
