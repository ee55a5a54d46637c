/**
 * TensorFlow's shared libraries and C headers, from a Python wheel that the user's own pip downloads, or that a path
 * names.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { EngineInstallError } from "./InstallError.ts"
import type { Variant } from "./NativeHome.ts"
import * as Pip from "./Pip.ts"
import * as Platform from "./Platform.ts"
import * as Program from "./Program.ts"

/** The newest TensorFlow with which the addon was built and tested. */
export const tensorflowVersion = "2.21.0"

export const distribution = { native: "tensorflow-cpu", gpu: "tensorflow" } as const satisfies Record<
  Variant,
  string
>

export const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] as const

/**
 * Unpacks the used parts of a wheel: two libraries and the headers, and from NVIDIA's wheels the libraries and the
 * tools that compile for the card. Prints the CUDA packages that TensorFlow's wheel requires.
 */
const extraction = `
import os, re, sys, zipfile
into, first, *others = sys.argv[1:]

def extract(z, wanted):
    names = [n for n in z.namelist() if not n.endswith("/") and wanted(n)]
    for n in names:
        path = z.extract(n, into)
        mode = z.getinfo(n).external_attr >> 16
        if mode & 0o111: os.chmod(path, 0o755)
    return names

libraries = ${JSON.stringify(libraries.map((name) => `tensorflow/${name}`))}
headers = ("tensorflow/include/tensorflow/", "tensorflow/include/xla/", "tensorflow/include/tsl/")
try:
    with zipfile.ZipFile(first) as z:
        found = extract(z, lambda n: n in libraries or (n.startswith(headers) and n.endswith(".h")))
        if len([n for n in found if n in libraries]) != 2 or len(found) == 2:
            sys.exit("this wheel lacks libtensorflow_cc.so.2 or the C headers")
        for n in z.namelist():
            if n.endswith(".dist-info/METADATA"):
                for line in z.read(n).decode().splitlines():
                    asked = re.match(r"Requires-Dist: (nvidia-[^;\\s]+) ?(.*?); extra == .and-cuda.", line)
                    if asked: print(asked[1] + asked[2])
    for wheel in others:
        with zipfile.ZipFile(wheel) as z:
            extract(z, lambda n: re.match(r"nvidia/([^/]+/lib/.*[.]so[.0-9]*|cuda_nvcc/.*)$", n))
except zipfile.BadZipFile as error:
    sys.exit("not a wheel, or an incomplete one: " + str(error))
`

export interface Unpacked {
  /** The folder with `libtensorflow_cc.so.2` and `include/`. */
  readonly folder: string
  /** What it was made of. */
  readonly source: string
  readonly version: string
  /** The folder of CUDA's libraries, one below it per package. */
  readonly nvidia: string | undefined
}

export interface Options {
  readonly variant: Variant
  /** A wheel, or a folder with an unpacked one; if absent, pip downloads it. */
  readonly wheel: string | undefined
  readonly python: string
  /** A folder for temporary files, which the caller removes. */
  readonly temporary: string
  readonly host: Platform.Host
  readonly progress: (line: string) => Effect.Effect<void>
}

const versionIn = (name: string): string => /-(\d+\.\d+[\w.]*?)-/.exec(name)?.[1] ?? "unknown"

const bad = (engine: Variant, problem: string, cure: string) =>
  new EngineInstallError({ engine, step: "wheel", problem, cure, output: "" })

const extract = (options: Options, wheels: ReadonlyArray<string>) =>
  Program.run({
    engine: options.variant,
    step: "wheel",
    command: options.python,
    args: ["-c", extraction, options.temporary, ...wheels],
    missing: {
      problem: `${options.python} is not installed, and is needed to unpack the wheel`,
      cure: "Install Python 3, or unpack the wheel yourself (it is a zip file) and name its folder: --wheel <folder>"
    },
    failed: {
      problem: `${wheels[0]} could not be unpacked`,
      cure: `Name a wheel of ${distribution[options.variant]} for Linux on x86-64, of TensorFlow ${tensorflowVersion} or near it`
    }
  })

