/** What the compiler says of training programs that are wrong, as users write them: a forgotten layer or error by its name. */
import { type Case, describeRefusals } from "../support/refused.ts"

const prelude = `
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CheckpointDirectory from "anneal/layers/checkpoint/CheckpointDirectory"
import * as AutoDevice from "anneal/layers/device/AutoDevice"
import * as Canvas from "anneal/layers/image/Canvas"
import * as ImageCodec from "anneal/layers/image/ImageCodec"
import * as RunLoggerLayer from "anneal/layers/logger/RunLogger"
import * as RunDirectoryLayer from "anneal/layers/run/RunDirectory"
import * as LoggerPlan from "anneal/LoggerPlan"
import * as FitOptions from "anneal/FitOptions"
import * as MainProgram from "anneal/MainProgram"
import * as Pipeline from "anneal/Pipeline"
import * as Stage from "anneal/Stage"
import * as Trainer from "anneal/Trainer"
import { MemoryCheckpoints, TinyTask } from "anneal/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { project } from "../../examples/receipts/pipeline.ts"
import { program } from "../../examples/testing/program.ts"

export const task = TinyTask.make()
export const data = { train: TinyTask.dataset({ seed: 1, batches: 20, batchSize: 8 }) }
export const directory = RunDirectoryLayer.layer({ path: "run", resume: false, kind: "train", seed: 1, command: [] })
export const logger = RunLoggerLayer.layer(LoggerPlan.none)
export const receipts = project({ receipts: 8, epochs: 1, longSide: 320, crop: 160 })
/** A program that handles everything, where the entry of a process would report what is left. */
export const whole = <A>(program: Effect.Effect<A>) => program
`

/** One case for each name: the code that forgets it, and what the compiler then says. */
const each = (
  what: string,
  names: ReadonlyArray<string>,
  code: (forgotten: string) => string
): { readonly [name: string]: Case } =>
  Object.fromEntries(
    names.map((name) => [
      `${what} ${name}`,
      {
        code: code(name),
        says: [new RegExp(`Type '(.* \\| )?${name}( \\| .*)?' is not assignable to type 'never'`)]
      }
    ])
  )

type Layers = { readonly [service: string]: string }

/** Layers by the service that each gives, but for the one that is forgotten. */
const without = (layers: Layers, forgotten?: string) =>
  Object.entries(layers)
    .flatMap(([service, layer]) => (service === forgotten ? [] : [layer]))
    .join(", ")

/** The program of examples/testing, with real layers. */
const ofRun = { Device: "AutoDevice.layer", Checkpoints: "CheckpointDirectory.layer", RunLogger: "logger" }
const run = (forgotten?: string) => {
  const layers = `Layer.mergeAll(${without(ofRun, forgotten)})`
  const outer = without({ RunDirectory: "directory", FileSystem: "NodeServices.layer" }, forgotten)
  return `program(task, data).pipe(Effect.provide(${layers}), Effect.provide(${outer.replace(", ", "), Effect.provide(")}))`
}

/** Every error of the program and of the layers above, by its tag. */
const errors = [
  "CheckpointError",
  "CheckpointMismatch",
  "DataError",
  "DeviceBusy",
  "DeviceError",
  "DeviceUnavailable",
  "DeviceUnsupported",
  "Diverged",
  "MonitorMissing",
  "OptionsContradict",
  "StepRefused",
  "TaskFailed",
  "RunDirectoryError"
]
const handled = (ignored?: string) => {
  const tags = errors.filter((tag) => tag !== ignored)
  return `whole(${run()}.pipe(Effect.catchTag(${JSON.stringify(tags)}, ({ message }) => Effect.succeed(message))))`
}

/** A training without a run directory, as a program of one's own starts it. */
const ofTraining = { Device: "AutoDevice.layer", Checkpoints: "MemoryCheckpoints.layer" }
const started = (forgotten?: string) =>
  `Trainer.fit(task, data, FitOptions.make({ maxEpochs: 1 })).pipe(Stream.runDrain, Effect.provide([${without(ofTraining, forgotten)}]), MainProgram.run)`

/** The project of examples/receipts, as its pipeline.ts gives it to the command line. */
const ofReceipts = {
  Device: "AutoDevice.layer",
  ImageCodec: "ImageCodec.layer",
  Canvas: "Canvas.layer",
  FileSystem: "NodeServices.layer"
}
const runnable = (forgotten?: string) =>
  `receipts.pipe(Pipeline.provide(Layer.mergeAll(${without(ofReceipts, forgotten)}))) satisfies Pipeline.Runnable`

describeRefusals(prelude, {
  "compiles when nothing is missing": { code: [handled(), started(), runnable()].join("\n"), says: [] },
  ...each(
    "a run without",
    [...Object.keys(ofRun), "RunDirectory", "FileSystem"],
    (forgotten) => `whole(${run(forgotten)}.pipe(Effect.orDie))`
  ),
  ...each("a run that ignores", errors, handled),
  ...each("a training without", Object.keys(ofTraining), started),
  ...each("the pipeline of receipts without", Object.keys(ofReceipts), runnable)
})
