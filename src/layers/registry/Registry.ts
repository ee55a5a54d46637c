/**
 * The registry of runs: finds, compares and removes them in milliseconds. The run directories are the source of
 * truth; the registry beside them is a copy in SQLite that is rebuilt whenever it is missing.
 */
import { basename, isAbsolute, join, resolve } from "node:path"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Durable from "../internal/Durable.ts"
import * as RunRecordFile from "../run/RunRecordFile.ts"
import * as PruneRule from "./PruneRule.ts"
import * as RegistryDatabase from "./RegistryDatabase.ts"
import * as RunComparison from "./RunComparison.ts"
import * as RunCourse from "./RunCourse.ts"
import { type CheckpointEntry, RegistryError, type RunEntry } from "./RunEntry.ts"
import * as RunFilter from "./RunFilter.ts"
import * as RunPlan from "./RunPlan.ts"
import * as RunRanking from "./RunRanking.ts"
import * as RunScan from "./RunScan.ts"
import * as RunSeries from "./RunSeries.ts"

export interface ListOptions {
  /** Conditions such as `status=done` or `val/hmean>=0.8`; all must hold. */
  readonly where?: ReadonlyArray<string>
  /** A column or metric; with a minus, greatest first. `objective`: the best of each task first. Newest first by default. */
  readonly sort?: string
  readonly limit?: number
}

export interface RunFacts {
  readonly run: RunEntry
  readonly checkpoints: ReadonlyArray<CheckpointEntry>
}

export interface RunDetails extends RunFacts {
  readonly series: ReadonlyArray<RunSeries.Series>
}

/** The courses of metrics, by the path of the run. */
export type Courses = ReadonlyMap<string, ReadonlyArray<RunCourse.Course>>

export class Registry extends Context.Service<
  Registry,
  {
    readonly list: (options?: ListOptions) => Effect.Effect<ReadonlyArray<RunEntry>, RegistryError>
    /** The run that a reference means: `last`, an id or its beginning, a path, or a folder's name. */
    readonly find: (reference: string) => Effect.Effect<RunEntry, RegistryError>
    readonly facts: (reference: string) => Effect.Effect<RunFacts, RegistryError>
    /** With every logged value, however many there are. */
    readonly show: (reference: string) => Effect.Effect<RunDetails, RegistryError>
    /** The course of the metrics of runs, in few points; what was read once is kept. */
    readonly courses: (runs: ReadonlyArray<RunEntry>) => Effect.Effect<Courses, RegistryError>
    readonly compare: (
      references: ReadonlyArray<string>
    ) => Effect.Effect<RunComparison.Comparison, RegistryError>
    /** Updates the registry from a run's directory as it is now; a run that is gone is removed from it. */
    readonly record: (path: string) => Effect.Effect<void, RegistryError>
    /** Removes the runs' directories; a running one is refused, and then none is removed. */
    readonly remove: (
      references: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<RunEntry>, RegistryError>
    /** The runs that a rule selects for `remove`; nothing is removed here. */
    readonly prunable: (rule: PruneRule.PruneRule) => Effect.Effect<ReadonlyArray<RunEntry>, RegistryError>
    /** Rebuilds the registry from the run directories; returns how many runs there are. */
    readonly reindex: Effect.Effect<number, RegistryError>
  }
>()("anneal/layers/registry/Registry") {}

const cannot = (path: string, what: string) => (error: PlatformError) =>
  new RegistryError({
    path,
    problem: `${what}: ${Durable.problemOf(error)}`,
    cure: "Let this user read and write there"
  })

/** The `sort` that each task decides: the direction is that of its objective. */
const byObjective = "objective"

const newestFirst: RunFilter.Order = { key: "started", descending: true }

const databaseFile = "registry.sqlite"

interface Parts {
  readonly fs: FileSystem.FileSystem
  /** Absolute path of the folder with all runs. */
  readonly root: string
  readonly database: RegistryDatabase.RegistryDatabase
}

const recordAll = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  database: RegistryDatabase.RegistryDatabase,
  paths: ReadonlyArray<string>
): Effect.fn.Return<void, RegistryError> {
  if (paths.length === 0) return
  const found = yield* Effect.forEach(paths, (path) => RunScan.read(fs, path), { concurrency: 16 })
  yield* database.put(found.flatMap(Option.toArray))
  yield* database.remove(paths.filter((_, i) => Option.isNone(found[i] ?? Option.none())))
})

/** How many of the newest runs are checked again: a run is resumed soon, or asked for by name. */
const looked = 200

/** Runs whose record was written after it was last read. */
const rewritten = Effect.fnUntraced(function* ({
  fs,
  database
}: Parts): Effect.fn.Return<ReadonlyArray<string>, RegistryError> {
  const newest = yield* database.newest(looked)
  const times = yield* Effect.forEach(newest, ({ path }) => RunScan.written(fs, path), { concurrency: 16 })
  return newest.filter(({ written }, i) => written !== times[i]).map(({ path }) => path)
})

