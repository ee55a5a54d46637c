/** The parts of a run that MLflow keeps as files: pictures, texts, histograms, and checkpoints as models. */
import { basename } from "node:path"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { DeliveryError } from "../spool/Delivery.ts"
import type { SpooledArtifact, SpooledEntry } from "../spool/Entry.ts"
import * as RunFiles from "../spool/RunFiles.ts"

export interface ArtifactFile {
  /** Relative to the run's artifacts. */
  readonly name: string
  readonly bytes: Effect.Effect<Uint8Array, DeliveryError>
}

const text = (words: string) => Effect.succeed(new TextEncoder().encode(words))

const safe = (name: string): string => name.replaceAll(/[^\w./-]/g, "_").replaceAll("..", "_")

/** The files of an entry; none for entries without files. */
export const filesOf = (
  fs: FileSystem.FileSystem,
  run: RunFiles.RunFolder,
  entry: SpooledEntry
): ReadonlyArray<ArtifactFile> => {
  switch (entry._tag) {
    case "Image":
      return [
        {
          name: `images/${safe(entry.name)}_${entry.step}.png`,
          bytes: RunFiles.read(fs, run, entry.file)
        }
      ]
    case "Text":
      return [{ name: `texts/${safe(entry.name)}_${entry.step}.txt`, bytes: text(entry.text) }]
    case "Table": {
      const { columns, rows } = entry.table
      return [
        {
          name: `tables/${safe(entry.name)}_${entry.step}.json`,
          bytes: text(JSON.stringify({ columns, data: rows }))
        }
      ]
    }
    case "Histogram": {
      const { edges, counts, name, step } = entry
      return [
        { name: `histograms/${safe(name)}_${step}.json`, bytes: text(JSON.stringify({ edges, counts })) }
      ]
    }
    case "Hyperparameters":
      return [{ name: "plan.json", bytes: text(JSON.stringify(entry.plan, null, 2)) }]
    default:
      return []
  }
}

/** The file that marks a folder as a model for MLflow (mlflow/models/model.py, `MLmodel`); JSON is YAML. */
const modelFile = (path: string, runId: string, { name, time }: SpooledArtifact): string =>
  `${JSON.stringify({
    artifact_path: path,
    flavors: { anneal: { data: ".", checkpoint: name } },
    run_id: runId,
    utc_time_created: DateTime.formatIso(DateTime.makeUnsafe(time)).replace("T", " ").replace("Z", "")
  })}\n`

/** A checkpoint's files as a model; none if it is gone. */
export const modelOf = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  run: RunFiles.RunFolder,
  runId: string,
  checkpoint: SpooledArtifact
): Effect.fn.Return<ReadonlyArray<ArtifactFile>, DeliveryError> {
  const files = yield* RunFiles.list(fs, run, checkpoint.path)
  if (files.length === 0) return []
  const path = `checkpoints/${safe(checkpoint.name)}`
  return [
    { name: `${path}/MLmodel`, bytes: text(modelFile(path, runId, checkpoint)) },
    ...files.map((file) => ({
      name: `${path}/${file.name === "" ? basename(file.path) : file.name}`,
      bytes: RunFiles.read(fs, run, file.path)
    }))
  ]
})

/**
 * Where the server keeps a run's artifacts, in the terms of its upload interface: `1/<run>/artifacts` for
 * `mlflow-artifacts:/1/<run>/artifacts`. Undefined if artifacts do not go through the server.
 */
export const rootOf = (uri: string): string | undefined =>
  /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/s.exec(uri)?.[1]
