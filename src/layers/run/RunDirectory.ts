/** The run directory on disk: created or reopened, locked, and its `run.json` correct however the run ends. */
import { randomUUID } from "node:crypto"
import { dirname, isAbsolute, join, normalize, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import type { ChildProcessSpawner } from "effect/process"
import type * as Scope from "effect/Scope"
import * as SynchronizedRef from "effect/SynchronizedRef"
import { RunDirectory, RunDirectoryError, RunRecord } from "../../pipeline/run/RunDirectory.ts"
import * as Durable from "../internal/Durable.ts"
import * as ProcessOwner from "./ProcessOwner.ts"
import * as RunLock from "./RunLock.ts"
import * as RunRecordFile from "./RunRecordFile.ts"

type Record = typeof RunRecord.Type

export interface RunDirectoryOptions extends RunRecordFile.RunFacts {
  /** Created if it does not exist; relative to the working folder. */
  readonly path: string
  /** Reopens the run in `path`; otherwise `path` must not hold a run. */
  readonly resume: boolean
  /**
   * If `path` belongs to another run, takes `<path>_2` or the next free name: for names made from the time, which
   * the user did not choose.
   */
  readonly numbered?: boolean
}

const encoder = new TextEncoder()

const cureOf = (error: PlatformError): string => {
  if (Durable.isExhausted(Durable.codeOf(error))) return "Raise that limit, or stop other programs"
  return Durable.isDiskFull(error)
    ? "Make room on that disk, or choose another folder with hydra.run.dir=<folder>"
    : "Let this user write there, or choose another folder with hydra.run.dir=<folder>"
}

const cannot = (path: string, what: string) => (error: PlatformError) =>
  new RunDirectoryError({
    path,
    problem: `${what}: ${Durable.problemOf(error)}`,
    cure: cureOf(error)
  })

const heldBy = (path: string, held: RunLock.LockHeld) =>
  new RunDirectoryError({
    path,
    problem: `process ${held.owner.pid} on ${held.owner.host} is using this run directory`,
    cure: RunLock.cureOf(held)
  })

/** `path` and the folders above it that do not exist, nearest first. */
const absentAbove = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<ReadonlyArray<string>, PlatformError> {
  const absent: Array<string> = []
  for (let at = path; !(yield* fs.exists(at)) && dirname(at) !== at; at = dirname(at)) absent.push(at)
  return absent
})

/** Removes empty folders, nearest first; stops at one that another process has put something into. */
const removeEmpty = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folders: ReadonlyArray<string>
): Effect.fn.Return<void, PlatformError> {
  for (const folder of folders) {
    if (!(yield* fs.exists(folder))) continue
    if ((yield* fs.readDirectory(folder)).length > 0) return
    yield* fs.remove(folder, { recursive: true })
  }
})

/** Creates the folder; if the run ends before anything was written into it, the new folders are removed again. */
const madeFolder = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<void, RunDirectoryError, Scope.Scope> {
  const unmake = (absent: ReadonlyArray<string>) => Effect.ignore(removeEmpty(fs, absent))
  const made = Effect.gen(function* () {
    const absent = yield* absentAbove(fs, path)
    yield* fs.makeDirectory(path, { recursive: true }).pipe(Effect.onError(() => unmake(absent)))
    return absent
  })
  yield* Effect.acquireRelease(made, unmake).pipe(
    Effect.mapError(cannot(path, "the run directory cannot be made"))
  )
})

const locked = (
  fs: FileSystem.FileSystem,
  path: string,
  owner: ProcessOwner.ProcessOwner
): Effect.Effect<void, RunDirectoryError | RunLock.LockHeld, Scope.Scope> =>
  RunLock.hold(fs, RunLock.pathIn(path), owner).pipe(
    Effect.catchTag("PlatformError", (error) =>
      Effect.fail(cannot(path, "the run directory cannot be locked")(error))
    )
  )

/** Whether the folder holds a run, or is about to. */
const isTaken = (fs: FileSystem.FileSystem, path: string): Effect.Effect<boolean, RunDirectoryError> =>
  Effect.all([fs.exists(join(path, RunRecordFile.name)), RunLock.isHeld(fs, RunLock.pathIn(path))]).pipe(
    Effect.map(([holdsRun, isHeld]) => holdsRun || isHeld),
    Effect.mapError(cannot(path, "the run directory cannot be read"))
  )

/** Creates and locks the folder, or, if allowed and the folder is taken, the next of its name; returns its path. */
const claimed = (
  fs: FileSystem.FileSystem,
  options: RunDirectoryOptions,
  owner: ProcessOwner.ProcessOwner,
  number = 1
): Effect.Effect<string, RunDirectoryError, Scope.Scope> =>
  Effect.gen(function* () {
    const path = resolve(number === 1 ? options.path : `${options.path}_${number}`)
    const next = Effect.suspend(() => claimed(fs, options, owner, number + 1))
    if (options.numbered === true && (yield* isTaken(fs, path))) return yield* next
    yield* madeFolder(fs, path)
    return yield* locked(fs, path, owner).pipe(
      Effect.as(path),
      Effect.catchTag("LockHeld", (held) =>
        // Taken by another process since the check.
        options.numbered === true ? next : Effect.fail(heldBy(path, held))
      )
    )
  })

