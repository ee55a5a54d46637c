/** What `resume` means: the run directory that is continued, and the checkpoint that it is resumed from. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as CheckpointReference from "../layers/checkpoint/CheckpointReference.ts"
import * as Choice from "../layers/checkpoint/Choice.ts"
import * as Durable from "../layers/internal/Durable.ts"
import * as RunRecordFile from "../layers/run/RunRecordFile.ts"
import type { RunDirectoryError, RunRecord } from "../pipeline/run/RunDirectory.ts"
import { CheckpointError } from "../pipeline/train/Checkpoints.ts"

export interface Resume {
  /** The run directory of this run. */
  readonly directory: string
  /** Whether it already holds the run. */
  readonly reopen: boolean
  /** The checkpoint that the trainer resumes from; undefined: it starts at the first step. */
  readonly from: string | undefined
  /** The run of the checkpoint, if it is another one. */
  readonly parent: string | undefined
}

const unreadable = (path: string) => (error: PlatformError) =>
  new CheckpointError({
    path,
    problem: `it cannot be read: ${error.reason._tag}`,
    cure: "Make the folder readable, or name another run"
  })

/** Whether there is something at a path; below a plain file, which may lie beside run directories, there is nothing. */
const exists = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs
    .exists(path)
    .pipe(
      Effect.catchTag("PlatformError", (error) =>
        Durable.codeOf(error) === "ENOTDIR" ? Effect.succeed(false) : Effect.fail(unreadable(path)(error))
      )
    )
})

/** A sweep's folder holds its `multirun.yaml` beside its runs. */
const isFolder = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const { type } = yield* fs.stat(path).pipe(Effect.mapError(unreadable(path)))
  return type === "Directory"
})

/** The name of the run that ran last, if it is not the latest by name. */
const lastFile = ".last"

/** The run directories of an experiment, the latest name first; names begin with the time. */
const byName = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (!(yield* exists(folder))) return []
  const names = yield* fs.readDirectory(folder).pipe(Effect.mapError(unreadable(folder)))
  const runs: Array<string> = []
  for (const name of names
    .filter((one) => !one.startsWith("."))
    .toSorted()
    .toReversed()) {
    const run = path.join(folder, name)
    if ((yield* isFolder(run)) && (yield* exists(path.join(run, "run.json")))) runs.push(run)
  }
  return runs
})

/** The run directory of an experiment that was started or resumed last. */
const newestIn = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const runs = yield* byName(folder)
  const noted = path.join(folder, lastFile)
  if (!(yield* exists(noted))) return runs[0]
  const last = yield* fs.readFileString(noted).pipe(Effect.mapError(unreadable(noted)))
  return runs.find((run) => path.basename(run) === last.trim()) ?? runs[0]
})

/** The newest run of an experiment. */
export interface LastRun {
  /** Absolute path of the run directory. */
  readonly path: string
  readonly record: RunRecord
  /** Folder of the best checkpoint by what was monitored; undefined if none was. */
  readonly best: string | undefined
  /** Folder of the newest checkpoint; undefined if there is none. */
  readonly last: string | undefined
}

/** Which runs are meant by the newest: those in `<outputDir>/<kind>/<task>/<experiment>`. */
export interface Experiment {
  /** The task's name, such as `digits`. */
  readonly task: string
  /** `exp_name`; `quickstart` by default. */
  readonly experiment?: string | undefined
  /** `train` by default. */
  readonly kind?: RunRecord["kind"] | undefined
  /** `paths.output_dir`; `outputs/experiments` by default. */
  readonly outputDir?: string | undefined
}

/** The run of an experiment that was started or resumed last, with its checkpoints; none if there is none. */
export const last = Effect.fn("Resume.last")(function* ({
  task,
  experiment = "quickstart",
  kind = "train",
  outputDir = "outputs/experiments"
}: Experiment): Effect.fn.Return<
  Option.Option<LastRun>,
  CheckpointError | RunDirectoryError,
  FileSystem.FileSystem | Path.Path
> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const run = yield* newestIn(path.resolve(outputDir, kind, task, experiment))
  if (run === undefined) return Option.none()
  const record = yield* RunRecordFile.read(fs, run)
  const saved = yield* CheckpointReference.wholeIn(fs, path.join(run, "checkpoints"))
  return Option.some({ path: run, record, best: Choice.best(saved)?.path, last: saved.at(-1)?.path })
})

/**
 * Notes that the run in `directory` is the last one, if the names of the runs beside it say otherwise: a new run has an
 * older name if the clock was set back, and a resumed run keeps its name.
 */
export const remember = Effect.fn("Resume.remember")(
  function* (directory: string) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const folder = path.dirname(directory)
    const noted = path.join(folder, lastFile)
    const [latest] = yield* byName(folder)
    if (latest !== directory) yield* fs.writeFileString(noted, `${path.basename(directory)}\n`)
    else if (yield* fs.exists(noted)) yield* fs.remove(noted)
  },
  Effect.catch(({ message }) =>
    Effect.logWarning(`the last run cannot be noted, so resume=last takes the latest name: ${message}`)
  )
)

/** Whether there is a checkpoint; a run that was stopped before its first step has none. */
const hasCheckpoint = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.join(directory, "checkpoints")
  if (!(yield* exists(folder))) return false
  const names = yield* fs.readDirectory(folder).pipe(Effect.mapError(unreadable(folder)))
  return names.some((name) => !name.startsWith("."))
})

/** Continues a run directory: from its last checkpoint, or from the start if it has none. */
const reopened = Effect.fnUntraced(function* (directory: string) {
  const from = (yield* hasCheckpoint(directory)) ? "last" : undefined
  return { directory, reopen: true, from, parent: undefined }
})

const newest = Effect.fnUntraced(function* (experiment: string, resume: string) {
  const run = yield* newestIn(experiment)
  if (run !== undefined) return run
  return yield* new CheckpointError({
    path: experiment,
    problem: `resume=${resume} finds no run in it`,
    cure: "Repeat the exp_name=… of the run, or name its directory: resume=<run directory>"
  })
})

/**
 * Finds what is resumed. `last` is the run beside `directory` that ran last; a run directory is reopened; a checkpoint
 * starts a run of its own in `directory`, whose parent is the run of the checkpoint.
 */
export const find = Effect.fn("Resume.find")(function* (
  directory: string,
  resume: string | null
): Effect.fn.Return<Resume, CheckpointError, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  if (resume === null) return { directory, reopen: false, from: undefined, parent: undefined }
  if (resume === "last") return yield* reopened(yield* newest(path.dirname(directory), resume))
  const named = path.resolve(resume)
  if (yield* exists(path.join(named, "run.json"))) return yield* reopened(named)
  const parent = path.dirname(path.dirname(named))
  const isOfRun = yield* exists(path.join(parent, "run.json"))
  return { directory, reopen: false, from: named, parent: isOfRun ? parent : undefined }
})

/** The checkpoint folder and reference that `checkpoint_path` means for test and predict. */
export const checkpoint = Effect.fn("Resume.checkpoint")(function* (experiment: string, reference: string) {
  const path = yield* Path.Path
  if (reference !== "best" && reference !== "last") {
    return { folder: path.resolve("."), reference: path.resolve(reference) }
  }
  const run = yield* newestIn(experiment)
  if (run !== undefined) return { folder: path.join(run, "checkpoints"), reference }
  return yield* new CheckpointError({
    path: experiment,
    problem: `checkpoint_path=${reference} finds no training run in it`,
    cure: "Train first (anneal train), repeat the exp_name=… of the run, or name a checkpoint: checkpoint_path=<folder>"
  })
})
