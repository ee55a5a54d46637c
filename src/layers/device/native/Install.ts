/**
 * Installs a native engine without the download that tfjs-node's own installation needs: TensorFlow's libraries come
 * from the wheel that pip brings, and the addon is built against them.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import { EngineInstallError } from "./InstallError.ts"
import * as NativeHome from "./NativeHome.ts"
import * as Program from "./Program.ts"
import * as Wheel from "./Wheel.ts"

export const tfjsVersion = "4.22.0"
/** The C interface of Node that the addon is built on; the same for every Node that has it. */
const napiHeaders = "node-api-headers@1.9.0"

export interface Options {
  readonly variant: NativeHome.Variant
  /** A wheel, or a folder that one was unpacked into; absent asks pip. */
  readonly wheel?: string
  /** The Python that has pip; default `python3`. */
  readonly python?: string
  /** The C++ compiler; default `$CXX`, or `g++`. */
  readonly compiler?: string
  /** Told what begins. */
  readonly progress: (line: string) => Effect.Effect<void>
}

/** Bytes that unpacking, building and installing need at the same time. */
const room = { native: 3 * 2 ** 30, gpu: 6 * 2 ** 30 } as const satisfies Record<NativeHome.Variant, number>

const refuse = (engine: string, step: string, problem: string, cure: string) =>
  new EngineInstallError({ engine, step, problem, cure, output: "" })

const checkPlatform = (variant: NativeHome.Variant): Effect.Effect<void, EngineInstallError> => {
  const { platform, arch } = process
  return platform === "linux" && arch === "x64"
    ? Effect.void
    : Effect.fail(
        refuse(
          variant,
          "platform",
          `TensorFlow's wheel is taken for Linux on x86-64, and this is ${platform} on ${arch}`,
          `Train on the wasm engine, or install ${NativeHome.tfjsPackage[variant]} yourself`
        )
      )
}

const unwritable = (variant: NativeHome.Variant) => (error: PlatformError) =>
  refuse(
    variant,
    error.message.includes("ENOSPC") ? "space" : "folder",
    `${NativeHome.folder(variant)} cannot be written: ${error.message}`,
    `Make ${room[variant] / 2 ** 30} GiB of room, or choose another place with ANNEAL_HOME=<folder>`
  )

/** Fails early, as a disk that fills up in the middle costs minutes. */
const checkRoom = Effect.fnUntraced(function* (variant: NativeHome.Variant, folder: string) {
  const { statfs } = yield* Effect.promise(() => import("node:fs/promises"))
  const stats = yield* Effect.option(Effect.tryPromise(() => statfs(folder)))
  const free = stats._tag === "Some" ? stats.value.bavail * stats.value.bsize : Number.POSITIVE_INFINITY
  if (free >= room[variant]) return
  return yield* refuse(
    variant,
    "space",
    `${folder} has ${(free / 2 ** 30).toFixed(1)} GiB left, and ${room[variant] / 2 ** 30} GiB are needed`,
    "Make room, or choose another place with ANNEAL_HOME=<folder>"
  )
})

const installPackages = (variant: NativeHome.Variant, folder: string) =>
  Program.run({
    engine: variant,
    step: "npm",
    command: "npm",
    // Its install script is what downloads from elsewhere; the addon is built here instead.
    args: [
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefix",
      folder,
      `${NativeHome.tfjsPackage[variant]}@${tfjsVersion}`,
      napiHeaders
    ],
    cwd: folder,
    missing: { problem: "npm is not installed", cure: "Install Node with npm" },
    failed: {
      problem: `npm could not install ${NativeHome.tfjsPackage[variant]} ${tfjsVersion}`,
      cure: "Check npm's own settings (proxy, registry: npm config list)"
    }
  })

/** The libraries and headers where tfjs-node's addon expects them. */
const place = Effect.fnUntraced(function* (unpacked: Wheel.Unpacked, packageFolder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const lib = path.join(packageFolder, "deps", "lib")
  yield* fs.makeDirectory(lib, { recursive: true })
  for (const name of ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]) {
    const from = path.join(unpacked.folder, name)
    const to = path.join(lib, name)
    // A move where the disk is the same; a folder that was given by hand stays as it was.
    yield* fs.link(from, to).pipe(Effect.catchTag("PlatformError", () => fs.copyFile(from, to)))
  }
})