/** The first record: a new one, or that of the resumed run. */
const begun = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  options: RunDirectoryOptions,
  owner: ProcessOwner.ProcessOwner
): Effect.fn.Return<RunRecord, RunDirectoryError, ChildProcessSpawner.ChildProcessSpawner> {
  if (options.resume) return yield* RunRecordFile.resumed(yield* RunRecordFile.read(fs, path), options)
  const taken = yield* fs
    .exists(join(path, RunRecordFile.name))
    .pipe(Effect.mapError(cannot(path, "the run directory cannot be read")))
  if (!taken) return yield* RunRecordFile.first(path, options, owner)
  return yield* new RunDirectoryError({
    path,
    problem: "it already holds a run",
    cure: `Continue it with resume=${path}, or \`resume: true\` in code. Or choose another folder: exp_name=…, seed=… or hydra.run.dir=…, or \`path\` in code`
  })
})

const inside = (path: string, relative: string): Effect.Effect<string, RunDirectoryError> => {
  const clean = normalize(relative)
  return isAbsolute(clean) || clean.startsWith("..")
    ? Effect.fail(
        new RunDirectoryError({
          path,
          problem: `"${relative}" lies outside of the run directory`,
          cure: "Name a file inside it"
        })
      )
    : Effect.succeed(join(path, clean))
}

/** A run directory may come from anywhere, and this run would write wherever a link in it leads. */
const checkLinks = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<void, RunDirectoryError> {
  const names = yield* fs
    .readDirectory(path, { recursive: true })
    .pipe(Effect.mapError(cannot(path, "the run directory cannot be read")))
  for (const name of names) {
    const link = yield* Effect.option(fs.readLink(join(path, name)))
    if (Option.isNone(link)) continue
    const target = resolve(path, dirname(name), link.value)
    if (target.startsWith(`${path}/`)) continue
    return yield* new RunDirectoryError({
      path,
      problem: `"${name}" is a link that leads out of it, to ${target}`,
      cure: "Replace the link by the file itself, or remove the link"
    })
  }
})

const make = Effect.fnUntraced(function* (
  options: RunDirectoryOptions
): Effect.fn.Return<
  RunDirectory["Service"],
  RunDirectoryError,
  FileSystem.FileSystem | ChildProcessSpawner.ChildProcessSpawner | Scope.Scope
> {
  const fs = yield* FileSystem.FileSystem
  if (options.resume) {
    yield* RunRecordFile.read(fs, resolve(options.path))
    yield* checkLinks(fs, resolve(options.path))
  }
  const owner = yield* ProcessOwner.self(randomUUID())
  return yield* opened(fs, yield* claimed(fs, options, owner), options, owner)
})

const opened = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  options: RunDirectoryOptions,
  owner: ProcessOwner.ProcessOwner
): Effect.fn.Return<
  RunDirectory["Service"],
  RunDirectoryError,
  ChildProcessSpawner.ChildProcessSpawner | Scope.Scope
> {
  const record = yield* SynchronizedRef.make(yield* begun(fs, path, options, owner))

  const put = (file: string, content: string | Uint8Array) =>
    Durable.replaceFile(fs, file, [typeof content === "string" ? encoder.encode(content) : content]).pipe(
      Effect.mapError(cannot(file, "it cannot be written"))
    )
  const keep = (next: RunRecord) =>
    Effect.as(put(join(path, RunRecordFile.name), `${JSON.stringify(next, null, 2)}\n`), next)
  const update = (change: Partial<Record>) =>
    SynchronizedRef.updateEffect(record, (old) => keep(new RunRecord({ ...old, ...change })))
  const file = Effect.fnUntraced(function* (relative: string): Effect.fn.Return<string, RunDirectoryError> {
    const inner = yield* inside(path, relative)
    yield* fs
      .makeDirectory(dirname(inner), { recursive: true })
      .pipe(Effect.mapError(cannot(inner, "its folder cannot be made")))
    return inner
  })

  const end = Effect.fnUntraced(function* (exit: Exit.Exit<unknown, unknown>) {
    const { status } = yield* SynchronizedRef.get(record)
    // A program that knows better than the exit, such as one that handles its own failure, has recorded the status
    // before.
    const said = status === "running" ? RunRecordFile.endOf(exit) : {}
    yield* update({ ...said, ended: yield* RunRecordFile.now }).pipe(
      Effect.catch((error) => Effect.logWarning(error.message))
    )
  })
  const unwrite = Effect.ignore(fs.remove(join(path, RunRecordFile.name), { force: true }))
  const begin = update({}).pipe(Effect.onError(() => (options.resume ? Effect.void : unwrite)))
  yield* Effect.acquireRelease(begin, (_, exit) => end(exit))

  return RunDirectory.of({
    path,
    id: (yield* SynchronizedRef.get(record)).id,
    file,
    write: (relative, content) => Effect.flatMap(file(relative), (inner) => put(inner, content)),
    update,
    record: SynchronizedRef.get(record)
  })
})

/**
 * The run directory at `options.path`, locked for this process until the scope closes. `run.json` exists from the
 * beginning; at the end its status is `done`, `failed` with the sentence, or `interrupted`.
 */
export const layer = (
  options: RunDirectoryOptions
): Layer.Layer<
  RunDirectory,
  RunDirectoryError,
  FileSystem.FileSystem | ChildProcessSpawner.ChildProcessSpawner
> => Layer.effect(RunDirectory, make(options))
