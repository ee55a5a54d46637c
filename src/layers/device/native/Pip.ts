/** Downloads wheels with the user's own pip, and so with its settings: index, proxy, certificates. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Heartbeat from "./Heartbeat.ts"
import type { Variant } from "./NativeHome.ts"
import * as Program from "./Program.ts"

export interface Options {
  readonly variant: Variant
  /** In pip's format: `tensorflow-cpu==2.21.0`. */
  readonly requirements: ReadonlyArray<string>
  readonly into: string
  readonly python: string
  readonly progress: (line: string) => Effect.Effect<void>
}

const tags = ["manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"]

/**
 * Any Python can download them: these options select the wheels, not the Python that runs pip, since only their
 * libraries are used.
 */
const args = ({ into, requirements }: Options): ReadonlyArray<string> => [
  "-m",
  "pip",
  "download",
  "--no-deps",
  "--only-binary=:all:",
  "--python-version=3.11",
  "--implementation=cp",
  "--abi=cp311",
  "--abi=abi3",
  "--abi=none",
  ...tags.map((tag) => `--platform=${tag}`),
  "--progress-bar=off",
  "--dest",
  into,
  ...requirements
]

/** The paths of the wheels. */
export const download = Effect.fn("Pip.download")(function* (options: Options) {
  const { variant, requirements, into, python, progress } = options
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const before = new Set(yield* fs.readDirectory(into))
  // Partial files go there and not to /tmp: the disk whose free space was checked, and they are removed with the rest.
  const partial = path.join(into, "partial")
  yield* fs.makeDirectory(partial)
  const running = Program.run({
    engine: variant,
    step: "pip",
    command: python,
    args: args(options),
    env: { TMPDIR: partial },
    missing: {
      problem: `${python} is not installed, and so there is no pip`,
      cure: "Install Python 3 with pip, or name a wheel that you downloaded elsewhere: --wheel <file>"
    },
    failed: {
      problem: `pip could not download ${requirements.join(" ")}`,
      cure: "Check pip's own settings (proxy, index-url: pip config list), or name a wheel that you downloaded elsewhere: --wheel <file>"
    },
    known: [
      {
        step: "pip",
        pattern: /No module named pip\b/,
        problem: `${python} has no pip`,
        cure: "Install it (Debian and Ubuntu: apt-get install python3-pip), name another Python with --python, or a wheel that you downloaded elsewhere: --wheel <file>"
      }
    ],
    onLine: (line) => (/^\s*Downloading /.test(line) ? progress(`  ${line.trim()}`) : Effect.void)
  })
  yield* Heartbeat.during(running, partial, progress)
  yield* fs.remove(partial, { recursive: true })
  const files = yield* fs.readDirectory(into)
  return files
    .filter((file) => file.endsWith(".whl") && !before.has(file))
    .map((file) => path.join(into, file))
})
