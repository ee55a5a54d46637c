/** Installs the webgpu engine: three npm packages, with the user's own npm, into Anneal's folder for engines. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as EngineFolder from "../internal/EngineFolder.ts"
import { EngineInstallError } from "../native/InstallError.ts"
import * as Program from "../native/Program.ts"
import * as WebgpuHome from "./WebgpuHome.ts"

/** The platforms that the package has a built addon for, as `platform-arch`. */
const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64"]

const checkPlatform = (platform: string): Effect.Effect<void, EngineInstallError> =>
  platforms.includes(platform)
    ? Effect.void
    : Effect.fail(
        new EngineInstallError({
          engine: "webgpu",
          step: "platform",
          problem: `Dawn is built for ${platforms.join(", ")}, and this is ${platform}`,
          cure: "Train on the wasm engine",
          output: ""
        })
      )

const unwritable = (error: PlatformError) =>
  new EngineInstallError({
    engine: "webgpu",
    step: error.message.includes("ENOSPC") ? "space" : "folder",
    problem: `${WebgpuHome.folder()} cannot be written: ${error.message}`,
    cure: "Make 300 MB of room, or choose another folder with ANNEAL_HOME=<folder>",
    output: ""
  })

const installPackages = (folder: string) =>
  Program.run({
    engine: "webgpu",
    step: "npm",
    command: "npm",
    // The package contains built addons; its install script only removes macOS' quarantine mark from them.
    args: [
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefix",
      folder,
      ...Object.entries(WebgpuHome.packages).map(([name, version]) => `${name}@${version}`)
    ],
    cwd: folder,
    missing: { problem: "npm is not installed", cure: "Install Node with npm" },
    failed: {
      problem: "npm could not install Dawn and its backend",
      cure: "Check npm's own settings (proxy, registry: npm config list)"
    }
  })

/** Asks for an adapter in another process, so that a crash of the addon becomes a typed failure. */
const findAdapter = (root: string) =>
  Program.run({
    engine: "webgpu",
    step: "self-test",
    command: process.execPath,
    args: [
      "-e",
      `const find = async () => {
         const { create } = require(${JSON.stringify(root)} + "/node_modules/" + ${JSON.stringify(WebgpuHome.dawn)})
         const adapter = await create([]).requestAdapter({ powerPreference: "high-performance" })
         console.log(adapter === null ? "" : adapter.info.description || adapter.info.vendor)
       }
       find().catch((error) => {
         console.error(error.message)
         process.exit(1)
       })`
    ],
    missing: { problem: `${process.execPath} is gone`, cure: "Install Node again" },
    failed: {
      problem: "Dawn's addon cannot be loaded",
      cure: "The output names the library that is missing or too old, usually glibc or libstdc++; use a newer system"
    }
  }).pipe(Effect.map((said) => said.trim()))

export interface Installed {
  readonly manifest: WebgpuHome.Manifest
  /** The adapter that Dawn would use; empty if it found none. */
  readonly adapter: string
}

/**
 * Installs the engine, which can be used once its addon has loaded. A missing adapter is reported but is not an
 * error: a driver may be installed later, or be on another machine.
 */
export const install = Effect.fn("WebgpuInstall.install")(function* (
  progress: (line: string) => Effect.Effect<void>,
  platform: string = `${process.platform}-${process.arch}`
) {
  yield* checkPlatform(platform)
  const staging = yield* EngineFolder.stage(WebgpuHome.folder()).pipe(Effect.mapError(unwritable))
  yield* progress("installing Dawn and TensorFlow.js' WebGPU backend (by npm, about 60 MB)")
  yield* installPackages(staging.root)
  yield* progress("looking for an adapter")
  const adapter = yield* findAdapter(staging.root)
  const manifest: WebgpuHome.Manifest = {
    packages: WebgpuHome.packages,
    installed: DateTime.formatIso(yield* DateTime.now)
  }
  yield* EngineFolder.moveIn(staging, manifest).pipe(Effect.mapError(unwritable))
  const outcome: Installed = { manifest, adapter }
  return outcome
}, Effect.scoped)
