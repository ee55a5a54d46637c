/** Nets in ONNX, run by ONNX Runtime beside the engine, at several batches and sizes. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as OnnxExport from "../../../src/layers/export/OnnxExport.ts"
import type { Unexportable } from "../../../src/pipeline/export/Trace.ts"
import * as Nn from "../../../src/pipeline/nn/layers/Nn.ts"
import { nets } from "./nets.ts"
import * as Recorded from "./recorded.ts"

const source = { name: "net", version: "0", metadata: {} }

const exported = Effect.fnUntraced(function* (net: Recorded.Net) {
  const found = yield* Recorded.trace(net)
  const made = yield* OnnxExport.make(found.traced, source)
  return { ...found, ...made, ...(yield* Recorded.compared(found, made.exported)) }
})

const opsOf = ({ net }: { readonly net: Effect.Success<ReturnType<typeof OnnxExport.make>>["net"] }) =>
  net.graph.nodes.map(({ op }) => op)

/** Sides of the first input that may have any length. */
const symbolsOf = ({ net }: Parameters<typeof opsOf>[0]) =>
  net.inputs.flatMap(({ dims }) => dims.filter((side) => typeof side === "string"))

describe("OnnxExport", () => {
  for (const [name, make] of Object.entries(nets))
    it.effect(
      `${name} computes what the engine does, at every size`,
      () =>
        Effect.gen(function* () {
          const { difference, cases } = yield* exported(make())
          assert.isAtLeast(cases, 4)
          assert.isBelow(difference, 1e-4)
        }).pipe(Effect.provide(Recorded.wasm)),
      180_000
    )

  it.effect("a net of convolutions is as one written for ONNX: one node a kernel, and no axis turned", () =>
    Effect.gen(function* () {
      const made = yield* exported(nets["dbnet_tiny"]?.() ?? assert.fail("there is no such net"))
      const ops = opsOf(made)
      const once = new Set(ops)
      assert.deepEqual([...once].toSorted(), [
        "Add",
        "BatchNormalization",
        "Conv",
        "DepthToSpace",
        "Relu",
        "Resize",
        "Sigmoid"
      ])
      assert.deepEqual(symbolsOf(made), ["batch_size", "height", "width"])
      assert.strictEqual(made.net.inputs[0]?.name, "pixel_values")
    }).pipe(Effect.provide(Recorded.wasm))
  )

  it.effect("sizes that a net is built for stay fixed, and it is said why", () =>
    Effect.gen(function* () {
      const made = yield* exported(nets["vit"]?.() ?? assert.fail("there is no such net"))
      assert.deepEqual(symbolsOf(made), ["batch_size"])
      assert.deepEqual(
        made.traced.fixed.map(({ axes }) => axes.what),
        ["axis 1 of images", "axis 2 of images"]
      )
      for (const { problem } of made.traced.fixed) assert.match(problem, /vit/)
    }).pipe(Effect.provide(Recorded.wasm))
  )

  it.effect("a kernel without a counterpart is named, and where it is", () =>
    Effect.gen(function* () {
      const dense = Nn.model("odd", Nn.sequential({ first: Nn.dense({ inputs: 4, outputs: 4 }) }))
      const net = Recorded.net(dense, [2, 4])
      const refused = yield* exported({
        ...net,
        forward: (context, variables, x) => ({
          output: context.tf.topk(net.forward(context, variables, x)["output"] ?? x, 2).values
        })
      }).pipe(
        Effect.catchTag("Unexportable", (error: Unexportable) => Effect.succeed(error.message)),
        Effect.map((outcome) => (typeof outcome === "string" ? outcome : assert.fail("it was exported")))
      )
      assert.include(refused, "kernel TopK near first.")
    }).pipe(Effect.provide(Recorded.wasm))
  )
})