/**
 * Brings the registry up to date with the folders: adds unknown runs, removes those whose folder is gone, and reads
 * those again that changed, or whose status is running and which may have crashed.
 */
const refresh = Effect.fnUntraced(function* (parts: Parts): Effect.fn.Return<void, RegistryError> {
  const { fs, root, database } = parts
  const there = new Set(yield* RunScan.usualPlaces(fs, root))
  const known = yield* database.paths
  const where = [{ key: "status", operator: "=" as const, value: "running" }]
  const running = yield* database.list({ where, order: newestFirst, limit: undefined })
  const paths = [
    ...[...there].filter((path) => !known.has(path)),
    ...[...known].filter((path) => path.startsWith(`${root}/`) && !there.has(path)),
    ...running.map(({ path }) => path),
    ...(yield* rewritten(parts))
  ]
  yield* recordAll(fs, database, [...new Set(paths)])
})

const reindex = Effect.fnUntraced(function* ({
  fs,
  root,
  database
}: Parts): Effect.fn.Return<number, RegistryError> {
  const found = yield* RunScan.readAll(fs, root).pipe(
    Effect.mapError(cannot(root, "the runs cannot be read"))
  )
  const known = [...(yield* database.paths)]
  yield* database.remove(known)
  yield* database.put(found)
  // Runs in other folders, by hydra.run.dir, are known only because they were recorded.
  yield* recordAll(
    fs,
    database,
    known.filter((path) => !path.startsWith(`${root}/`))
  )
  return found.length
})

const list = Effect.fnUntraced(function* (
  parts: Parts,
  options: ListOptions
): Effect.fn.Return<ReadonlyArray<RunEntry>, RegistryError> {
  const where = yield* Effect.fromResult(Result.all((options.where ?? []).map(RunFilter.parse)))
  yield* refresh(parts)
  if (options.sort === byObjective) {
    const runs = yield* parts.database.list({ where, order: newestFirst, limit: undefined })
    return RunRanking.bestFirst(runs).slice(0, options.limit)
  }
  const order = options.sort === undefined ? newestFirst : RunFilter.parseOrder(options.sort)
  return yield* parts.database.list({ where, order, limit: options.limit })
})

/**
 * Runs that a reference may mean: by an exact match, otherwise by the beginning of an id or by the name of a folder.
 */
const meant = Effect.fnUntraced(function* (
  { database }: Parts,
  reference: string
): Effect.fn.Return<ReadonlyArray<RunEntry>, RegistryError> {
  const by = (key: string, operator: "=" | "~", value: string, limit?: number) =>
    database.list({ where: [{ key, operator, value }], order: newestFirst, limit })
  if (reference === "last" || reference === "latest") return yield* by("id", "~", "", 1)
  const exact = [...(yield* by("path", "=", resolve(reference))), ...(yield* by("id", "=", reference))]
  if (exact.length > 0) return exact
  const similar = [...(yield* by("id", "~", reference)), ...(yield* by("path", "~", `/${reference}`))]
  const fitting = similar.filter(({ id, path }) => id.startsWith(reference) || basename(path) === reference)
  return [...new Map(fitting.map((run) => [run.path, run])).values()]
})

const find = Effect.fnUntraced(function* (
  parts: Parts,
  reference: string
): Effect.fn.Return<RunEntry, RegistryError> {
  yield* refresh(parts)
  const [found, ...others] = yield* meant(parts, reference)
  if (found === undefined) {
    return yield* new RegistryError({
      path: parts.root,
      problem: `no run is called "${reference}"`,
      cure: "`anneal runs list` shows all runs; `anneal runs reindex` searches the folders again"
    })
  }
  if (others.length === 0) return found
  return yield* new RegistryError({
    path: parts.root,
    problem: `"${reference}" is ambiguous: it may mean ${[found, ...others].map(({ id }) => id).join(", ")}`,
    cure: "Give more characters of the id"
  })
})

const facts = Effect.fnUntraced(function* (
  parts: Parts,
  reference: string
): Effect.fn.Return<RunFacts, RegistryError> {
  const { path } = yield* find(parts, reference)
  yield* recordAll(parts.fs, parts.database, [path])
  const run = yield* find(parts, path)
  return { run, checkpoints: yield* parts.database.checkpoints(path) }
})

const show = Effect.fnUntraced(function* (
  parts: Parts,
  reference: string
): Effect.fn.Return<RunDetails, RegistryError> {
  const found = yield* facts(parts, reference)
  return { ...found, series: yield* RunSeries.read(parts.fs, found.run.path) }
})

