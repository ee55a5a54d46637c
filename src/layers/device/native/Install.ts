/**
 * Installs a native engine: from the vendor's host if it can be reached; otherwise pip downloads TensorFlow's wheel,
 * and the addon is built against its libraries.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { FetchHttpClient } from "effect/http"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as EngineFolder from "../internal/EngineFolder.ts"
import * as Build from "./Build.ts"
import { EngineInstallError } from "./InstallError.ts"
import * as NativeHome from "./NativeHome.ts"
import * as Packages from "./Packages.ts"
import * as Platform from "./Platform.ts"
import * as Space from "./Space.ts"
import * as Trial from "./Trial.ts"
import * as Vendor from "./Vendor.ts"
import * as Verdict from "./Verdict.ts"
import * as Wheel from "./Wheel.ts"

export interface Options {
  readonly variant: NativeHome.Variant
  /**
   * `vendor`: tfjs-node's own host; `pip`: TensorFlow's wheel; default: the first if it answers, otherwise the
   * second.
   */
  readonly source?: "auto" | "vendor" | "pip"
  /** A wheel, or a folder with an unpacked one; then neither the vendor nor pip is used. */
  readonly wheel?: string
  /** A folder of files made by `npm pack`; if absent, npm is used. */
  readonly packages?: string
  /** The Python with pip; default `python3`. */
  readonly python?: string
  /** The C++ compiler; default `$CXX`, or `g++`. */
  readonly compiler?: string
  /** Called with each step that starts. */
  readonly progress: (line: string) => Effect.Effect<void>
}

const unwritable = (variant: NativeHome.Variant) => (error: PlatformError) =>
  new EngineInstallError({
    engine: variant,
    step: error.message.includes("ENOSPC") ? "space" : "folder",
    problem: `${NativeHome.folder(variant)} cannot be written: ${error.message}`,
    cure: Space.advice(variant),
    output: ""
  })

/**
 * Puts the libraries and CUDA's where the addon looks for them. Uninterruptible: Node would go on copying after an
 * interruption, into a folder that is being removed.
 */
const place = Effect.fnUntraced(function* (unpacked: Wheel.Unpacked, packageFolder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const deps = path.join(packageFolder, "deps")
  yield* fs.makeDirectory(path.join(deps, "lib"), { recursive: true })
  for (const name of Wheel.libraries) {
    const from = path.join(unpacked.folder, name)
    const to = path.join(deps, "lib", name)
    // No copy on the same disk; a folder given by the user is not changed.
    yield* fs.link(from, to).pipe(Effect.catchTag("PlatformError", () => fs.copyFile(from, to)))
  }
  if (unpacked.nvidia === undefined) return
  // The libraries' own search path points there.
  yield* fs.copy(unpacked.nvidia, path.join(deps, "nvidia"))
}, Effect.uninterruptible)

const fromWheel = Effect.fnUntraced(function* (
  options: Options,
  { root, temporary }: EngineFolder.Staging,
  host: Platform.Host
) {
  const { variant, progress, wheel, python = "python3", compiler } = options
  const path = yield* Path.Path
  const unpacked = yield* Wheel.unpack({ variant, wheel, python, temporary, host, progress })
  yield* place(unpacked, NativeHome.packageFolder(variant, root))
  yield* progress(`building the addon against TensorFlow ${unpacked.version}`)
  yield* Build.build({
    variant,
    root,
    include: path.join(unpacked.folder, "include"),
    version: unpacked.version,
    libraries: Wheel.libraries.map((name) => `-l:${name}`),
    compiler,
    temporary
  })
  return unpacked.source
})

const fromVendor = Effect.fnUntraced(function* (options: Options, { root, temporary }: EngineFolder.Staging) {
  const { variant, progress, compiler } = options
  const path = yield* Path.Path
  const finished = yield* Vendor.fetchInto({ variant, root, temporary, progress })
  const build: Build.Options = {
    variant,
    root,
    include: path.join(NativeHome.packageFolder(variant, root), "deps", "include"),
    version: Vendor.tensorflowVersion,
    libraries: ["-ltensorflow", "-ltensorflow_framework"],
    compiler,
    temporary
  }
  if (finished) {
    // Without it Adam is composed of other operations: no reason to fail where there is no compiler.
    yield* Build.updates(build).pipe(
      Effect.catchTag("EngineInstallError", ({ problem }) =>
        progress(`  Adam will be slower, since its operation could not be built: ${problem}`)
      )
    )
  } else {
    yield* progress("there is no finished addon for it: building one")
    yield* Build.build(build)
  }
  return "vendor"
})

