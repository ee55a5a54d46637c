/** A fit of the tiny task, small enough to run hundreds of times. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as DeviceLayer from "../../src/layers/device/Device.ts"
import * as LearningRate from "../../src/pipeline/optim/LearningRate.ts"
import * as Optimizer from "../../src/pipeline/optim/Optimizer.ts"
import type { Event } from "../../src/pipeline/train/Event.ts"
import * as StopRule from "../../src/pipeline/train/StopRule.ts"
import * as Trainer from "../../src/pipeline/train/Trainer.ts"
import type * as MemoryCheckpoints from "../../src/testing/MemoryCheckpoints.ts"
import * as TinyTask from "../../src/testing/TinyTask.ts"

export const deviceOf = (accelerator: "cpu" | "wasm") =>
  DeviceLayer.layer({ accelerator, devices: 1, strategy: "auto", precision: "32-true" })

export const device = deviceOf("cpu")

export const data = {
  train: TinyTask.dataset({ seed: 1, batches: 5, batchSize: 4 }),
  val: TinyTask.dataset({ seed: 2, batches: 2, batchSize: 4 })
}

export const options: Trainer.FitOptions = {
  seed: 7,
  maxEpochs: 3,
  numSanityValSteps: 1,
  checkValEveryNEpoch: 1,
  accumulateGradBatches: 2,
  gradientClip: { value: 1, algorithm: "norm" },
  optimizer: Optimizer.adamW({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 }),
  learningRate: ({ steps = 1 }) => LearningRate.cosine({ rate: 0.05, steps, final: 0 }),
  checkpoint: {
    retention: {
      monitor: "val/mse",
      mode: "min",
      saveTopK: 1,
      saveLast: true,
      filename: "best-mse-{val/mse:.4f}"
    },
    everyNEpochs: 1,
    everyNTrainSteps: undefined,
    trainTimeInterval: undefined,
    saveWeightsOnly: false
  },
  stopRules: [
    StopRule.earlyStopping({
      monitor: "val/mse",
      mode: "min",
      patience: 2
    })
  ],
  prefetch: 2,
  planHash: "test",
  taskPlan: {},
  versions: {}
}

export const task = TinyTask.make({ dropout: 0.3 })

/** What a log would keep of an event: everything but wall time. */
export const logged = (event: Event): string => {
  const { seconds, dataSeconds, path, ...facts }: Record<string, unknown> = { ...event }
  return JSON.stringify(facts)
}

/** What a log would keep at all. */
export const isFact = (event: Event) => event._tag === "StepEnded" || event._tag === "EvaluationEnded"

export type Store = ReturnType<typeof MemoryCheckpoints.make>

/** Every event of a fit, or the first `take` of them. */
export const run = (
  store: Store,
  changed: Partial<Trainer.FitOptions> = {},
  take = Number.POSITIVE_INFINITY
) =>
  Trainer.fit(task, data, { ...options, ...changed }).pipe(
    Stream.take(take),
    Stream.runCollect,
    Effect.provide(store.layer)
  )

/** All that the last checkpoint holds but its clock. */
export const weights = (store: Store) => {
  const last = store.stored.get("last")
  return JSON.stringify(
    [last?.model, last?.optimizer, last?.state.policies, last?.state.rules],
    (_, value) => (value instanceof Float32Array ? [...value] : value)
  )
}