/** Metrics of a run that cannot be read are reported; the result goes without them. */
const courses = Effect.fnUntraced(function* (
  { fs, database }: Parts,
  runs: ReadonlyArray<RunEntry>
): Effect.fn.Return<Courses, RegistryError> {
  const kept = yield* database.courses(runs.map(({ path }) => path))
  const unread: RunCourse.Read = { courses: [], keep: undefined }
  const readOne = (run: RunEntry) =>
    RunCourse.read(fs, run, kept.get(run.path)).pipe(
      Effect.catch((error) => Effect.as(Effect.logWarning(error.message), unread)),
      Effect.map((found) => ({ ...found, path: run.path }))
    )
  const read = yield* Effect.forEach(runs, readOne, { concurrency: 8 })
  yield* database.keepCourses(
    new Map(read.flatMap(({ path, keep }) => (keep === undefined ? [] : [[path, keep] as const])))
  )
  return new Map(read.map(({ path, courses }) => [path, courses]))
})

const compare = Effect.fnUntraced(function* (
  parts: Parts,
  references: ReadonlyArray<string>
): Effect.fn.Return<RunComparison.Comparison, RegistryError> {
  const runs = yield* Effect.forEach(references, (reference) => find(parts, reference))
  const compared = yield* Effect.forEach(runs, ({ id, path, metrics }) =>
    Effect.map(RunPlan.read(parts.fs, path), (plan) => ({ id, plan, metrics }))
  )
  return RunComparison.compare(compared, RunRanking.common(runs))
})

/** Removes a directory that still holds a run; anything else in its place is not ours to remove. */
const removeRun = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<void, PlatformError> {
  if (yield* fs.exists(join(path, RunRecordFile.name))) yield* fs.remove(path, { recursive: true })
})

const remove = Effect.fnUntraced(function* (
  parts: Parts,
  references: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<RunEntry>, RegistryError> {
  const runs = yield* Effect.forEach(references, (reference) => find(parts, reference))
  const running = runs.find(({ status }) => status === "running")
  if (running !== undefined) {
    return yield* new RegistryError({
      path: running.path,
      problem: `run ${running.id} is running`,
      cure: "Stop it first"
    })
  }
  for (const { path } of runs) {
    yield* removeRun(parts.fs, path).pipe(Effect.mapError(cannot(path, "the run cannot be removed")))
    yield* parts.database.remove([path])
  }
  return runs
})

/** Opens the registry's file, or creates it. */
const opened = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  root: string
): Effect.fn.Return<RegistryDatabase.RegistryDatabase, RegistryError, Scope.Scope> {
  yield* fs
    .makeDirectory(root, { recursive: true })
    .pipe(Effect.mapError(cannot(root, "the registry's folder cannot be created")))
  return yield* RegistryDatabase.open(join(root, databaseFile))
})

/** Runs in the registry in `root`, if it can be read at all; none means that it is damaged. */
const knownIn = (fs: FileSystem.FileSystem, root: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const database = yield* opened(fs, root)
      const known = yield* database.paths
      return { known, whole: yield* database.whole.pipe(Effect.catch(() => Effect.succeed(false))) }
    })
  ).pipe(Effect.catch(() => Effect.succeed({ known: new Set<string>(), whole: false })))

/**
 * Rebuilds the registry in `folder` from the run directories, even if its file is damaged; returns how many runs it
 * then has. Runs of a damaged registry that are in other folders are kept if they can still be read.
 */
export const rebuild = Effect.fn("Registry.rebuild")(function* (
  folder: string
): Effect.fn.Return<number, RegistryError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const root = resolve(folder)
  const { known, whole } = yield* knownIn(fs, root)
  const files = ["", "-wal", "-shm"].map((end) => join(root, `${databaseFile}${end}`))
  const remove = (file: string) =>
    fs
      .remove(file, { force: true })
      .pipe(Effect.mapError(cannot(file, "the damaged registry cannot be removed")))
  if (!whole) yield* Effect.forEach(files, remove, { discard: true })
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const database = yield* opened(fs, root)
      const count = yield* reindex({ fs, root, database })
      if (!whole)
        yield* recordAll(
          fs,
          database,
          [...known].filter((path) => !path.startsWith(`${root}/`))
        )
      return count
    })
  )
})

const make = Effect.fnUntraced(function* (
  folder: string
): Effect.fn.Return<Registry["Service"], RegistryError, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const root = resolve(folder)
  const database = yield* opened(fs, root)
  const parts = { fs, root, database }
  if (database.fresh) yield* reindex(parts)
  return Registry.of({
    list: (options = {}) => list(parts, options),
    find: (reference) => find(parts, reference),
    facts: (reference) => facts(parts, reference),
    show: (reference) => show(parts, reference),
    courses: (runs) => courses(parts, runs),
    compare: (references) => compare(parts, references),
    record: (path) => recordAll(fs, database, [isAbsolute(path) ? path : resolve(path)]),
    remove: (references) => remove(parts, references),
    prunable: (rule) =>
      Effect.gen(function* () {
        const runs = yield* list(parts, {})
        return PruneRule.decide(runs, rule, yield* Clock.currentTimeMillis)
      }),
    reindex: reindex(parts)
  })
})

/** The registry of the runs below `folder` (`paths.output_dir`), in `registry.sqlite` there. */
export const layer = (folder: string): Layer.Layer<Registry, RegistryError, FileSystem.FileSystem> =>
  Layer.effect(Registry, make(folder))
