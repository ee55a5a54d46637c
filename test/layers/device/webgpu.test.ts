/** The webgpu engine: what holds without it, and on whatever adapter is here, one in software too, what it does. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Option, type Scope } from "effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { type Engine, present } from "../../../src/layers/device/internal/Engine.ts"
import * as Select from "../../../src/layers/device/Select.ts"
import * as Install from "../../../src/layers/device/webgpu/Install.ts"
import * as WebgpuHome from "../../../src/layers/device/webgpu/WebgpuHome.ts"
import { Device, type EngineName } from "../../../src/pipeline/device/Device.ts"
import { cases } from "./cases.ts"
import { absence } from "./contract.ts"
import { double, evaluateOn } from "./evaluate.ts"

const options = { devices: 1, strategy: "auto", precision: "32-true" } as const
const layer = DeviceLayer.layer({ accelerator: "webgpu", ...options })

/** Anneal's folder of engines is `folder` until the scope closes. */
const homeIs = (folder: string): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = process.env["ANNEAL_HOME"]
      process.env["ANNEAL_HOME"] = folder
      return before
    }),
    (before) =>
      Effect.sync(() => {
        if (before === undefined) delete process.env["ANNEAL_HOME"]
        else process.env["ANNEAL_HOME"] = before
      })
  ).pipe(Effect.asVoid)

const emptyHome = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "anneal-home-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
).pipe(Effect.flatMap(homeIs))

const fake = (name: EngineName, byNameOnly: boolean): Engine => ({
  name,
  probe: Effect.succeed(present),
  open: () => Effect.die("not opened here"),
  ...(byNameOnly ? { byNameOnly: true } : {})
})

describe("without the engine", () => {
  it.effect("auto passes an engine over that is taken by name alone", () =>
    Effect.gen(function* () {
      const engines = [fake("webgpu", true), fake("wasm", false)]
      const auto = yield* Select.choose({ accelerator: "auto", ...options }, engines)
      assert.strictEqual(auto.engine.name, "wasm")
      const named = yield* Select.choose({ accelerator: "webgpu", ...options }, engines)
      assert.strictEqual(named.engine.name, "webgpu")
    })
  )

  it.effect("says with what it is installed", () =>
    Effect.gen(function* () {
      yield* emptyHome
      assert.isTrue(Option.isNone(WebgpuHome.installed()))
      const error = yield* Effect.flip(Effect.provide(Device, layer))
      assert.strictEqual(error._tag, "DeviceUnavailable")
      assert.include(error.message, "anneal engine install webgpu")
    })
  )

  it.effect("refuses a count of threads", () =>
    Effect.gen(function* () {
      const threaded = DeviceLayer.layer({ accelerator: "webgpu", ...options, threads: 2 })
      const error = yield* Effect.flip(Effect.provide(Device, threaded))
      assert.strictEqual(error._tag, "DeviceUnsupported")
      assert.include(error.message, "trainer.threads=2")
    })
  )
})

