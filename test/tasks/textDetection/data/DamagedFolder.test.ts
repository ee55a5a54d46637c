import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Codec from "../../../../src/layers/image/ImageCodec.ts"
import { kinds } from "../../../layers/image/PictureKinds.ts"
import * as DamagedFolder from "./DamagedFolder.ts"

layer(Layer.merge(Codec.layer, NodeServices.layer))("a folder of damaged pictures", (it) => {
  // The long form is bench/fuzz-images.ts.
  it.effect(
    "is checked to the end: each picture is used, or left out with its place in the annotations",
    () =>
      Effect.gen(function* () {
        const made = yield* Effect.promise(kinds)
        const { used, skipped, wrong } = yield* DamagedFolder.check(made, 3, 0, 8 * made.length)
        assert.deepStrictEqual(wrong, [])
        assert.isAbove(used, 10)
        assert.isAbove(skipped, 100)
      })
  )
})
