/**
 * The program that the chaos harness kills: the tiny task, trained into a real run directory.
 *
 * Run: node test/chaos/child.ts <run directory> [<fault> <call> once|on]. It goes on where the directory left off.
 */
import { existsSync, writeSync } from "node:fs"
import { join } from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ExitCode from "../../src/cli/ExitCode.ts"
import * as LoggedCheckpoints from "../../src/layers/logger/LoggedCheckpoints.ts"
import * as RunDirectoryLayer from "../../src/layers/run/RunDirectory.ts"
import { LoggerPlan } from "../../src/pipeline/plan/LoggerPlan.ts"
import * as RunRecorder from "../../src/pipeline/run/RunRecorder.ts"
import type { Task } from "../../src/pipeline/task/Task.ts"
import * as Averaging from "../../src/pipeline/train/Averaging.ts"
import * as Trainer from "../../src/pipeline/train/Trainer.ts"
import * as Resume from "../../src/runs/Resume.ts"
import * as TinyTask from "../../src/testing/TinyTask.ts"
import * as FaultyFileSystem from "../layers/FaultyFileSystem.ts"
import { deviceOf, options } from "../pipeline/tiny.ts"

const [directory = "", fault = "", at = "0", lasting = "once"] = process.argv.slice(2)

const side = 96

/** The tiny task with weights enough that a save takes a while. */
const heavy = <B, O, S>(task: Task<B, O, S>): Task<B, O, S> => ({
  ...task,
  model: {
    ...task.model,
    parameters: [
      ...task.model.parameters,
      {
        name: "ballast.weight",
        shape: [side, side],
        trainable: true,
        decay: true,
        init: (random) => Float32Array.from({ length: side * side }, () => random.float())
      }
    ]
  },
  loss: (context, variables, batch) => {
    const { loss, ...rest } = task.loss(context, variables, batch)
    const { tf } = context
    const ballast = variables.params["ballast.weight"] ?? tf.zeros([1])
    return { ...rest, loss: tf.add(loss, tf.mul(tf.mean(tf.square(ballast)), 0.01)) }
  }
})

const data = {
  train: TinyTask.dataset({ seed: 1, batches: 7, batchSize: 4 }),
  val: TinyTask.dataset({ seed: 2, batches: 2, batchSize: 4 })
}

/** Saves after every step and ranks after every validation: most of the time goes into saving. */
const fitOptions = (resume: string | undefined): Trainer.FitOptions => ({
  ...options,
  maxEpochs: 12,
  valCheckInterval: 3,
  stopRules: [],
  averaging: () => Averaging.ema({ decay: 0.9, everyNSteps: 1, fromStep: 3 }),
  checkpoint: options.checkpoint && {
    ...options.checkpoint,
    retention: { ...options.checkpoint.retention, saveTopK: 2 },
    everyNTrainSteps: 1
  },
  resume
})

const isFault = Schema.is(Schema.Literals(["ENOSPC", "EACCES", "EPERM", "EIO"]))

/** The real file system, or one that fails on request. */
const files: Layer.Layer<FileSystem.FileSystem, never, FileSystem.FileSystem> = Layer.effect(
  FileSystem.FileSystem,
  Effect.map(FileSystem.FileSystem, (real) =>
    isFault(fault) ? FaultyFileSystem.make(real, fault, Number(at), { lasting: lasting === "on" }).fs : real
  )
)

const logger = Schema.decodeSync(LoggerPlan)({ jsonl: true })

const trained = Effect.gen(function* () {
  const resume = yield* Resume.find(directory, existsSync(join(directory, "run.json")) ? directory : null)
  const run = RunDirectoryLayer.layer({
    path: directory,
    resume: resume.reopen,
    kind: "train",
    seed: 7,
    command: ["chaos"],
    overrides: [],
    versions: {}
  })
  const watch = RunRecorder.make(1)
  const fit = Trainer.fit(heavy(TinyTask.make({ dropout: 0.3 })), data, fitOptions(resume.from), (event) =>
    Effect.andThen(
      watch(event),
      Effect.sync(() => event._tag === "FitStarted" && writeSync(1, "ready\n"))
    )
  )
  yield* Stream.runDrain(fit).pipe(
    Effect.provide(
      LoggedCheckpoints.layerWith(logger, resume.from).pipe(
        Layer.provideMerge(run),
        Layer.merge(deviceOf("cpu"))
      )
    )
  )
}).pipe(Effect.provide(Layer.provideMerge(files, NodeServices.layer)))

NodeRuntime.runMain(trained, {
  disableErrorReporting: true,
  teardown: (exit, onExit) => {
    if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) {
      const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
      writeSync(2, error === undefined ? Cause.pretty(exit.cause) : `${String(error)}\n`)
    }
    onExit(ExitCode.ofExit(exit, undefined))
  }
})
