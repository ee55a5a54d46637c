/** Failures around a training program, at a moment chosen by the test. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Device, DeviceError } from "../pipeline/device/Device.ts"
import { RunLogger } from "../pipeline/run/RunLogger.ts"
import { DataError, type Dataset } from "../pipeline/task/Dataset.ts"
import { CheckpointError, Checkpoints } from "../pipeline/train/Checkpoints.ts"

/** Counts its calls from 1. */
const counter = () => {
  let count = 0
  return () => {
    count += 1
    return count
  }
}

/** Wraps the checkpoints below: the `nth` save, from 1, fails as on a full disk and leaves nothing behind. */
export const failSave = ({ nth }: { readonly nth: number }): Layer.Layer<Checkpoints, never, Checkpoints> =>
  Layer.effect(
    Checkpoints,
    Effect.map(Checkpoints, (below) => {
      const saves = counter()
      return Checkpoints.of({
        ...below,
        save: (name, snapshot) =>
          Effect.suspend(() =>
            saves() === nth
              ? Effect.fail(
                  new CheckpointError({
                    path: name,
                    problem: "the checkpoint cannot be saved: the disk is full",
                    cure: "Make room, then resume with resume=last"
                  })
                )
              : below.save(name, snapshot)
          )
      })
    })
  )

/** Wraps the logger below: after this many entries it silently drops everything, as if the tracker were gone. */
export const dropTracker = ({
  after
}: {
  readonly after: number
}): Layer.Layer<RunLogger, never, RunLogger> =>
  Layer.effect(
    RunLogger,
    Effect.map(RunLogger, (below) => {
      const entries = counter()
      const unlessDropped = (entry: Effect.Effect<void>) =>
        Effect.suspend(() => (entries() > after ? Effect.void : entry))
      return RunLogger.of({
        scalars: (step, values) => unlessDropped(below.scalars(step, values)),
        image: (step, name, image) => unlessDropped(below.image(step, name, image)),
        histogram: (step, name, values) => unlessDropped(below.histogram(step, name, values)),
        table: (step, name, table) => unlessDropped(below.table(step, name, table)),
        text: (step, name, text) => unlessDropped(below.text(step, name, text)),
        hyperparameters: (plan) => unlessDropped(below.hyperparameters(plan)),
        artifact: (name, path, aliases) => unlessDropped(below.artifact(name, path, aliases)),
        flush: below.flush,
        finish: (status, summary) => unlessDropped(below.finish(status, summary))
      })
    })
  )

/** Wraps the device below: the `nth` call, from 1, throws as an engine without memory does. */
export const failDevice = ({ nth }: { readonly nth: number }): Layer.Layer<Device, never, Device> =>
  Layer.effect(
    Device,
    Effect.map(Device, (below) => {
      const calls = counter()
      const counted = <A>(operation: string, call: Effect.Effect<A, DeviceError>) =>
        Effect.suspend(() =>
          calls() === nth
            ? Effect.fail(new DeviceError({ operation, cause: new Error("out of memory") }))
            : call
        )
      return Device.of({
        ...below,
        run: (operation, body) => counted(operation, below.run(operation, body)),
        compute: (operation, body) => counted(operation, below.compute(operation, body))
      })
    })
  )

/** Wraps the given data set: the `nth` requested batch, from 1, fails because its worker died. */
export const killWorker = <B>(below: Dataset<B>, { nth }: { readonly nth: number }): Dataset<B> => {
  const asked = counter()
  return {
    ...below,
    batch: (epoch, index) =>
      Effect.suspend(() =>
        asked() === nth
          ? Effect.fail(
              new DataError({
                where: `${below.name}, batch ${index}`,
                problem: "a data worker stopped with exit code 137 in the middle of a job",
                cure: "Run with data.workers=0 to see the cause in the main thread"
              })
            )
          : below.batch(epoch, index)
      )
  }
}
