/** What `resume` means: which run directory goes on, and from which checkpoint. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import { CheckpointError } from "../pipeline/train/Checkpoints.ts"

export interface Resume {
  /** The run directory of this run. */
  readonly directory: string
  /** It holds a run already. */
  readonly reopen: boolean
  /** What the trainer resumes from; absent begins at the first step. */
  readonly from: string | undefined
  /** The run that the checkpoint belongs to, when it is another. */
  readonly parent: string | undefined
}

const unreadable = (path: string) => (error: PlatformError) =>
  new CheckpointError({
    path,
    problem: `it cannot be read: ${error.reason._tag}`,
    cure: "Let this user read the folder, or name another run"
  })

const exists = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.exists(path).pipe(Effect.mapError(unreadable(path)))
})

/** Beside runs whose names tell another order than they ran in: the name of the one that ran last. */
const lastFile = ".last"

/** Run directories of an experiment by their names, which begin with their time, the latest first. */
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
    if (yield* exists(path.join(folder, name, "run.json"))) runs.push(path.join(folder, name))
  }
  return runs
})

/** The run directory of an experiment that was begun or taken up last. */
const newestIn = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const runs = yield* byName(folder)
  const told = path.join(folder, lastFile)
  if (!(yield* exists(told))) return runs[0]
  const last = yield* fs.readFileString(told).pipe(Effect.mapError(unreadable(told)))
  return runs.find((run) => path.basename(run) === last.trim()) ?? runs[0]
})

/**
 * Remembers that the run in `directory` runs now, where the names of the runs beside it tell otherwise: a clock that was
 * set back gives a new run an older name, and a run that is taken up again keeps the one that it has.
 */
export const remember = Effect.fn("Resume.remember")(
  function* (directory: string) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const folder = path.dirname(directory)
    const told = path.join(folder, lastFile)
    const [latest] = yield* byName(folder)
    if (latest !== directory) yield* fs.writeFileString(told, `${path.basename(directory)}\n`)
    else if (yield* fs.exists(told)) yield* fs.remove(told)
  },
  Effect.catch(({ message }) =>
    Effect.logWarning(`which run is the last cannot be noted, so that resume=last goes by names: ${message}`)
  )
)

/** Whether anything was saved; a run that was stopped before its first step saved nothing. */
const hasCheckpoint = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.join(directory, "checkpoints")
  if (!(yield* exists(folder))) return false
  const names = yield* fs.readDirectory(folder).pipe(Effect.mapError(unreadable(folder)))
  return names.some((name) => !name.startsWith("."))
})

/** Goes on in a run directory: from its last checkpoint, or from the start when it has none. */
const reopened = Effect.fnUntraced(function* (directory: string) {
  const from = (yield* hasCheckpoint(directory)) ? "last" : undefined
  return { directory, reopen: true, from, parent: undefined }
})

const newest = Effect.fnUntraced(function* (experiment: string, resume: string) {
  const run = yield* newestIn(experiment)
  if (run !== undefined) return run
  return yield* new CheckpointError({
    path: experiment,
    problem: `resume=${resume} finds no run there`,
    cure: "Repeat the overrides of the run (exp_name=…), or name its directory: resume=<run directory>"
  })
})

/**
 * Finds what goes on. `last` is the run beside `directory` that ran last; a run directory is reopened; a checkpoint
 * begins a run of its own in `directory`, whose parent is the checkpoint's run.
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
    problem: `checkpoint_path=${reference} finds no training run there`,
    cure: "Train first (anneal train), repeat its exp_name=…, or name a checkpoint: checkpoint_path=<folder>"
  })
})
