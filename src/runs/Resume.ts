/** What `resume` means: the run directory that is continued, and the checkpoint that it is resumed from. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
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

const exists = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.exists(path).pipe(Effect.mapError(unreadable(path)))
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
