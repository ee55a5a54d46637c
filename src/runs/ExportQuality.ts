/** What a smaller file costs: its outputs, and the task's own metric, beside the engine's on the same data. */
import * as Effect from "effect/Effect"
import * as Check from "../layers/export/Check.ts"
import * as Recorder from "../layers/export/Recorder.ts"
import type { HostTensors } from "../pipeline/nn/HostTensor.ts"
import type { Dataset } from "../pipeline/task/Dataset.ts"
import type { Metrics } from "../pipeline/task/Metric.ts"
import type { Task } from "../pipeline/task/Task.ts"

/** Samples that are compared at most. */
const MOST = 200

export interface Quality {
  /** Samples of the data that both were measured on; 0 where there are none. */
  readonly samples: number
  readonly engine: Metrics
  readonly int8: Metrics
  /** The largest difference of an output, over the largest number in it if that is above 1. */
  readonly difference: number
}

interface Measured<S> {
  readonly samples: number
  readonly engine: S
  readonly int8: S
  readonly difference: number
}

/** Of outputs on made-up numbers alone. */
export const ofCases = Effect.fn("ExportQuality.ofCases")(function* <E>(
  pass: Omit<Recorder.Pass, "instead">,
  cases: ReadonlyArray<Check.Case>,
  run: Check.Run<E>
) {
  const found = yield* Effect.forEach(cases, ({ inputs }) =>
    Effect.gen(function* () {
      const { outputs } = yield* Recorder.evaluate({ ...pass, instead: inputs })
      return worst(outputs, yield* run(inputs))
    })
  )
  const quality: Quality = { samples: 0, engine: {}, int8: {}, difference: Math.max(0, ...found) }
  return quality
})

const worst = (wanted: HostTensors, made: HostTensors): number =>
  Math.max(0, ...Check.differences(wanted, made).map(({ relative }) => relative))

/** Of the metric on data. */
export const ofData = Effect.fn("ExportQuality.ofData")(function* <B, O, S, E>(
  task: Task<B, O, S>,
  passOf: (batch: B) => Omit<Recorder.Pass, "instead">,
  data: Dataset<B>,
  run: Check.Run<E>
) {
  const { initial, update, result } = task.metric
  let all: Measured<S> = { samples: 0, engine: initial, int8: initial, difference: 0 }
  for (let index = 0; index < data.length && all.samples < MOST; index++) {
    const batch = yield* data.batch(0, index)
    if (task.sizeOf(batch) === 0) continue
    const { inputs, outputs } = yield* Recorder.evaluate(passOf(batch))
    const made = yield* run(inputs)
    all = {
      samples: all.samples + task.sizeOf(batch),
      engine: update(all.engine, task.interpret(outputs, batch)),
      int8: update(all.int8, task.interpret(made, batch)),
      difference: Math.max(all.difference, worst(outputs, made))
    }
    yield* Effect.yieldNow
  }
  const quality: Quality = { ...all, engine: result(all.engine), int8: result(all.int8) }
  return quality
})