const discard = Effect.fnUntraced(function* (variant: NativeHome.Variant, root: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const name of ["deps", "lib"]) {
    const folder = path.join(NativeHome.packageFolder(variant, root), name)
    yield* fs.remove(folder, { recursive: true, force: true })
  }
})

/** The vendor's library for cards wants CUDA 11.2 and cuDNN 8.1 on the system, so it is used only on request. */
const asksVendor = ({ variant, source = "auto", wheel }: Options): boolean =>
  wheel === undefined && (source === "vendor" || (source === "auto" && variant === "native"))

/**
 * Runs convolutions and training steps in another process, as `anneal doctor` does, before the engine is moved into
 * place. Not for gpu, whose card may be in another machine.
 */
const proven = Effect.fnUntraced(function* (
  { root, temporary }: EngineFolder.Staging,
  manifest: NativeHome.Manifest
) {
  if (manifest.variant === "gpu") return
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const engines = path.join(temporary, "home", "engines")
  yield* fs.makeDirectory(engines, { recursive: true })
  const link = path.join(engines, manifest.variant)
  yield* fs.remove(link, { force: true })
  yield* fs.symlink(root, link)
  yield* EngineFolder.writeManifest(root, manifest)
  const { passed, said } = yield* Verdict.attempt(path.join(temporary, "home"))
  if (passed) return yield* Verdict.record(root, manifest, { passed, said })
  return yield* new EngineInstallError({
    engine: manifest.variant,
    step: "self-test",
    problem: said,
    cure: "Another TensorFlow may compute correctly on this processor (--wheel <file>); TF_ENABLE_ONEDNN_OPTS=0 in the environment, now and whenever Anneal runs, may avoid the fault",
    output: ""
  })
})

/** Installs library and addon, and tests them. */
const bring = Effect.fnUntraced(function* (
  options: Options,
  where: EngineFolder.Staging,
  host: Platform.Host
) {
  const { variant, progress } = options
  const tried = <E, R>(bringing: Effect.Effect<string, E, R>) =>
    Effect.gen(function* () {
      const source = yield* bringing
      yield* progress("testing it")
      const { tensorflow, gpu } = yield* Trial.run(variant, where.root)
      const manifest: NativeHome.Manifest = {
        layout: 1,
        variant,
        tfjs: Packages.tfjsVersion,
        tensorflow,
        source,
        installed: DateTime.formatIso(yield* DateTime.now)
      }
      yield* proven(where, manifest)
      return { manifest, gpu }
    })
  const wheel = tried(fromWheel(options, where, host))
  if (!asksVendor(options)) return yield* wheel
  const vendor = tried(fromVendor(options, where))
  if (options.source === "vendor") return yield* vendor
  return yield* vendor.pipe(
    Effect.catchTag("EngineInstallError", (error) =>
      progress(`  ${error.problem}: using TensorFlow's wheel instead`).pipe(
        Effect.andThen(discard(variant, where.root)),
        Effect.andThen(wheel)
      )
    )
  )
})

const installing = Effect.fnUntraced(function* (options: Options) {
  const path = yield* Path.Path
  const { variant, progress } = options
  const host = Platform.host()
  const refusal = Platform.refusal(variant, host)
  if (refusal !== undefined) return yield* refusal
  const staging = yield* EngineFolder.stage(NativeHome.folder(variant))
  yield* Space.check(variant, path.dirname(staging.target))
  yield* progress(`installing ${NativeHome.tfjsPackage[variant]} ${Packages.tfjsVersion}`)
  yield* Packages.unpack({ variant, packages: options.packages, ...staging })
  const { manifest, gpu } = yield* bring(options, staging, host)
  yield* EngineFolder.moveIn(staging, manifest)
  return { manifest, gpu }
}, Effect.scoped)

/** Installs the engine, which is used once its self-test has passed. */
export const install = Effect.fn("Install.install")((options: Options) =>
  installing(options).pipe(
    Effect.catchTag("PlatformError", (error) => Effect.fail(unwritable(options.variant)(error))),
    Effect.provide(FetchHttpClient.layer)
  )
)
