/** ONNX Runtime, an optional package: runs an exported file to compare it with the engine. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { HostTensor, HostTensors } from "../../pipeline/nn/HostTensor.ts"
import * as Thrown from "../internal/Thrown.ts"

/** ONNX Runtime is needed, and not installed. */
export class OnnxRuntimeUnavailable extends Schema.TaggedError<OnnxRuntimeUnavailable>()(
  "OnnxRuntimeUnavailable",
  { problem: Schema.String }
) {
  override get message() {
    return `ONNX Runtime, which a file is checked with before it is handed over, cannot be loaded (${this.problem}). Install it: ${install}. The variable keeps its script from downloading CUDA libraries`
  }
}

const install = "ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30"

/** ONNX Runtime refused a file, or failed to run it. */
export class OnnxRuntimeFailed extends Schema.TaggedError<OnnxRuntimeFailed>()("OnnxRuntimeFailed", {
  problem: Schema.String
}) {
  override get message() {
    return `ONNX Runtime: ${this.problem}`
  }
}

/** A tensor with its type in ONNX. */
export interface Fed extends HostTensor {
  readonly type: "float32" | "int32" | "bool"
}

export interface Session {
  readonly version: string
  readonly run: (feeds: { readonly [name: string]: Fed }) => Effect.Effect<HostTensors, OnnxRuntimeFailed>
}

const failed = (thrown: unknown) => new OnnxRuntimeFailed({ problem: Thrown.said(thrown) })

const load = Effect.tryPromise({
  try: () => import("onnxruntime-node"),
  catch: (thrown) => new OnnxRuntimeUnavailable({ problem: Thrown.said(thrown).split("\n")[0] ?? "" })
})

/** Fails if the package is not installed. */
export const check = Effect.asVoid(load)

const hostOf = (data: ArrayLike<unknown>, dims: ReadonlyArray<number>): HostTensor =>
  data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array
    ? { data, shape: [...dims] }
    : { data: Float32Array.from(data, Number), shape: [...dims] }

/** A file, open for as long as the scope. */
export const open = Effect.fn("OnnxRuntime.open")(function* (
  file: Uint8Array,
  options: { readonly threads?: number } = {}
): Effect.fn.Return<Session, OnnxRuntimeUnavailable | OnnxRuntimeFailed, Scope.Scope> {
  const { InferenceSession, Tensor, env } = yield* load
  const session = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () =>
        InferenceSession.create(file, {
          logSeverityLevel: 3,
          ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads })
        }),
      catch: failed
    }),
    (open) => Effect.promise(() => open.release())
  )
  return {
    version: env.versions.node ?? env.versions.common,
    run: (feeds) =>
      Effect.tryPromise({
        try: () =>
          session.run(
            Object.fromEntries(
              Object.entries(feeds).map(([name, { type, data, shape }]) => [
                name,
                new Tensor(type, data, [...shape])
              ])
            )
          ),
        catch: failed
      }).pipe(
        Effect.map((made) =>
          Object.fromEntries(Object.entries(made).map(([name, { data, dims }]) => [name, hostOf(data, dims)]))
        )
      )
  }
})
