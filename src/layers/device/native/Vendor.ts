/**
 * TensorFlow 2.9.1 and a finished addon from the host of tfjs-node's own installation, if it can be reached: then no
 * compiler is needed. The same environment variables select a mirror.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { HttpClient, type HttpClientError, HttpClientResponse } from "effect/http"
import * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import * as Address from "../../internal/Address.ts"
import * as Heartbeat from "./Heartbeat.ts"
import { EngineInstallError } from "./InstallError.ts"
import * as NativeHome from "./NativeHome.ts"
import { tfjsVersion } from "./Packages.ts"
import * as Program from "./Program.ts"

export const tensorflowVersion = "2.9.1"

/** How long the host may take to answer. */
const patience = "4 seconds"

type Environment = Readonly<Record<string, string | undefined>>

export const addresses = (variant: NativeHome.Variant, env: Environment) => {
  const host =
    env["TFJS_NODE_CDN_STORAGE"] ??
    env["npm_config_TFJS_NODE_CDN_STORAGE"] ??
    env["CDN_STORAGE"] ??
    "https://storage.googleapis.com/"
  const base = env["TFJS_NODE_BASE_URI"] ?? `${host}tensorflow/libtensorflow/libtensorflow-`
  const [library, addon] = variant === "gpu" ? ["gpu", "GPU"] : ["cpu", "CPU"]
  return {
    library: `${base}${library}-linux-x86_64-${tensorflowVersion}.tar.gz`,
    addon: `${host}tf-builds/pre-built-binary/napi-v8/${tfjsVersion}/${addon}-linux-${tfjsVersion}.tar.gz`
  }
}

const failure = (variant: NativeHome.Variant, problem: string) =>
  new EngineInstallError({
    engine: variant,
    step: "vendor",
    // A mirror's address may contain a login.
    problem: Address.masked(problem),
    cure: "Use TensorFlow's wheel from pip instead: --source pip",
    output: ""
  })

/** The innermost cause: `getaddrinfo ENOTFOUND host` says more than `fetch failed`. */
const because = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause === undefined ? cause.message : because(cause.cause)
}

const why = (error: HttpClientError.HttpClientError): string => because(error.reason.cause ?? error)

/** Whether the file exists; fails if the host does not answer in seconds. */
const answers = Effect.fnUntraced(function* (variant: NativeHome.Variant, url: string) {
  const { host } = new URL(url)
  const { status } = yield* HttpClient.head(url).pipe(
    Effect.mapError((error) => failure(variant, `${host} cannot be reached (${why(error)})`)),
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.fail(failure(variant, `${host} did not answer in ${patience}`))
    })
  )
  if (status !== 200) return yield* failure(variant, `${url} answered ${status}`)
})

const save = Effect.fnUntraced(function* (variant: NativeHome.Variant, url: string, file: string) {
  const fs = yield* FileSystem.FileSystem
  yield* HttpClientResponse.stream(HttpClient.get(url)).pipe(
    Stream.mapError((error) => failure(variant, `${url} broke off (${why(error)})`)),
    Stream.run(fs.sink(file))
  )
})

const unpack = (variant: NativeHome.Variant, file: string, args: ReadonlyArray<string>) =>
  Program.run({
    engine: variant,
    step: "vendor",
    command: "tar",
    args: ["-xzf", file, ...args],
    missing: { problem: "tar is not installed", cure: "Install it (Debian and Ubuntu: apt-get install tar)" },
    failed: {
      problem: `${file} could not be unpacked`,
      cure: "Use TensorFlow's wheel instead: --source pip"
    }
  })

export interface Options {
  readonly variant: NativeHome.Variant
  readonly root: string
  readonly temporary: string
  readonly progress: (line: string) => Effect.Effect<void>
}

/** Puts library and addon in place; returns whether the addon was included, or has to be built. */
export const fetchInto = Effect.fn("Vendor.fetchInto")(function* (options: Options) {
  const { variant, root, temporary, progress } = options
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { library, addon } = addresses(variant, process.env)
  yield* progress(`trying TensorFlow ${tensorflowVersion} from ${new URL(library).host}`)
  yield* answers(variant, library)
  const folder = NativeHome.packageFolder(variant, root)
  const fetchOne = Effect.fnUntraced(function* (url: string, into: string, args: ReadonlyArray<string>) {
    const file = path.join(temporary, path.basename(url))
    yield* progress(`fetching ${path.basename(url)}`)
    yield* Heartbeat.during(save(variant, url, file), temporary, progress)
    yield* fs.makeDirectory(into, { recursive: true })
    yield* unpack(variant, file, ["-C", into, ...args])
    yield* fs.remove(file)
  })
  yield* fetchOne(library, path.join(folder, "deps"), [])
  const finished = yield* Effect.option(answers(variant, addon))
  if (finished._tag === "None") return false
  yield* fetchOne(addon, path.join(folder, "lib", "napi-v8"), ["--strip-components=1"])
  return true
})