describe("its installation", () => {
  const silent = () => Effect.void

  it.effect("is refused on a platform that Dawn is not built for", () =>
    Effect.gen(function* () {
      yield* emptyHome
      const error = yield* Effect.flip(Install.install(silent, "aix-ppc64"))
      assert.include(error.message, "aix-ppc64")
      assert.include(error.message, "wasm")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("that cannot be written says where, and how to choose another place", () =>
    Effect.gen(function* () {
      yield* homeIs("/dev/null/anneal")
      const error = yield* Effect.flip(Install.install(silent))
      assert.include(error.message, "/dev/null/anneal")
      assert.include(error.message, "ANNEAL_HOME")
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

/** An npm of our own, first on the path until the scope closes. */
const npmIs = (script: string): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "anneal-npm-"))
      writeFileSync(join(folder, "npm"), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
      const before = process.env["PATH"] ?? ""
      process.env["PATH"] = `${folder}:${before}`
      return { folder, before }
    }),
    ({ folder, before }) =>
      Effect.sync(() => {
        process.env["PATH"] = before
        rmSync(folder, { recursive: true, force: true })
      })
  ).pipe(Effect.asVoid)

/** Lays down a `webgpu` package whose only adapter is `adapter`. */
const npmLaying = (adapter: string) =>
  npmIs(
    [
      "mkdir -p node_modules/webgpu",
      "echo '{}' > node_modules/webgpu/package.json",
      `echo 'exports.create = () => ({ requestAdapter: async () => (${adapter}) })' > node_modules/webgpu/index.js`
    ].join("\n")
  )

describe.skipIf(process.platform === "win32")("its installation, with an npm of our own", () => {
  const silent = () => Effect.void
  const engines = () => readdirSync(join(WebgpuHome.folder(), ".."))

  it.effect("that npm refuses says what npm said, and leaves nothing behind", () =>
    Effect.gen(function* () {
      yield* emptyHome
      yield* npmIs("echo 'E403 not for you' >&2; exit 1")
      const error = yield* Effect.flip(Install.install(silent))
      assert.include(error.message, "E403 not for you")
      assert.include(error.message, "npm config list")
      assert.deepStrictEqual(engines(), [])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("whose addon does not load leaves the one before it as it was", () =>
    Effect.gen(function* () {
      yield* emptyHome
      yield* Effect.scoped(npmLaying("null").pipe(Effect.andThen(Install.install(silent))))
      const before = WebgpuHome.installed()
      yield* npmIs(
        "mkdir -p node_modules/webgpu; echo 'throw new Error(\"GLIBC_9\")' > node_modules/webgpu/index.js"
      )
      const error = yield* Effect.flip(Install.install(silent))
      assert.include(error.message, "GLIBC_9")
      assert.deepStrictEqual(WebgpuHome.installed(), before)
      assert.deepStrictEqual(engines(), ["webgpu"])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("reports the adapter that it found, and installs without one", () =>
    Effect.gen(function* () {
      yield* emptyHome
      const without = yield* Effect.scoped(npmLaying("null").pipe(Effect.andThen(Install.install(silent))))
      assert.strictEqual(without.adapter, "")
      yield* npmLaying('{ info: { description: "A card" } }')
      const { adapter, manifest } = yield* Install.install(silent)
      assert.strictEqual(adapter, "A card")
      assert.deepStrictEqual(WebgpuHome.installed(), Option.some(manifest))
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

const missing = await Effect.runPromise(absence(DeviceLayer, "webgpu"))

/** Cases whose stock kernels keep, pool or hand over memory in their own ways. */
const kept = /^(gather|addN|cumsum|prod|conv2d 3x3|maxPool|matMul|resize|batchNorm|where|concat)/

/** Nothing of Dawn is left, and the process can open another device. */
const free = Effect.gen(function* () {
  for (const name of ["GPUBuffer", "GPUMapMode", "OffscreenCanvas"]) assert.notProperty(globalThis, name)
  assert.notProperty(globalThis.navigator, "gpu")
  assert.deepStrictEqual(yield* Effect.provide(double, layer), [2, 4])
})

describe.skipIf(missing !== undefined)(`engine webgpu${missing === undefined ? "" : `: ${missing}`}`, () => {
  it.effect("opens and closes, again and again", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Effect.provide(double, layer), [2, 4])
      yield* free
    })
  )

  it.effect("closes on failure", () =>
    Effect.gen(function* () {
      const failure = yield* double.pipe(
        Effect.andThen(Effect.fail("stop")),
        Effect.provide(layer),
        Effect.flip
      )
      assert.strictEqual(failure, "stop")
      yield* free
    })
  )

  it.effect("closes on interruption", () =>
    Effect.gen(function* () {
      const opened = yield* Deferred.make<void>()
      const fiber = yield* Deferred.succeed(opened, undefined).pipe(
        Effect.andThen(Effect.never),
        Effect.provide(layer),
        Effect.forkChild
      )
      yield* Deferred.await(opened)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
      yield* free
    })
  )

  it.effect("names its adapter, and whether it is one in software", () =>
    Effect.gen(function* () {
      const { info } = yield* Device
      assert.match(info.name, /^WebGPU on .+ \((software adapter|GPU)/)
      assert.strictEqual(info.reason, "asked for")
      assert.deepStrictEqual(info.versions, { ...WebgpuHome.packages })
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "fails the next read, and all after it, when Dawn refuses something after the call returned",
    () =>
      Effect.gen(function* () {
        const exit = yield* Effect.gen(function* () {
          const device = yield* Device
          const fine = yield* device.run("fine", (tf) => tf.mul(tf.tensor1d([1, 2]), 2))
          const huge = yield* device.run("huge", (tf) => tf.fill([2 ** 20, 2 ** 12], 1))
          const error = yield* Effect.flip(device.read(huge))
          assert.strictEqual(error._tag, "DeviceError")
          assert.match(error.message, /size/i)
          const after = yield* Effect.flip(device.read(fine))
          assert.strictEqual(after.message, error.message)
          assert.strictEqual(
            (yield* Effect.flip(device.run("more", (tf) => tf.ones([2]))))._tag,
            "DeviceError"
          )
          device.tf.dispose([fine, huge])
        }).pipe(Effect.provide(layer), Effect.exit)
        assert.isTrue(Exit.isSuccess(exit), String(exit))
        yield* free
      })
  )

  it.effect("says that a tensor must be read by promise", () =>
    Effect.gen(function* () {
      const device = yield* Device
      const error = yield* device
        .run("peek", (tf) => tf.scalar(tf.sum(tf.ones([3])).dataSync()[0] ?? 0))
        .pipe(Effect.flip)
      assert.include(error.message, "by promise")
    }).pipe(Effect.provide(layer))
  )

  it.effect("refuses to watch operations for what is not finite", () =>
    Effect.gen(function* () {
      const { anomalies } = yield* Device
      const error = yield* Effect.flip(Effect.scoped(anomalies))
      assert.include(error.message, "trainer.detect_anomaly=true")
    }).pipe(Effect.provide(layer))
  )

  it.effect("reads a copy and leaves the tensor alone", () =>
    Effect.gen(function* () {
      const device = yield* Device
      const tensor = yield* device.run("make", (tf) => tf.mul(tf.tensor1d([1, 2, 3]), 1))
      const values = yield* device.read(tensor)
      values[0] = 9
      assert.deepStrictEqual([...(yield* device.read(tensor))], [1, 2, 3])
      tensor.dispose()
    }).pipe(Effect.provide(layer))
  )

  it.effect("adds up backwards along axes of several lengths, one after the other", () =>
    Effect.gen(function* () {
      const device = yield* Device
      for (const length of [4, 7, 3, 12]) {
        const sums = yield* device.run("sums", (tf) => tf.cumsum(tf.ones([2, length]), 1, false, true))
        const row = Array.from({ length }, (_, index) => length - index)
        assert.deepStrictEqual([...(yield* device.read(sums))], [...row, ...row])
        sums.dispose()
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("holds no more of the card's memory after the same work", () =>
    Effect.gen(function* () {
      const { tf } = yield* Device
      const held = (): unknown => Reflect.get(tf.memory(), "numBytesInGPU")
      const work = Effect.forEach(
        cases.filter(({ name }) => kept.test(name)),
        evaluateOn
      )
      yield* work
      const before = held()
      yield* work
      assert.isNumber(before)
      assert.strictEqual(held(), before)
    }).pipe(Effect.provide(layer))
  )
})