const build = Effect.fnUntraced(function* (options: Options, root: string, unpacked: Wheel.Unpacked) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const packageFolder = NativeHome.packageFolder(options.variant, root)
  const output = path.join(packageFolder, "lib", "napi-v8")
  yield* fs.makeDirectory(output, { recursive: true }).pipe(Effect.mapError(unwritable(options.variant)))
  yield* Program.run({
    engine: options.variant,
    step: "compiler",
    command: options.compiler ?? process.env["CXX"] ?? "g++",
    args: [
      "-std=c++17",
      "-O2",
      "-fPIC",
      "-shared",
      "-DBUILDING_NODE_EXTENSION",
      "-DNAPI_VERSION=8",
      `-I${path.join(root, "node_modules", "node-api-headers", "include")}`,
      `-I${path.join(unpacked.folder, "include")}`,
      `-I${packageFolder}`,
      path.join(packageFolder, "binding", "tfjs_backend.cc"),
      path.join(packageFolder, "binding", "tfjs_binding.cc"),
      "-o",
      path.join(output, "tfjs_binding.node"),
      `-L${path.join(packageFolder, "deps", "lib")}`,
      "-l:libtensorflow_cc.so.2",
      "-l:libtensorflow_framework.so.2",
      "-Wl,-rpath,$ORIGIN/../../deps/lib"
    ],
    missing: {
      problem: "there is no C++ compiler",
      cure: "Install one (Debian and Ubuntu: apt-get install g++), or name it with CXX=<compiler>"
    },
    failed: {
      problem: `the addon does not build against TensorFlow ${unpacked.version}`,
      cure: `Use the wheel of TensorFlow ${Wheel.tensorflowVersion}, and a compiler for C++17 whose glibc is not older than the wheel's (manylinux_2_27)`
    }
  })
})

/** Loads the addon in a process of its own, so that a crash of it is a failure with a name. */
const selfTest = (variant: NativeHome.Variant, root: string) =>
  Program.run({
    engine: variant,
    step: "self-test",
    command: process.execPath,
    args: [
      "-e",
      `const util = require("node:util")
       util.isNullOrUndefined ??= (x) => x === null || x === undefined
       process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"
       const tf = require(${JSON.stringify(NativeHome.packageFolder(variant, root))})
       const x = tf.fill([1, 8, 8, 1], 2)
       const { value, grads } = tf.valueAndGrads((w) => tf.sum(tf.conv2d(x, w, 1, "valid")))([tf.ones([3, 3, 1, 1])])
       const right = value.dataSync()[0] === 648 && grads[0].dataSync().every((g) => g === 72)
       process.exit(right ? 0 : 1)`
    ],
    missing: { problem: `${process.execPath} is gone`, cure: "Install Node again" },
    failed: {
      problem: "the addon was built and does not work",
      cure: "The output names the library that is missing or too old, mostly glibc; use another wheel"
    }
  })

/**
 * Installs the engine beside and moves it into place when its self-test passed, so that an engine that worked is
 * replaced by one that works, or not at all.
 */
export const install = Effect.fn("Install.install")(function* (options: Options) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { variant, progress } = options
  const target = NativeHome.folder(variant)
  const named = unwritable(variant)
  yield* checkPlatform(variant)
  yield* fs.makeDirectory(path.dirname(target), { recursive: true }).pipe(Effect.mapError(named))
  yield* checkRoom(variant, path.dirname(target))
  const staging = yield* fs
    .makeTempDirectoryScoped({ directory: path.dirname(target), prefix: `.${variant}-` })
    .pipe(Effect.mapError(named))
  const root = path.join(staging, "engine")
  const temporary = path.join(staging, "wheel")
  for (const folder of [root, temporary]) yield* fs.makeDirectory(folder).pipe(Effect.mapError(named))
  yield* progress(`installing ${NativeHome.tfjsPackage[variant]} ${tfjsVersion}`)
  yield* installPackages(variant, root)
  yield* progress(`fetching TensorFlow's libraries (${options.wheel ?? "by pip, about 270 MB"})`)
  const unpacked = yield* Wheel.unpack({
    variant,
    wheel: options.wheel,
    python: options.python ?? "python3",
    temporary
  })
  yield* place(unpacked, NativeHome.packageFolder(variant, root)).pipe(
    Effect.catchTag("PlatformError", (error) => Effect.fail(named(error)))
  )
  yield* progress(`building the addon against TensorFlow ${unpacked.version}`)
  yield* build(options, root, unpacked)
  yield* progress("testing it")
  yield* selfTest(variant, root)
  const manifest: NativeHome.Manifest = {
    variant,
    tfjs: tfjsVersion,
    tensorflow: unpacked.version,
    source: unpacked.source,
    installed: DateTime.formatIso(yield* DateTime.now)
  }
  yield* Effect.gen(function* () {
    yield* fs.writeFileString(path.join(root, "anneal-engine.json"), `${JSON.stringify(manifest, null, 2)}\n`)
    yield* fs.remove(target, { recursive: true, force: true })
    yield* fs.rename(root, target)
  }).pipe(Effect.mapError(named), Effect.uninterruptible)
  return manifest
}, Effect.scoped)
