/** `anneal export`: a checkpoint's net as files for other programs, whatever the task; compared with the engine first. */
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Batch from "../layers/export/Batch.ts"
import * as Check from "../layers/export/Check.ts"
import type { Exported as Made, Source } from "../layers/export/Exported.ts"
import * as Folder from "../layers/export/Folder.ts"
import * as OnnxExport from "../layers/export/OnnxExport.ts"
import * as OnnxRuntime from "../layers/export/OnnxRuntime.ts"
import * as Recorder from "../layers/export/Recorder.ts"
import * as SafetensorsExport from "../layers/export/SafetensorsExport.ts"
import * as TfjsExport from "../layers/export/TfjsExport.ts"
import * as Tracing from "../layers/export/Tracing.ts"
import { Device } from "../pipeline/device/Device.ts"
import type { Lowered } from "../pipeline/export/onnx/Lowering.ts"
import type { Exported, Implementation, TaskModule } from "../pipeline/module/TaskModule.ts"
import type { HostTensors } from "../pipeline/nn/HostTensor.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import type { Dataset } from "../pipeline/task/Dataset.ts"
import type { Task } from "../pipeline/task/Task.ts"
import * as CheckedData from "./CheckedData.ts"
import * as ExportQuality from "./ExportQuality.ts"
import * as Loading from "./Loading.ts"
import * as RunLayers from "./RunLayers.ts"
import * as Trained from "./Trained.ts"

export const formats = ["onnx", "safetensors", "tfjs"] as const
export type Format = (typeof formats)[number]

/** Whether a format holds the whole net, and not its weights alone. */
const isGraph = (format: Format): boolean => format !== "safetensors"

export interface Options {
  /** A checkpoint folder. */
  readonly checkpoint: string
  readonly formats: ReadonlyArray<Format>
  /** The folder to write. */
  readonly out: string
  /** Also writes the ONNX net with weights of 8 bits, and measures what that costs. Default false. */
  readonly int8?: boolean
  /** Replaces the folder. Default false. */
  readonly overwrite?: boolean
  /** Reads the task's data for a check with real input; where they cannot be read, a warning says so. Default true. */
  readonly data?: boolean
  /** Anneal's own and others', for `export.json`. */
  readonly versions: { readonly [name: string]: string }
}

export interface ExportOutcome {
  readonly folder: string
  readonly files: ReadonlyArray<{ readonly path: string; readonly bytes: number }>
  /** Of formats that hold the whole net. */
  readonly checks: ReadonlyArray<Check.Compared>
  /** The largest of the checks' relative differences. */
  readonly difference: number
  readonly checkpoint: string
  /** Sides of the inputs that cannot have another length, and why. */
  readonly fixed: ReadonlyArray<string>
  /** What weights of 8 bits cost; undefined if there are none. */
  readonly int8: ExportQuality.Quality | undefined
}

/** There is nothing to record the net with. */
export class ExampleMissing extends Schema.TaggedError<ExampleMissing>()("ExampleMissing", {
  task: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `task ${this.task}: its net is recorded with a batch of its data, and there is none: ${this.problem}. Name the data, or let the task module declare an example: docs/export.md`
  }
}

/** The first batch of the validation data; undefined, with a warning, if they cannot be read. */
const realBatch = Effect.fnUntraced(function* <P, Q, B, O, S>(
  implementation: Implementation<P, Q, B, O, S>,
  { task, plan, saved }: Trained.Trained<P, B, O, S>
) {
  const context = { seed: saved.state.seed, purpose: "test" } as const
  const data = yield* CheckedData.open(implementation, task, plan, context)
  const set = data.test ?? data.val
  return { set, batch: yield* set.batch(0, 0) }
}, Effect.result)

/** The forward pass of a batch, ready to be recorded. */
const passOf = <P, B, O, S>(
  { task, variables }: Pick<Trained.Trained<P, B, O, S>, "task" | "variables">,
  batch: B
): Omit<Recorder.Pass, "instead"> => ({
  variables,
  batch,
  samples: task.sizeOf(batch),
  forward: (context) => task.forward(context, variables, batch)
})

interface Sources<B> extends Exported<B> {
  /** What the net is recorded with. */
  readonly example: B | undefined
  readonly real: B | undefined
  /** What `real` is the first batch of. */
  readonly data: Dataset<B> | undefined
  /** Why the data cannot be read. */
  readonly problem: string | undefined
}

interface Real<B> {
  readonly batch: B | undefined
  /** What it is the first of. */
  readonly set: Dataset<B> | undefined
  readonly problem: string | undefined
}

const nothing = { batch: undefined, set: undefined, problem: undefined }

/** The data's first batch, if it is wanted, or needed because there is no example. */
const realOf = Effect.fnUntraced(function* <P, Q, B, O, S>(
  implementation: Implementation<P, Q, B, O, S>,
  trained: Trained.Trained<P, B, O, S>,
  { formats, data = true }: Options,
  hasExample: boolean
) {
  if (!formats.some(isGraph) || (!data && hasExample)) return nothing
  const read = yield* realBatch(implementation, trained)
  const found: Real<B> =
    read._tag === "Success"
      ? { ...read.success, problem: undefined }
      : { ...nothing, problem: read.failure.message }
  return found
})

