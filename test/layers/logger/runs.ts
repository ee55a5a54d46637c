/** A run directory for loggers that is only a folder. */
import { dirname, join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as RunLoggerLayer from "../../../src/layers/logger/RunLogger.ts"
import { LoggerPlan } from "../../../src/pipeline/plan/LoggerPlan.ts"
import { RunDirectory, RunRecord } from "../../../src/pipeline/run/RunDirectory.ts"
import { RunLogger } from "../../../src/pipeline/run/RunLogger.ts"

export const record = new RunRecord({
  id: "k3v9x0ab",
  kind: "train",
  status: "running",
  started: "2026-01-02T03:04:05.678Z",
  ended: null,
  command: ["anneal", "train", "seed=42"],
  seed: 42,
  git: null,
  versions: { anneal: "0.1.0" },
  engine: null,
  steps: 0,
  metrics: {},
  checkpoints: [],
  error: null,
  parent: null,
  resumes: [],
  overrides: ["seed=42"],
  data: {},
  durations: {},
  peakMemory: null
})

export const directoryAt = (path: string, facts: Partial<typeof RunRecord.Type> = {}) =>
  Layer.effect(
    RunDirectory,
    Effect.map(FileSystem.FileSystem, (fs) =>
      RunDirectory.of({
        path,
        id: record.id,
        file: (relative) =>
          Effect.orDie(fs.makeDirectory(dirname(join(path, relative)), { recursive: true })).pipe(
            Effect.as(join(path, relative))
          ),
        write: (relative, content) => Effect.orDie(fs.writeFile(join(path, relative), Buffer.from(content))),
        update: () => Effect.void,
        record: Effect.succeed(new RunRecord({ ...record, ...facts }))
      })
    )
  )

/** Runs `body` in a folder of its own, which goes afterwards. */
export const inFolder = <A, E, R>(
  body: (folder: string, fs: FileSystem.FileSystem) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | unknown, Exclude<R, FileSystem.FileSystem>> =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      return yield* body(yield* fs.makeTempDirectoryScoped({ prefix: "anneal-logger-" }), fs)
    })
  ).pipe(Effect.provide(NodeFileSystem.layer))

export const planOf = Schema.decodeUnknownSync(LoggerPlan, { errors: "all", onExcessProperty: "error" })

/** Logs to the sinks of `plan` in `folder`, opened anew. */
export const logging = <A, E, R>(
  folder: string,
  plan: Parameters<typeof planOf>[0],
  use: (logger: RunLogger["Service"]) => Effect.Effect<A, E, R>,
  options: RunLoggerLayer.RunLoggerOptions & {
    readonly fs?: FileSystem.FileSystem
    readonly facts?: Partial<typeof RunRecord.Type>
  } = {}
) => {
  const { facts, fs } = options
  const layer = RunLoggerLayer.layer(planOf(plan), options).pipe(Layer.provide(directoryAt(folder, facts)))
  const opened = fs === undefined ? layer : Layer.provide(layer, Layer.succeed(FileSystem.FileSystem, fs))
  return Effect.scoped(RunLogger.use(use).pipe(Effect.provide(opened, { local: true })))
}
