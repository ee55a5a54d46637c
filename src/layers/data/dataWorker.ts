/** The data worker's entry: opens the data module of a task, and makes batches of it, a job at a time. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SharedModules from "../../internal/SharedModules.ts"
import { DataError } from "../../pipeline/task/Dataset.ts"
import type { Sets } from "../../pipeline/task/Workers.ts"
import * as Canvas from "../image/Canvas.ts"
import * as ImageCodec from "../image/ImageCodec.ts"
import * as WorkerProgram from "./WorkerProgram.ts"
import { type Answer, describe, type Job, openHere, type ThreadSetup } from "./Workers.ts"

const services = Layer.mergeAll(ImageCodec.layer, Canvas.layer, NodeFileSystem.layer, NodePath.layer)

const without = (set: string) =>
  new DataError({
    where: set,
    problem: "the data module has no such set",
    cure: "Give the same sets in every thread, whatever the seed and the time."
  })

const answerIn =
  (sets: Sets<unknown>) =>
  (job: Job): Effect.Effect<Answer, DataError> => {
    if (job._tag === "Describe") return Effect.succeed({ _tag: "Described", sets: describe(sets) })
    const set = sets[job.set]
    if (set === undefined) return Effect.fail(without(job.set))
    if (job._tag === "Batch") {
      return Effect.map(set.batch(job.epoch, job.index), (batch) => ({ _tag: "Batch", batch }))
    }
    return Effect.map(set.fingerprint ?? Effect.succeed(""), (digest) => ({ _tag: "Fingerprint", digest }))
  }

const program: WorkerProgram.Program<ThreadSetup, Job, Answer> = ({ module, setup, cache }) =>
  SharedModules.forever.pipe(
    Effect.andThen(openHere<unknown, Sets<unknown>>(module, setup, cache)),
    Effect.map(answerIn),
    Effect.provide(services)
  )

export default WorkerProgram.serve(program)
