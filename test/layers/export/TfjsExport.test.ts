/** Nets as graph models, run by TensorFlow.js's own reader beside the net itself. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TfjsExport from "../../../src/layers/export/TfjsExport.ts"
import { nets } from "./nets.ts"
import * as Recorded from "./recorded.ts"

const names = ["dbnet_tiny", "cnn", "resnet18", "mobilenet_v3_small", "vit", "gru", "lstm", "layers"] as const

describe("TfjsExport", () => {
  for (const name of names)
    it.effect(
      `${name} computes what it did, at every size`,
      () =>
        Effect.gen(function* () {
          const found = yield* Recorded.trace(nets[name]?.() ?? assert.fail("there is no such net"))
          const exported = yield* TfjsExport.make(found.traced, { name, version: "0", metadata: {} })
          const { difference, cases } = yield* Recorded.compared(found, exported)
          assert.isAtLeast(cases, 4)
          assert.isBelow(difference, 1e-5)
        }).pipe(Effect.provide(Recorded.wasm)),
      180_000
    )
})
