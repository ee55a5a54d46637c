/** The wasm engine on several threads: the same bits as on one, and no thread left behind. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { withSharedMemory } from "../../../src/layers/device/engines/WasmBackend.ts"
import { Device } from "../../../src/pipeline/Device.ts"
import { cases } from "./cases.ts"
import { evaluate } from "./evaluate.ts"

const layerOf = (threads: number) =>
  DeviceLayer.layer({ accelerator: "wasm", devices: 1, strategy: "auto", precision: "32-true", threads })

const evaluateAll = (threads: number) =>
  Effect.gen(function* () {
    const { tf, info } = yield* Device
    assert.strictEqual(info.threads, threads)
    const all = cases.map((item) => [item.name, evaluate(tf, item)])
    // Threads that were still starting have started by now; both ways of running a kernel must agree.
    yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 300)))
    return [all, cases.map((item) => [item.name, evaluate(tf, item)])]
  }).pipe(Effect.provide(layerOf(threads)))

describe("threads", () => {
  it.live(
    "give the same bits whatever their number",
    () =>
      Effect.gen(function* () {
        const one = yield* evaluateAll(1)
        assert.deepStrictEqual(yield* evaluateAll(2), one)
        assert.deepStrictEqual(yield* evaluateAll(3), one)
      }),
    60_000
  )

  it("share the memory of a binary by one bit, and refuse a binary without memory", () => {
    const header = [0, 97, 115, 109, 1, 0, 0, 0]
    const withMemory = Uint8Array.from([...header, 5, 4, 1, 1, 1, 2])
    assert.deepStrictEqual([...withSharedMemory(withMemory)], [...header, 5, 4, 1, 3, 1, 2])
    assert.throws(() => withSharedMemory(Uint8Array.from(header)), /no memory/)
  })
})
