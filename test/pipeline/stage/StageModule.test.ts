import { assert, describe, it } from "@effect/vitest"
import * as StageModule from "../../../src/pipeline/stage/StageModule.ts"

const stack = (...frames: ReadonlyArray<string>) =>
  ["Error", ...frames.map((one) => `    at ${one}`)].join("\n")
const make = "Module.make (file:///p/node_modules/anneal/dist/shared/chunk-a1.mjs:10:22)"

describe("the module that declares a stage", () => {
  it("is the file that called into the library, from sources and from a bundle", () => {
    const caller = (...frames: ReadonlyArray<string>) => StageModule.callerIn(stack(make, ...frames))
    assert.strictEqual(caller("file:///p/src/train.ts:20:30"), "file:///p/src/train.ts")
    assert.strictEqual(caller("train (/p/my src/train.ts:20:30)"), "/p/my src/train.ts")
    assert.strictEqual(caller("async Promise.all (index 0)", "C:\\p\\train.ts:2:3"), "C:\\p\\train.ts")
    assert.strictEqual(caller("x (file:///p/train.ts?again=1:20:30)"), "file:///p/train.ts")
  })

  it("is unknown without a stack, in a bundle of everything, and in a package", () => {
    assert.isUndefined(StageModule.callerIn(undefined))
    assert.isUndefined(StageModule.callerIn(stack(make, make, "node:internal/modules/run_main:1:2")))
    assert.isUndefined(StageModule.callerIn(stack(make, "file:///p/node_modules/other/index.js:1:2")))
  })

  it("has changed where a file that both times belong to it is another", () => {
    assert.deepStrictEqual(
      StageModule.changed({ "a.ts": "1", "b.ts": "1", "c.ts": "1" }, { "a.ts": "2", "b.ts": "1" }),
      ["a.ts"]
    )
    assert.deepStrictEqual(StageModule.changed(undefined, { "a.ts": "2" }), [])
  })
})
