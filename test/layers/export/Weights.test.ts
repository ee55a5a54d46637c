/** Weights that leave: PyTorch's layouts and back, and in 8 bits. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Safetensors from "../../../src/layers/checkpoint/Safetensors.ts"
import * as OnnxExport from "../../../src/layers/export/OnnxExport.ts"
import * as SafetensorsExport from "../../../src/layers/export/SafetensorsExport.ts"
import * as HostTensor from "../../../src/pipeline/nn/HostTensor.ts"
import * as Nn from "../../../src/pipeline/nn/layers/Nn.ts"
import type { Model } from "../../../src/pipeline/nn/Model.ts"
import { nets } from "./nets.ts"
import * as Recorded from "./recorded.ts"

const all = Nn.model(
  "all",
  Nn.struct(
    {
      conv: Nn.conv2d({ inputs: 2, outputs: 3, kernel: [4, 5], bias: false }),
      depthwise: Nn.conv2d({ inputs: 3, outputs: 6, kernel: 3, groups: 3, bias: false }),
      up: Nn.conv2dTranspose({ inputs: 6, outputs: 7, kernel: 2, bias: false }),
      dense: Nn.dense({ inputs: 7, outputs: 8 })
    },
    ({ conv, depthwise, up, dense }, x: Parameters<ReturnType<typeof Nn.conv2d>["apply"]>[1]) =>
      dense(up(depthwise(conv(x))))
  )
)

/** Numbers that say where they are. */
const counted = ({ parameters }: Model) =>
  Object.fromEntries(
    parameters.map(({ name, shape }) => [
      name,
      HostTensor.make(
        Float32Array.from({ length: HostTensor.sizeOf(shape) }, (_, i) => i),
        shape
      )
    ])
  )

describe("SafetensorsExport", () => {
  it.effect("writes PyTorch's shapes, and each number where PyTorch has it", () =>
    Effect.gen(function* () {
      const { files } = yield* SafetensorsExport.make(all, counted(all))
      const file = files["model.safetensors"]
      if (!(file instanceof Uint8Array)) return assert.fail("there is no file")
      const tensors = yield* Effect.fromResult(Safetensors.decode(file))
      const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]))
      assert.deepEqual(shapes, {
        "conv.weight": [3, 2, 4, 5],
        "depthwise.weight": [6, 1, 3, 3],
        "up.weight": [6, 7, 2, 2],
        "dense.weight": [8, 7],
        "dense.bias": [8]
      })
      // Output 2, input 1, row 3, column 4 of [4, 5, 2, 3].
      assert.strictEqual(tensors["conv.weight"]?.data.at(-1), 4 * 5 * 2 * 3 - 1)
      assert.strictEqual(tensors["conv.weight"]?.data[1], 1 * 2 * 3)
      // Channel 1, multiplier 0 of [3, 3, 3, 2].
      assert.strictEqual(tensors["depthwise.weight"]?.data[2 * 9], 2)
      assert.strictEqual(tensors["dense.weight"]?.data[1], 8)
    })
  )
})

describe("OnnxExport.quantised", () => {
  it.effect("takes a quarter of the bytes, and stays near", () =>
    Effect.gen(function* () {
      const found = yield* Recorded.trace(
        nets["mobilenet_v3_small"]?.() ?? assert.fail("there is no such net")
      )
      const source = { name: "net", version: "0", metadata: {} }
      const { exported, net } = yield* OnnxExport.make(found.traced, source)
      const small = yield* OnnxExport.quantised(found.traced, net, source)
      const bytes = (files: typeof small.files) => Object.values(files)[0]?.length ?? 0
      assert.isBelow(bytes(small.files), 0.33 * bytes(exported.files))
      const [whole, near] = [
        yield* exported.run(found.traced.example),
        yield* small.run(found.traced.example)
      ]
      const [a, b] = [whole["logits"]?.data ?? [], near["logits"]?.data ?? []]
      const largest = Math.max(...Array.from(a, Math.abs))
      assert.isAbove(largest, 0)
      for (const [i, value] of a.entries())
        assert.isBelow(Math.abs(value - (b[i] ?? Number.NaN)), 0.2 * largest)
    }).pipe(Effect.provide(Recorded.wasm))
  )
})
