/** Every way in which an installation fails has a name, a cure, and leaves what was there as it was. */
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option } from "effect"
import * as EngineFolder from "../../../../src/layers/device/internal/EngineFolder.ts"
import * as Install from "../../../../src/layers/device/native/Install.ts"
import * as NativeHome from "../../../../src/layers/device/native/NativeHome.ts"
import * as Space from "../../../../src/layers/device/native/Space.ts"
import * as ProcessOwner from "../../../../src/layers/run/ProcessOwner.ts"
import * as EngineFiles from "./engineFiles.ts"

const linux = process.platform === "linux" && process.arch === "x64"
const before = { ...process.env }
let place: EngineFiles.Place

beforeEach(() => {
  place = EngineFiles.make()
  process.env["ANNEAL_HOME"] = place.home
})

afterEach(() => {
  place.remove()
  for (const name of ["ANNEAL_HOME", "PATH", "TFJS_NODE_CDN_STORAGE", "CXX"]) {
    if (before[name] === undefined) delete process.env[name]
    else process.env[name] = before[name]
  }
})

const said: Array<string> = []

const install = (options: Partial<Install.Options>) => {
  said.length = 0
  return Install.install({
    variant: "native",
    packages: place.packages,
    progress: (line) => Effect.sync(() => void said.push(line)),
    ...options
  }).pipe(Effect.provide(NodeServices.layer))
}

/** What lies where engines are installed, with what a dead installation left. */
const left = () => (existsSync(join(place.home, "engines")) ? readdirSync(join(place.home, "engines")) : [])

const fails = (options: Partial<Install.Options>, step: string, ...words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(install(options))
    assert.strictEqual(error._tag, "EngineInstallError")
    assert.strictEqual(error.step, step, error.message)
    for (const word of words) assert.include(error.message, word)
    assert.deepStrictEqual(left(), [])
    assert.isTrue(Option.isNone(NativeHome.installed("native")))
  })

describe.runIf(linux)("an installation fails by name", () => {
  it.live("without a compiler", () =>
    fails(
      { wheel: place.wheel, compiler: "no-such-compiler" },
      "compiler",
      "no C++ compiler",
      "apt-get install g++"
    )
  )

  it.live("when the addon does not build, with the compiler's last lines", () => {
    const compiler = place.program("cxx", "echo tfjs_backend.cc:1: error: no such thing >&2; exit 1")
    return fails({ wheel: place.wheel, compiler }, "compiler", "does not build", "no such thing")
  })

  it.live("when the disk fills up on the way", () => {
    const compiler = place.program("cxx", "echo fatal: No space left on device >&2; exit 1")
    return fails({ wheel: place.wheel, compiler }, "space", "the disk is full", "ANNEAL_HOME")
  })

  it.live("when there is too little room before it begins", () =>
    fails({ wheel: place.wheel }, "space", "512.0 MiB left", "3 GiB are needed").pipe(
      Effect.provideService(Space.FreeSpace, () => Effect.succeed(2 ** 29))
    )
  )

  it.live("when what was built does not work", () => {
    const compiler = place.program("cxx", "exit 0")
    return fails({ wheel: place.wheel, compiler }, "self-test", "does not work", "Cannot find module")
  })

  it.live("when the library wants a newer glibc", () => {
    const compiler = place.program(
      "cxx",
      "cat >&2 <<'E'\nundefined reference to `powf@GLIBC_2.99'\nE\nexit 1"
    )
    return fails({ wheel: place.wheel, compiler }, "glibc", "newer glibc")
  })

  it.live("without npm, which a folder of packages replaces", () => {
    process.env["PATH"] = place.packages
    return Effect.gen(function* () {
      const error = yield* Effect.flip(
        Install.install({ variant: "native", progress: () => Effect.void }).pipe(
          Effect.provide(NodeServices.layer)
        )
      )
      assert.include(error.message, "npm is not installed")
      assert.deepStrictEqual(left(), [])
    })
  })

  it.live("when a package is not in the folder", () => {
    const empty = join(place.packages, "empty")
    mkdirSync(empty)
    return fails(
      { wheel: place.wheel, packages: empty },
      "npm",
      "tensorflow-tfjs-node-4.22.0.tgz does not exist",
      "npm pack"
    )
  })

  it.live("without Python", () =>
    fails({ source: "pip", python: "no-such-python" }, "pip", "no-such-python is not installed", "--wheel")
  )

  it.live("without pip", () => {
    const python = place.program("python", "echo /usr/bin/python3: No module named pip >&2; exit 1")
    return fails({ source: "pip", python }, "pip", "has no pip", "apt-get install python3-pip")
  })

  it.live("when pip finds no wheel, with pip's last lines", () => {
    const python = place.program("python", "echo ERROR: No matching distribution found >&2; exit 1")
    return fails({ source: "pip", python }, "pip", "pip config list", "No matching distribution")
  })

  it.live("when the wheel is not there", () =>
    fails({ wheel: "/nowhere.whl" }, "wheel", "/nowhere.whl does not exist")
  )

  it.live("when the wheel is for another processor, or a newer glibc", () =>
    Effect.gen(function* () {
      for (const [tag, step] of [
        ["manylinux_2_27_aarch64", "architecture"],
        ["macosx_12_0_arm64", "architecture"],
        ["manylinux_2_99_x86_64", "glibc"]
      ] as const) {
        const wheel = join(place.packages, `tensorflow-2.21.0-cp311-cp311-${tag}.whl`)
        writeFileSync(wheel, "")
        yield* fails({ wheel }, step, tag)
      }
    })
  )

  it.live("when the wheel is no wheel, or another package's", () =>
    Effect.gen(function* () {
      const wheel = join(place.packages, "tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl")
      writeFileSync(wheel, "not a zip file")
      yield* fails({ wheel }, "wheel", "not a wheel, or an incomplete one")
      writeFileSync(wheel, Buffer.concat([Buffer.from("PK\x05\x06"), Buffer.alloc(18)]))
      yield* fails({ wheel }, "wheel", "lacks libtensorflow_cc.so.2")
    })
  )

  it.live("when a folder is not of a wheel", () =>
    fails({ wheel: place.packages }, "wheel", "has no libtensorflow_cc.so.2", "completely unpacked")
  )

  it.live("where nothing can be written", () => {
    process.env["ANNEAL_HOME"] = "/dev/null/anneal"
    return fails({ wheel: place.wheel }, "folder", "cannot be written", "ANNEAL_HOME=<folder>")
  })
})

