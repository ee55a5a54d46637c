import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as Completion from "../../../src/config/inspect/Completion.ts"
import { readLine } from "../../vectors/sections/complete.ts"
import * as tree from "../tree.ts"

const files = {
  "configs/config.yaml":
    "defaults: [_self_, {model: dbnet}]\ntrainer: {max_epochs: 3, amp: true, name: '???', rate: 0.5}\nlayers: [1, {a: 2}, '${trainer}']\n",
  "configs/model/dbnet.yaml": "width: 64\n",
  "configs/model/crnn.yaml": "width: 32\n",
  "configs/data/train/receipts.yaml": "root: /data\n",
  "configs/data/test/receipts.yaml": "root: /data\n",
  "configs/.hidden/none.yaml": "a: 1\n",
  "configs/broken.yaml": "defaults: [{model: '???'}]\n",
  "configs/shared.yaml": "hydra: {searchpath: ['pkg://presets.conf']}\n",
  "node_modules/presets/conf/loss/dice.yaml": "weight: 1\n",
  "weights/a.safetensors": "",
  "weights/b.safetensors": ""
}

const complete = (line: string, more: Partial<Completion.CompletionOptions> = {}) =>
  Effect.scoped(
    Effect.flatMap(tree.write(files), (options) =>
      Completion.candidates(readLine(line), { ...options, ...more })
    )
  )

const notOfHydra = (words: ReadonlyArray<string>) => words.filter((word) => !/^[+~]?hydra/.test(word))

describe("Completion.candidates", () => {
  layer(NodeServices.layer)((it) => {
    for (const [line, words] of [
      ["", ["data/", "layers.", "model.", "model=", "trainer."]],
      ["model=crnn ", ["data/", "layers.", "model.", "model=", "trainer."]],
      ["+", ["+data/", "+model="]],
      ["~", ["~data/", "~model"]],
      ["--multirun mo", ["model.", "model="]],
      ["data/", ["data/test=", "data/train="]],
      [".hi", [".hidden="]]
    ] as const) {
      it.effect(`offers groups and keys after ${JSON.stringify(line)}`, () =>
        Effect.gen(function* () {
          assert.deepStrictEqual(notOfHydra(yield* complete(line)), [...words])
        })
      )
    }

    for (const [line, words] of [
      ["model=", ["model=crnn", "model=dbnet"]],
      ["x=1 model=d", ["model=dbnet"]],
      ["+data/train=", ["+data/train=receipts"]],
      ["trainer.max", ["trainer.max_epochs="]],
      ["trainer.", ["trainer.amp=", "trainer.max_epochs=", "trainer.name=", "trainer.rate="]],
      ["trainer.amp=", ["trainer.amp=true"]],
      ["trainer.rate=", ["trainer.rate=0.5"]],
      ["trainer.name=", ["trainer.name="]],
      ["layers.", ["layers.0=", "layers.1.", "layers.2."]],
      ["layers.1.", ["layers.1.a="]],
      ["+trainer.", []],
      ["nothing", []],
      ["trainer.amp.", []],
      ["trainer=", []]
    ] as const) {
      it.effect(`offers options, keys and values after ${line}`, () =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* complete(line), words)
        })
      )
    }

    it.effect("sees what the overrides before the word bring in", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* complete("+data/train=receipts data.train."), ["data.train.root="])
        assert.deepStrictEqual(yield* complete("data.train."), [])
      })
    )

    it.effect("offers files where a value begins like a path", () =>
      Effect.gen(function* () {
        const both = ["a", "b"].map((name) => `init=./weights/${name}.safetensors`)
        assert.deepStrictEqual(yield* complete("init=./weights/"), both)
        assert.deepStrictEqual(yield* complete("init=./weights"), both)
        assert.deepStrictEqual(yield* complete("init=./weights/b"), both.slice(1))
        assert.deepStrictEqual(yield* complete("init=./nowhere/b"), [])
      })
    )

    it.effect("offers groups, and no keys, where the line does not compose", () =>
      Effect.gen(function* () {
        const words = yield* complete("", { configName: "broken" })
        assert.deepStrictEqual(notOfHydra(words), ["data/", "model="])
        assert.deepStrictEqual(yield* complete("a=' model=d"), ["model=dbnet"])
      })
    )

    it.effect("looks into packages of the search path", () =>
      Effect.gen(function* () {
        const more = { configName: "shared", packageFolders: ["node_modules"] }
        assert.deepStrictEqual(yield* complete("+loss=", more), ["+loss=dice"])
        assert.deepStrictEqual(yield* complete("+loss=", { configName: "shared" }), [])
      })
    )
  })
})
