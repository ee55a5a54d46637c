/**
 * The JavaScript of tfjs-node and what it needs: three packages, from npm with the user's settings or from a folder
 * of files made by `npm pack`. They are unpacked and not installed, since tfjs-node's install script downloads from
 * elsewhere, and its hundred other packages are only for that script.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { coreStandIn } from "./Addon.ts"
import { EngineInstallError } from "./InstallError.ts"
import * as NativeHome from "./NativeHome.ts"
import * as Program from "./Program.ts"

export const tfjsVersion = "4.22.0"

/** Names to versions: the backend, the protocol buffers that it loads, and Node's C interface for building. */
const wanted = (variant: NativeHome.Variant): Readonly<Record<string, string>> => ({
  [NativeHome.tfjsPackage[variant]]: tfjsVersion,
  "google-protobuf": "3.21.4",
  "node-api-headers": "1.9.0"
})

const specifiers = (variant: NativeHome.Variant): Array<string> =>
  Object.entries(wanted(variant)).map(([name, version]) => `${name}@${version}`)

/** The file names of `npm pack`. */
const fileOf = (name: string, version: string): string =>
  `${name.replace("@", "").replace("/", "-")}-${version}.tgz`

export const packCommand = (variant: NativeHome.Variant): string =>
  `npm pack ${specifiers(variant).join(" ")}`

const fetch = (variant: NativeHome.Variant, into: string) =>
  Program.run({
    engine: variant,
    step: "npm",
    command: "npm",
    args: ["pack", ...specifiers(variant), "--pack-destination", into],
    cwd: into,
    missing: { problem: "npm is not installed", cure: "Install Node with npm" },
    failed: {
      problem: `npm could not fetch ${NativeHome.tfjsPackage[variant]} ${tfjsVersion}`,
      cure: `Check npm's own settings (proxy, registry: npm config list), or run "${packCommand(variant)}" elsewhere and name the folder: --packages <folder>`
    }
  })

const unpackOne = Effect.fnUntraced(function* (variant: NativeHome.Variant, file: string, into: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(into, { recursive: true })
  yield* Program.run({
    engine: variant,
    step: "npm",
    command: "tar",
    args: ["-xzf", file, "-C", into, "--strip-components=1"],
    missing: { problem: "tar is not installed", cure: "Install it (Debian and Ubuntu: apt-get install tar)" },
    failed: { problem: `${file} could not be unpacked`, cure: `Make it again: ${packCommand(variant)}` }
  })
})

/** What the kernels import as tfjs: a file that passes on the process's own core. */
const writeStandIns = Effect.fnUntraced(function* (modules: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const name of ["@tensorflow/tfjs", "@tensorflow/tfjs-core"]) {
    const folder = path.join(modules, name)
    yield* fs.makeDirectory(folder, { recursive: true })
    yield* fs.writeFileString(path.join(folder, "index.js"), coreStandIn)
  }
})

export interface Options {
  readonly variant: NativeHome.Variant
  /** A folder of files from `npm pack`; if absent, npm is used. */
  readonly packages: string | undefined
  /** The engine's folder, which gets a `node_modules`. */
  readonly root: string
  readonly temporary: string
}

export const unpack = Effect.fn("Packages.unpack")(function* (options: Options) {
  const { variant, packages, root, temporary } = options
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (packages === undefined) yield* fetch(variant, temporary)
  const modules = path.join(root, "node_modules")
  for (const [name, version] of Object.entries(wanted(variant))) {
    const file = path.join(packages ?? temporary, fileOf(name, version))
    if (!(yield* fs.exists(file))) {
      return yield* new EngineInstallError({
        engine: variant,
        step: "npm",
        problem: `${file} does not exist`,
        cure: `Run in that folder, where npm works: ${packCommand(variant)}`,
        output: ""
      })
    }
    yield* unpackOne(variant, file, path.join(modules, name))
  }
  yield* writeStandIns(modules)
})
