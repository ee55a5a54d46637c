/** TensorFlow's shared libraries and C headers, from a Python wheel: the user's own pip brings it, or a path. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { EngineInstallError } from "./InstallError.ts"
import type { Variant } from "./NativeHome.ts"
import * as Program from "./Program.ts"

/** The last TensorFlow that the addon was built on and checked with. */
export const tensorflowVersion = "2.21.0"

const distribution = { native: "tensorflow-cpu", gpu: "tensorflow" } as const satisfies Record<
  Variant,
  string
>

/**
 * Any Python will do to fetch it: the wheel is chosen by these words, not by the Python that runs pip, as only its
 * libraries are used.
 */
const wheelOf = (variant: Variant, into: string): ReadonlyArray<string> => [
  "-m",
  "pip",
  "download",
  "--no-deps",
  "--only-binary=:all:",
  "--python-version=3.11",
  "--implementation=cp",
  "--abi=cp311",
  ...["manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"].map(
    (tag) => `--platform=${tag}`
  ),
  "--dest",
  into,
  `${distribution[variant]}==${tensorflowVersion}`
]

const download = Effect.fnUntraced(function* (variant: Variant, into: string, python: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* Program.run({
    engine: variant,
    step: "pip",
    command: python,
    args: wheelOf(variant, into),
    missing: {
      problem: `${python} is not installed, and pip with it`,
      cure: "Install Python 3 with pip, or name a wheel that you downloaded elsewhere: --wheel <file>"
    },
    failed: {
      problem: `pip could not download ${distribution[variant]} ${tensorflowVersion}`,
      cure: "Check pip's own settings (proxy, index-url: pip config list), or name a wheel that you downloaded elsewhere: --wheel <file>"
    }
  })
  const files = yield* Effect.orDie(fs.readDirectory(into))
  const wheel = files.find((file) => file.endsWith(".whl"))
  return path.join(into, wheel ?? "")
})

/** What of the wheel is used: two libraries and the headers. */
const extraction = `
import sys, zipfile
wheel, into = sys.argv[1:]
with zipfile.ZipFile(wheel) as z:
    names = [n for n in z.namelist() if not n.endswith("/")]
    libraries = [n for n in names if n in ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")]
    headers = [n for n in names if n.startswith(("tensorflow/include/tensorflow/", "tensorflow/include/xla/", "tensorflow/include/tsl/")) and n.endswith(".h")]
    if len(libraries) != 2 or not headers:
        sys.exit("there is no libtensorflow_cc.so.2 or no C header in this wheel")
    for n in libraries + headers:
        z.extract(n, into)
`

const extract = (variant: Variant, wheel: string, into: string, python: string) =>
  Program.run({
    engine: variant,
    step: "wheel",
    command: python,
    args: ["-c", extraction, wheel, into],
    missing: {
      problem: `${python} is not installed, which unpacks the wheel`,
      cure: "Install Python 3, or unpack the wheel yourself and name its folder: --wheel <folder>"
    },
    failed: {
      problem: `${wheel} could not be unpacked`,
      cure: `Name a wheel of ${distribution[variant]} for Linux on x86-64, of TensorFlow ${tensorflowVersion} or near it`
    }
  })

export interface Unpacked {
  /** The folder that holds `libtensorflow_cc.so.2` and `include/`. */
  readonly folder: string
  /** What it was made of. */
  readonly source: string
  readonly version: string
}

const versionIn = (name: string): string => /-(\d+\.\d+[\w.]*?)-/.exec(name)?.[1] ?? "unknown"

export interface Options {
  readonly variant: Variant
  /** A wheel, or a folder that one was unpacked into; absent asks pip. */
  readonly wheel: string | undefined
  readonly python: string
  /** Where to work; the caller removes it. */
  readonly temporary: string
}

const isFolder = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.stat(path).pipe(
    Effect.map((info) => info.type === "Directory"),
    Effect.orElseSucceed(() => undefined)
  )
})

/** Finds the libraries: in a folder as it is, from a wheel, or by pip. */
export const unpack = Effect.fn("Wheel.unpack")(function* (options: Options) {
  const { variant, wheel, python, temporary } = options
  const path = yield* Path.Path
  const fs = yield* FileSystem.FileSystem
  const given = wheel === undefined ? false : yield* isFolder(wheel)
  if (wheel !== undefined && given === undefined) {
    return yield* new EngineInstallError({
      engine: variant,
      step: "wheel",
      problem: `${wheel} does not exist`,
      cure: "Name a wheel, or the folder that one was unpacked into: --wheel <path>",
      output: ""
    })
  }
  if (wheel !== undefined && given === true) {
    const inner = path.join(wheel, "tensorflow")
    const nested = yield* Effect.orDie(fs.exists(path.join(inner, "libtensorflow_cc.so.2")))
    return { folder: nested ? inner : wheel, source: path.basename(wheel), version: versionIn(wheel) }
  }
  const file = wheel ?? (yield* download(variant, temporary, python))
  yield* extract(variant, file, temporary, python)
  const unpacked: Unpacked = {
    folder: path.join(temporary, "tensorflow"),
    source: path.basename(file),
    version: versionIn(path.basename(file))
  }
  return unpacked
})