/** What the task says of an export, and a batch of its data where that can be read. */
const sources = Effect.fnUntraced(function* <P, Q, B, O, S>(
  implementation: Implementation<P, Q, B, O, S>,
  trained: Trained.Trained<P, B, O, S>,
  options: Options
) {
  const describe = implementation.exported ?? ((): Exported<B> => ({}))
  const hasExample = describe(trained.plan, undefined).example !== undefined
  const real: Real<B> = yield* realOf(implementation, trained, options, hasExample)
  const described = describe(trained.plan, real.batch)
  const found: Sources<B> = {
    ...described,
    example: described.example ?? real.batch,
    real: real.batch,
    data: real.set,
    problem: real.problem
  }
  return found
})

/** All cases: made-up numbers in every size, and a real batch. */
const casesOf = Effect.fnUntraced(function* <P, B, O, S>(
  trained: Trained.Trained<P, B, O, S>,
  traced: Tracing.Traced,
  real: B | undefined
) {
  const made = Check.cases(traced)
  if (real === undefined) return made
  const { inputs } = yield* Recorder.evaluate(passOf(trained, real))
  // As many samples as it has where the batch is free; as many as the graph has where it is not.
  const isFree = traced.free.some(({ what }) => what === Tracing.BATCH)
  const fitted = isFree ? inputs : sampled(inputs, traced.example)
  return [...made, { input: "real", inputs: fitted }]
})

const sampled = (inputs: HostTensors, example: HostTensors): HostTensors =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => {
      const [samples = 1] = example[name]?.shape ?? []
      return [name, Batch.resized(tensor, [samples, ...tensor.shape.slice(1)])]
    })
  )

const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** Weights on the host, by name. */
const weights = Effect.fnUntraced(function* <B, O, S>(
  task: Task<B, O, S>,
  { params, buffers }: Trained.Trained<unknown, B, O, S>["variables"]
) {
  const device = yield* Device
  const values: Record<string, HostTensors[string]> = {}
  for (const { name, shape } of task.model.parameters) {
    const tensor = params[name] ?? buffers[name]
    if (tensor !== undefined) values[name] = { data: yield* device.read(tensor), shape }
  }
  return values
})

/** What a format wrote. */
interface Written {
  readonly format: Format
  readonly files: { readonly [path: string]: Uint8Array | string }
  readonly about: { readonly [key: string]: unknown }
  readonly checks: ReadonlyArray<Check.Compared>
  readonly fixed: ReadonlyArray<string>
  readonly int8?: ExportQuality.Quality
}

/** `config.json` and `preprocessor_config.json`. */
const configs = <B>(name: string, task: string, { config = {}, preprocessor }: Exported<B>) => ({
  "config.json": text({ model_type: task, architectures: [name], ...config }),
  ...(preprocessor === undefined ? {} : { "preprocessor_config.json": text(preprocessor) })
})

/** A recorded net, and what it is compared with the engine on. */
interface Recorded<P, B, O, S> {
  readonly trained: Trained.Trained<P, B, O, S>
  readonly pass: Omit<Recorder.Pass, "instead">
  readonly traced: Tracing.Traced
  readonly cases: ReadonlyArray<Check.Case>
  readonly source: Source
  readonly data: Dataset<B> | undefined
}

/** What a format wrote, once it computes what the engine does. */
const compared = Effect.fnUntraced(function* <P, B, O, S, E>(
  { pass, traced, cases }: Recorded<P, B, O, S>,
  format: Format,
  { files, about, run: runs }: Made<E>
) {
  const checks = yield* Effect.forEach(cases, (one) => Check.compare(pass, one, runs))
  const fixed = traced.fixed.map(({ axes, problem }) => `${axes.what}: ${problem}`)
  const whole: Written = {
    format,
    files,
    about: { ...about, fixed, tolerance: Check.TOLERANCE, checks },
    checks,
    fixed
  }
  return whole
})

/** The net with weights of 8 bits beside the whole one, and what they cost. */
const smaller = Effect.fnUntraced(function* <P, B, O, S>(
  { trained, pass, traced, cases, source, data }: Recorded<P, B, O, S>,
  net: Lowered,
  whole: Written
) {
  const { files, about, run: runs } = yield* OnnxExport.quantised(traced, net, source)
  const isFree = traced.free.some(({ what }) => what === Tracing.BATCH)
  const quality =
    data !== undefined && isFree
      ? yield* ExportQuality.ofData(trained.task, (batch) => passOf(trained, batch), data, runs)
      : yield* ExportQuality.ofCases(pass, cases, runs)
  const both: Written = {
    ...whole,
    files: { ...whole.files, ...files },
    about: { ...whole.about, int8: { ...about, quality } },
    int8: quality
  }
  return both
})