describe.runIf(linux)("an installation", () => {
  const engine = () => join(place.home, "engines", "native")

  it.live("that fails leaves the engine that was there", () =>
    Effect.gen(function* () {
      mkdirSync(engine(), { recursive: true })
      writeFileSync(join(engine(), "old"), "works")
      yield* Effect.flip(install({ wheel: place.wheel, compiler: "no-such-compiler" }))
      assert.deepStrictEqual(left(), ["native"])
      assert.strictEqual(readFileSync(join(engine(), "old"), "utf8"), "works")
    })
  )

  it.live("that is interrupted leaves nothing", () =>
    Effect.gen(function* () {
      const compiler = place.program("cxx", `touch ${join(place.packages, "started")}; exec sleep 60`)
      const fiber = yield* install({ wheel: place.wheel, compiler }).pipe(Effect.forkChild)
      while (!existsSync(join(place.packages, "started"))) yield* Effect.sleep("20 millis")
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
      assert.deepStrictEqual(left(), [])
    })
  )

  it.live("clears up after one that was killed, and not after one that runs", () =>
    Effect.gen(function* () {
      const parent = join(place.home, "engines")
      const long = [
        ".native-999999999-dead",
        ".native-1-silent",
        ".native-2-held",
        `.native-${process.pid}-alive`
      ]
      const fresh = ".native-999999998-begins"
      const apart = { ...(yield* ProcessOwner.self("apart")), place: "another container" }
      for (const name of [...long, fresh]) mkdirSync(join(parent, name), { recursive: true })
      for (const name of [".native-1-silent", ".native-2-held"])
        writeFileSync(join(parent, name, ".lock"), JSON.stringify(apart))
      utimesSync(join(parent, ".native-1-silent", ".lock"), 1, 1)
      for (const name of long) utimesSync(join(parent, name), 1, 1)
      yield* Effect.flip(install({ wheel: place.wheel, compiler: "no-such-compiler" }))
      assert.sameMembers([...left()], [".native-2-held", `.native-${process.pid}-alive`, fresh])
    })
  )

  it("that did not end is none", () => {
    mkdirSync(engine(), { recursive: true })
    assert.isTrue(Option.isNone(NativeHome.installed("native")))
    writeFileSync(join(NativeHome.folder("native"), EngineFolder.manifestFile), '{"variant":"native"')
    assert.isTrue(Option.isNone(NativeHome.installed("native")))
  })
})

describe.runIf(linux)("the vendor's host", () => {
  const noPython = { python: "no-such-python" }

  it.live("that refuses is reported, and pip is used", () =>
    Effect.gen(function* () {
      process.env["TFJS_NODE_CDN_STORAGE"] = "http://127.0.0.1:1/"
      yield* fails(noPython, "pip", "no-such-python")
      assert.isTrue(
        said.some((line) => line.includes("127.0.0.1:1 cannot be reached") && line.includes("wheel instead"))
      )
    })
  )

  it.live("that never answers is given up after seconds", () =>
    Effect.gen(function* () {
      const silent = createServer(() => undefined)
      const port = yield* Effect.callback<number>((resume) => {
        silent.listen(0, "127.0.0.1", () => {
          const address = silent.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      })
      process.env["TFJS_NODE_CDN_STORAGE"] = `http://127.0.0.1:${port}/`
      yield* fails(noPython, "pip", "no-such-python")
      silent.closeAllConnections()
      silent.close()
      assert.isTrue(said.some((line) => line.includes("did not answer in 4 seconds")))
    })
  )

  it.live("that was asked for by name is not replaced", () => {
    process.env["TFJS_NODE_CDN_STORAGE"] = "http://127.0.0.1:1/"
    return fails({ source: "vendor" }, "vendor", "cannot be reached", "--source pip")
  })
})
