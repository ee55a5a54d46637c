/** Every tensor of timm's models has its place in ours; names and shapes are timm's own, written by names.py. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Backbone from "../../../src/pipeline/nn/backbone/Backbone.ts"
import * as Nn from "../../../src/pipeline/nn/layers/Nn.ts"
import * as Matching from "../../../src/pipeline/weights/Matching.ts"

const Models = Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Array(Schema.Number)))
const models = Schema.decodeUnknownSync(Schema.fromJsonString(Models))(
  readFileSync(new URL("./files/timm.json", import.meta.url), "utf8")
)

const nets = {
  resnet18: Nn.model("resnet18", Backbone.resnet18({ classes: 1000 })),
  vit_tiny_patch16_224: Nn.model("vit", Backbone.vitTiny({ image: 224, patch: 16, classes: 1000 })),
  mobilenetv3_small_100: Nn.model("small", Backbone.mobilenetV3Small({ classes: 1000 })),
  mobilenetv3_large_100: Nn.model("large", Backbone.mobilenetV3Large({ classes: 1000 }))
}

const options = { names: "auto", prefix: "", into: "" } as const

describe("weights of timm", () => {
  for (const [name, net] of Object.entries(nets)) {
    it(`${name}: all of them, in their shapes`, () => {
      const tensors = Object.entries(models[name] ?? {}).map(([key, shape]) => ({ name: key, shape }))
      const match = Matching.match(net, { tensors, metadata: {} }, options)
      assert.deepStrictEqual(match?.leftOver, [])
      assert.deepStrictEqual(match?.absent, [])
      assert.deepStrictEqual(match?.mismatched, [])
      assert.deepStrictEqual(match?.doubled, [])
      assert.strictEqual(match?.loaded.length, net.parameters.length)
    })
  }

  it("puts each part of a block where torchvision has it", () => {
    const net = nets.mobilenetv3_small_100
    const tensors = Object.entries(models["mobilenetv3_small_100"] ?? {}).map(([key, shape]) => ({
      name: key,
      shape
    }))
    const { loaded = [] } = Matching.match(net, { tensors, metadata: {} }, options) ?? {}
    const from = new Map(loaded.map((pair) => [pair.spec.name, pair.from]))
    assert.strictEqual(from.get("features.1.block.0.0.weight"), "blocks.0.0.conv_dw.weight")
    assert.strictEqual(from.get("features.1.block.1.fc2.bias"), "blocks.0.0.se.conv_expand.bias")
    assert.strictEqual(from.get("features.2.block.2.1.running_var"), "blocks.1.0.bn3.running_var")
    assert.strictEqual(from.get("features.12.0.weight"), "blocks.5.0.conv.weight")
    assert.strictEqual(from.get("classifier.0.weight"), "conv_head.weight")
  })
})
