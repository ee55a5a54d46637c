import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Kinds from "../../../src/pipeline/transform/kinds/Kinds.ts"
import * as Draw from "./Draw.ts"

const decode = Schema.decodeUnknownSync(Schema.Union(Kinds.ofRegions))
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const custom = (module: string, options: object) => decode({ kind: "custom", module: here(module), options })
const photo = Draw.picture(260, 200, Draw.shapes)

const refusal = (module: string, options: object = {}) =>
  Effect.map(Effect.flip(Kinds.step(custom(module, options), Draw.target)), ({ message }) => message)

describe("A transform of one's own", () => {
  it.effect("paints and moves as it says", () =>
    Effect.gen(function* () {
      const grey = custom("fixtures/grey.ts", { most: 9, grey: 77 })
      const done = yield* Draw.made([grey], photo, [1, 2, 3])
      assert.deepStrictEqual([...new Set(done.image.rgb.subarray(0, 260 * 3))], [77])
      assert.notDeepEqual(done.regions, photo.regions)
      assert.isAbove(Draw.agreement(done), 0.99)
    })
  )

  it.effect("is refused with its path where options or module do not fit", () =>
    Effect.gen(function* () {
      const options = yield* refusal("fixtures/grey.ts", { most: "much", grey: 1, gray: 2 })
      assert.match(options, /fixtures\/grey\.ts/)
      assert.match(options, /options in data\.transforms/)
      assert.match(options, /most/)
      assert.match(options, /gray/)
      assert.match(yield* refusal("fixtures/absent.ts"), /absent\.ts.*cannot be loaded/s)
      assert.match(yield* refusal("Draw.ts"), /no transform/)
    })
  )
})