const onnx = Effect.fnUntraced(function* <P, B, O, S>(
  recorded: Recorded<P, B, O, S>,
  { int8 = false }: Options
) {
  const { exported, net } = yield* OnnxExport.make(recorded.traced, recorded.source)
  const whole = yield* compared(recorded, "onnx", exported)
  return int8 ? yield* smaller(recorded, net, whole) : whole
})

/** The net as a graph, recorded once for all formats that hold it. */
const graphs = Effect.fnUntraced(function* <P, B, O, S>(
  trained: Trained.Trained<P, B, O, S>,
  { example, real, data, problem = "it was not asked for" }: Sources<B>,
  options: Options
) {
  const { task, saved } = trained
  if (example === undefined) return yield* new ExampleMissing({ task: task.name, problem })
  const pass = passOf(trained, example)
  const traced = yield* Tracing.trace(pass)
  const metadata = { task: task.name, checkpoint: saved.name, step: String(saved.state.step) }
  const recorded: Recorded<P, B, O, S> = {
    trained,
    pass,
    traced,
    cases: yield* casesOf(trained, traced, real),
    source: { name: task.model.name, version: options.versions["anneal"] ?? "", metadata },
    data
  }
  const all: Array<Written> = []
  if (options.formats.includes("onnx")) all.push(yield* onnx(recorded, options))
  if (options.formats.includes("tfjs"))
    all.push(yield* compared(recorded, "tfjs", yield* TfjsExport.make(traced, recorded.source)))
  return all
})

const safetensors = Effect.fnUntraced(function* <P, B, O, S>({
  task,
  variables
}: Trained.Trained<P, B, O, S>) {
  const made = yield* SafetensorsExport.make(task.model, yield* weights(task, variables))
  const written: Written = { format: "safetensors", ...made, checks: [], fixed: [] }
  return written
})

const everything = Effect.fnUntraced(function* <P, B, O, S>(
  trained: Trained.Trained<P, B, O, S>,
  described: Sources<B>,
  options: Options
) {
  const progress = yield* Progress
  const { problem } = described
  if (problem !== undefined && described.example !== undefined)
    yield* progress.warn(`the export is compared with the engine on made-up numbers only: ${problem}`)
  const nets = options.formats.some(isGraph) ? yield* graphs(trained, described, options) : []
  return options.formats.includes("safetensors") ? [...nets, yield* safetensors(trained)] : nets
})

/** Fails before anything is loaded if what checks a format is not installed. */
const requirements = Effect.fnUntraced(function* (formats: ReadonlyArray<Format>) {
  if (formats.includes("onnx")) yield* OnnxRuntime.check
  if (formats.includes("tfjs")) yield* TfjsExport.check
})

/** `export.json`. */
const record = Effect.fnUntraced(function* <P, B, O, S>(
  { task, saved }: Trained.Trained<P, B, O, S>,
  all: ReadonlyArray<Written>,
  versions: Options["versions"]
) {
  const { info } = yield* Device
  return text({
    task: task.name,
    model: task.model.name,
    checkpoint: { name: saved.name, epoch: saved.state.epoch, step: saved.state.step },
    engine: info.name,
    versions: { ...versions, ...info.versions },
    ...Object.fromEntries(all.map(({ format, about }) => [format, about]))
  })
})

/** Exports a checkpoint. Nothing is written unless every check holds. */
export const run = Effect.fn("Export.run")(function* <P, T, Q, B, O, S>(
  module: TaskModule<P, T, Q, B, O, S>,
  options: Options
) {
  const path = yield* Path.Path
  const folder = path.resolve(options.out)
  yield* Folder.check(folder, options.overwrite === true)
  yield* requirements(options.formats)
  yield* RunLayers.requirements(module)
  const implementation = yield* Loading.implementation(module)
  const trained = yield* Trained.load({
    name: module.name,
    keys: module.plan,
    implementation,
    experiment: path.resolve("."),
    reference: options.checkpoint,
    changes: {}
  })
  const { task, saved } = trained
  const described = yield* sources(implementation, trained, options)
  const all = yield* everything(trained, described, options)
  const files: Written["files"] = Object.assign(
    configs(task.model.name, task.name, described),
    ...all.map((one) => one.files),
    { "export.json": yield* record(trained, all, options.versions) }
  )
  yield* Folder.write(folder, files)
  const checks = all.flatMap((one) => one.checks)
  const outcome: ExportOutcome = {
    folder,
    files: Object.entries(files).map(([name, content]) => ({
      path: name,
      bytes: Buffer.byteLength(content)
    })),
    checks,
    difference: Math.max(0, ...checks.map(({ relative }) => relative)),
    checkpoint: saved.path,
    fixed: all[0]?.fixed ?? [],
    int8: all.find((one) => one.int8 !== undefined)?.int8
  }
  return outcome
}, Effect.scoped)
