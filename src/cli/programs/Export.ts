/** The program of `anneal export`: finds the checkpoint and its task, exports it, and says what came of it. */
import { dirname, resolve } from "node:path"
import packageJson from "anneal/package.json" with { type: "json" }
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as CheckpointReference from "../../layers/checkpoint/CheckpointReference.ts"
import * as Workers from "../../layers/data/Workers.ts"
import * as Device from "../../layers/device/Device.ts"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import * as RunRecordFile from "../../layers/run/RunRecordFile.ts"
import type { EngineName } from "../../pipeline/device/Device.ts"
import * as BestCheckpoint from "../../runs/BestCheckpoint.ts"
import * as Export from "../../runs/Export.ts"
import * as ModuleThrew from "../ModuleThrew.ts"
import * as ProgressLine from "../ProgressLine.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as Text from "../terminal/Text.ts"
import * as TaskChoice from "./module/TaskChoice.ts"
import * as Registry from "./runs/Registry.ts"

export interface Input {
  /** A run directory, a checkpoint, or the name of a run. */
  readonly from: string
  readonly to: ReadonlyArray<Export.Format>
  readonly out: string
  readonly task: Option.Option<string>
  readonly accelerator: "auto" | EngineName
  readonly int8: boolean
  readonly overwrite: boolean
  readonly noData: boolean
  readonly json: boolean
}

/** What is named by its path, or else by the name of its run. */
const find = Effect.fnUntraced(function* (from: string) {
  const fs = yield* FileSystem.FileSystem
  if (yield* fs.exists(resolve(from))) return yield* BestCheckpoint.at(from)
  const run = yield* Registry.using(Option.none(), (registry) => registry.find(from))
  return yield* BestCheckpoint.ofRun(run.path)
})

/** The task that is named, or that the run or the checkpoint names. */
const taskOf = Effect.fnUntraced(function* (
  { checkpoint, run }: BestCheckpoint.Found,
  named: Option.Option<string>
) {
  if (Option.isSome(named)) return named.value
  const fs = yield* FileSystem.FileSystem
  const record = run === undefined ? undefined : yield* RunRecordFile.read(fs, run)
  if (record?.task !== undefined) return record.task.module ?? record.task.name
  return (yield* CheckpointReference.stateOf(fs, dirname(checkpoint), checkpoint)).task
})

const size = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1)} MB`

/** What weights of 8 bits cost. */
const cost = ({
  samples,
  engine,
  int8,
  difference
}: NonNullable<Export.ExportOutcome["int8"]>): ReadonlyArray<Text.Line> => {
  const plain = (metrics: typeof engine) =>
    Object.entries(metrics)
      .filter(([name]) => !name.includes("/"))
      .map(([name, value]) => `${name} ${value.toFixed(4)}`)
      .join(", ")
  const measured: ReadonlyArray<Text.Line> =
    samples === 0
      ? []
      : [
          [Text.dim("           "), Text.plain(`on ${Text.count(samples, "sample")}: ${plain(int8)}`)],
          [Text.dim("           "), Text.plain(`in 32 bits: ${plain(engine)}`)]
        ]
  return [
    [
      Text.dim("int8       "),
      Text.plain(`outputs at most ${difference.toExponential(1)} apart from the engine's`)
    ],
    ...measured
  ]
}

const summary = (outcome: Export.ExportOutcome, cwd: string): ReadonlyArray<Text.Line> => {
  const { folder, checkpoint, files, checks, difference, fixed, int8 } = outcome
  const compared =
    checks.length === 0
      ? []
      : [
          [
            Text.dim("compared   "),
            Text.plain(
              `with the engine on ${Text.count(checks.length, "input")}: at most ${difference.toExponential(1)} apart`
            )
          ]
        ]
  return [
    [Text.bold("exported"), Text.plain(` ${Text.path(checkpoint, cwd)}`)],
    [Text.dim("folder     "), Text.plain(Text.path(folder, cwd))],
    ...files.map(
      ({ path, bytes }): Text.Line => [Text.dim("           "), Text.plain(`${path}, ${size(bytes)}`)]
    ),
    ...compared,
    ...(int8 === undefined ? [] : cost(int8)),
    ...fixed.map((why): Text.Line => [Text.dim("fixed      "), Text.plain(why)])
  ]
}

const usual = { devices: 1, strategy: "auto", precision: "32-true" } as const

export const run = Effect.fn("export")(function* (input: Input) {
  const found = yield* find(input.from)
  const { module } = yield* TaskChoice.load(yield* taskOf(found, input.task))
  const layer = Workers.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(ImageCodec.layer, Canvas.layer)),
    Layer.provideMerge(ProgressLine.layer({ everySteps: 50, objective: module.objective })),
    Layer.provideMerge(Device.layer({ accelerator: input.accelerator, ...usual }))
  )
  const outcome = yield* module
    .use((known) =>
      Export.run(known, {
        checkpoint: found.checkpoint,
        formats: input.to,
        out: input.out,
        int8: input.int8,
        overwrite: input.overwrite,
        data: !input.noData,
        versions: { anneal: packageJson.version, node: process.versions.node }
      })
    )
    .pipe(Effect.provide(layer))
  if (input.json) return yield* StandardOutput.json(outcome)
  yield* StandardOutput.lines(() => summary(outcome, process.cwd()))
}, ModuleThrew.reported)