/** CUDA's libraries from pip; NVIDIA's wheels beside a wheel given by the user are used instead. */
const cudaWheels = Effect.fnUntraced(function* (options: Options, asked: ReadonlyArray<string>) {
  const { variant, wheel, python, temporary, progress } = options
  if (variant === "native" || asked.length === 0) return []
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const beside = path.dirname(wheel ?? temporary)
  if (wheel === undefined) {
    yield* progress(`fetching CUDA's libraries by pip: ${asked.length} packages, about 2 GB`)
    const into = path.join(temporary, "cuda")
    yield* fs.makeDirectory(into)
    return yield* Pip.download({ variant, requirements: asked, into, python, progress })
  }
  const files = yield* fs.readDirectory(beside)
  return files.filter((file) => /^nvidia_.*\.whl$/.test(file)).map((file) => path.join(beside, file))
})

const fromFile = Effect.fnUntraced(function* (options: Options, file: string) {
  const { variant, host, temporary, progress } = options
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const name = path.basename(file)
  const refusal = Platform.wheelRefusal(variant, name, host)
  if (refusal !== undefined) return yield* refusal
  yield* progress(`unpacking ${name}`)
  const asked = (yield* extract(options, [file])).split("\n").filter((line) => line !== "")
  const cuda = yield* cudaWheels(options, asked)
  if (cuda.length > 0) yield* extract(options, [file, ...cuda])
  const nvidia = path.join(temporary, "nvidia")
  const unpacked: Unpacked = {
    folder: path.join(temporary, "tensorflow"),
    source: name,
    version: versionIn(name),
    nvidia: (yield* fs.exists(nvidia)) ? nvidia : undefined
  }
  return unpacked
})

/** A folder with an unpacked wheel, or one that pip installed into: `site-packages`, or `tensorflow` in it. */
const fromFolder = Effect.fnUntraced(function* (variant: Variant, folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const inner = path.join(folder, "tensorflow")
  const tensorflow = (yield* fs.exists(path.join(inner, libraries[0]))) ? inner : folder
  for (const name of [...libraries, "include/tensorflow/c/c_api.h"]) {
    if (yield* fs.exists(path.join(tensorflow, name))) continue
    return yield* bad(
      variant,
      `${folder} has no ${name}`,
      `Name a folder with a completely unpacked wheel of ${distribution[variant]}`
    )
  }
  const nvidia = path.join(path.dirname(tensorflow), "nvidia")
  const unpacked: Unpacked = {
    folder: tensorflow,
    source: folder,
    version: versionIn(folder),
    nvidia: variant === "gpu" && (yield* fs.exists(nvidia)) ? nvidia : undefined
  }
  return unpacked
})

/** Finds the libraries: in a folder, in a wheel, or with pip. */
export const unpack = Effect.fn("Wheel.unpack")(function* (options: Options) {
  const { variant, wheel, python, temporary, progress } = options
  const fs = yield* FileSystem.FileSystem
  if (wheel === undefined) {
    yield* progress(`fetching TensorFlow's libraries by pip: ${distribution[variant]} ${tensorflowVersion}`)
    const [file = ""] = yield* Pip.download({
      variant,
      requirements: [`${distribution[variant]}==${tensorflowVersion}`],
      into: temporary,
      python,
      progress
    })
    return yield* fromFile(options, file)
  }
  if (!(yield* fs.exists(wheel))) {
    return yield* bad(
      variant,
      `${wheel} does not exist`,
      "Name a wheel, or a folder with an unpacked one: --wheel <path>"
    )
  }
  const { type } = yield* fs.stat(wheel)
  return yield* type === "Directory" ? fromFolder(variant, wheel) : fromFile(options, wheel)
})
