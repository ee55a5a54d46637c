/** Builds tfjs-node's addon against TensorFlow's libraries, and two of ours: see `hushSource` and AdamSource.ts. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as AdamSource from "./AdamSource.ts"
import * as NativeHome from "./NativeHome.ts"
import * as Program from "./Program.ts"

/**
 * TensorFlow writes lines to standard error while it is loaded, before any of its settings can prevent that. `hush`
 * redirects the process's standard error, `speak` restores it; no JavaScript runs in between.
 */
const hushSource = `
#include <fcntl.h>
#include <unistd.h>
#include <node_api.h>

static int kept = -1;

static napi_value Hush(napi_env env, napi_callback_info info) {
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (kept < 0 && nowhere >= 0) {
    kept = fcntl(2, F_DUPFD_CLOEXEC, 3);
    if (kept >= 0) dup2(nowhere, 2);
  }
  if (nowhere >= 0) close(nowhere);
  return nullptr;
}

static napi_value Speak(napi_env env, napi_callback_info info) {
  if (kept >= 0) {
    dup2(kept, 2);
    close(kept);
    kept = -1;
  }
  return nullptr;
}

static napi_value Init(napi_env env, napi_value exports) {
  napi_property_descriptor both[] = {
    {"hush", nullptr, Hush, nullptr, nullptr, nullptr, napi_default, nullptr},
    {"speak", nullptr, Speak, nullptr, nullptr, nullptr, napi_default, nullptr}};
  napi_define_properties(env, exports, 2, both);
  return exports;
}

NAPI_MODULE(hush, Init)
`

export interface Options {
  readonly variant: NativeHome.Variant
  readonly root: string
  /** TensorFlow's headers. */
  readonly include: string
  /** The version of TensorFlow, for people. */
  readonly version: string
  /** The arguments that name the libraries in `deps/lib`. */
  readonly libraries: ReadonlyArray<string>
  readonly compiler: string | undefined
  readonly temporary: string
}

const compile = ({ variant, compiler, version }: Options, args: ReadonlyArray<string>) =>
  Program.run({
    engine: variant,
    step: "compiler",
    command: compiler ?? process.env["CXX"] ?? "g++",
    args: ["-std=c++17", "-O2", "-fPIC", "-shared", "-DBUILDING_NODE_EXTENSION", "-DNAPI_VERSION=8", ...args],
    missing: {
      problem: "there is no C++ compiler",
      cure: "Install one (Debian and Ubuntu: apt-get install g++), or name it with CXX=<compiler>"
    },
    failed: {
      problem: `the addon does not build against TensorFlow ${version}`,
      cure: "It needs a compiler for C++17 (g++ 9 or newer, clang 10 or newer): name it with CXX=<compiler>"
    },
    known: [
      {
        step: "glibc",
        pattern: /undefined reference to `[^']+@GLIBC/,
        problem: `TensorFlow ${version} needs a newer glibc than this system has`,
        cure: "Use an older wheel (--wheel <file>), or a newer system"
      }
    ]
  })

const places = Effect.fnUntraced(function* ({ variant, root, libraries }: Options) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = NativeHome.packageFolder(variant, root)
  const output = path.join(folder, "lib", "napi-v8")
  yield* fs.makeDirectory(output, { recursive: true })
  return {
    folder,
    output: (name: string) => ["-o", path.join(output, name)],
    nodeHeaders: `-I${path.join(root, "node_modules", "node-api-headers", "include")}`,
    linked: [`-L${path.join(folder, "deps", "lib")}`, ...libraries, "-Wl,-rpath,$ORIGIN/../../deps/lib"]
  }
})

/** Builds the operation of AdamSource.ts, whose kernel is for the processor. */
export const updates = Effect.fn("Build.updates")(function* (options: Options) {
  if (options.variant === "gpu") return
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { output, nodeHeaders, linked } = yield* places(options)
  const file = path.join(options.temporary, "adam.cc")
  yield* fs.writeFileString(file, AdamSource.source)
  yield* compile(options, ["-O3", "-fno-math-errno", nodeHeaders, file, ...output("adam.node"), ...linked])
})

export const build = Effect.fn("Build.build")(function* (options: Options) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { folder, output, nodeHeaders, linked } = yield* places(options)
  const hush = path.join(options.temporary, "hush.cc")
  yield* fs.writeFileString(hush, hushSource)
  yield* compile(options, [nodeHeaders, hush, ...output("hush.node")])
  yield* compile(options, [
    nodeHeaders,
    `-I${options.include}`,
    `-I${folder}`,
    path.join(folder, "binding", "tfjs_backend.cc"),
    path.join(folder, "binding", "tfjs_binding.cc"),
    ...output("tfjs_binding.node"),
    ...linked
  ])
  yield* updates(options)
})
