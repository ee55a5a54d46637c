/** Loads a new addon in another process, so that a crash becomes a typed failure. */
import { createRequire } from "node:module"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { EngineInstallError } from "./InstallError.ts"
import * as NativeHome from "./NativeHome.ts"
import * as Program from "./Program.ts"

/** A convolution and the gradient of its filter, whose values are known: 2 · 9 · 36, and 36 · 2 at each tap. */
const script = (core: string, folder: string, name: string): string => `
const util = require("node:util")
util.isNullOrUndefined = (x) => x === null || x === undefined
util.isArray = Array.isArray
const tf = require(${JSON.stringify(core)})
globalThis[Symbol.for("anneal.tfjs")] = tf
const binding = require(${JSON.stringify(`${folder}/lib/napi-v8/tfjs_binding.node`)})
const { NodeJSKernelBackend } = require(${JSON.stringify(`${folder}/dist/nodejs_kernel_backend.js`)})
require(${JSON.stringify(`${folder}/dist/register_all_kernels.js`)})
tf.registerBackend("tensorflow", () => new NodeJSKernelBackend(binding, ${JSON.stringify(name)}), 3)
tf.setBackend("tensorflow").then((started) => {
  if (!started) throw new Error("the backend did not start")
  const [x, filter] = [tf.fill([1, 8, 8, 1], 2), tf.ones([3, 3, 1, 1])]
  const attributes = { strides: [1, 1], pad: "valid", dataFormat: "NHWC", dilations: [1, 1] }
  const y = tf.engine().runKernel("Conv2D", { x, filter }, attributes)
  const gradient = tf.engine().runKernel("Conv2DBackpropFilter", { x, dy: tf.onesLike(y) }, { ...attributes, filterShape: [3, 3, 1, 1] })
  const right = tf.sum(y).dataSync()[0] === 648 && gradient.dataSync().every((value) => value === 72)
  if (!right) throw new Error("a convolution or its gradient gave wrong numbers")
  console.log(JSON.stringify({ tensorflow: binding.TF_Version, gpu: binding.isUsingGpuDevice() }))
})
`

const Result = Schema.fromJsonString(Schema.Struct({ tensorflow: Schema.String, gpu: Schema.Boolean }))

/** The version that the library reports, and whether it computes on a card. */
export const run = Effect.fn("Trial.run")(function* (variant: NativeHome.Variant, root: string) {
  const core = createRequire(import.meta.url).resolve("@tensorflow/tfjs-core")
  const folder = NativeHome.packageFolder(variant, root)
  const failed = {
    problem: "the addon was built but does not work",
    cure: "The output names what is missing or too old; another wheel may fit (--wheel <file>)"
  }
  const out = yield* Program.run({
    engine: variant,
    step: "self-test",
    command: process.execPath,
    args: ["-e", script(core, folder, NativeHome.tfjsPackage[variant])],
    env: { TF_CPP_MIN_LOG_LEVEL: "2", TF_FORCE_GPU_ALLOW_GROWTH: "true" },
    missing: { problem: `${process.execPath} is gone`, cure: "Install Node again" },
    failed,
    known: [
      {
        step: "glibc",
        pattern: /version .(GLIBC|GLIBCXX)_[\d.]+. not found/,
        problem: "TensorFlow's library needs a newer glibc or libstdc++ than this system has",
        cure: "Use an older wheel (--wheel <file>), or a newer system"
      },
      {
        step: "architecture",
        pattern: /wrong ELF class|cannot open shared object file: Exec format|invalid ELF header/,
        problem: "TensorFlow's library is for another processor",
        cure: "Use a wheel for x86-64 (--wheel <file>)"
      }
    ]
  })
  const line = out.trimEnd().split("\n").at(-1) ?? ""
  return yield* Schema.decodeUnknownEffect(Result)(line).pipe(
    Effect.mapError(
      () => new EngineInstallError({ engine: variant, step: "self-test", ...failed, output: `  ${line}` })
    )
  )
})
