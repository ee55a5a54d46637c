/** Plain JavaScript: the reference for the other engines, far too slow for training. */
import { Effect } from "effect"
import { type Engine, present } from "../internal/Engine.ts"
import { registerComposites, resizes } from "../kernels/register.ts"
import * as Tensorflow from "./Tensorflow.ts"

export const cpu: Engine = {
  name: "cpu",
  probe: Effect.succeed(present),
  open: Effect.fn("Cpu.open")(function* () {
    const tf = yield* Tensorflow.load("cpu")
    const backend = yield* Tensorflow.importing(
      "cpu",
      "@tensorflow/tfjs-backend-cpu",
      () => import("@tensorflow/tfjs-backend-cpu")
    )
    registerComposites(tf, "cpu", resizes)
    yield* Tensorflow.activate(tf, "cpu", "cpu")
    return {
      tf,
      name: "plain JavaScript, 1 thread",
      versions: { "tfjs-core": tf.version_core, "tfjs-backend-cpu": backend.version_cpu },
      threads: 1,
      deterministic: true,
      readsSynchronously: true
    }
  })
}
