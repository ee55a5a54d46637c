/** A run directory in memory: what a test asks of the files that were written, and of the record of the run. */
import { posix } from "node:path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import { RunDirectory, RunDirectoryError, RunRecord } from "../pipeline/run/RunDirectory.ts"

type Facts = typeof RunRecord.Type

export interface MemoryRunDirectory {
  readonly service: RunDirectory["Service"]
  /** As the directory on disk, it ends with its scope: `record().status` then says how. */
  readonly layer: Layer.Layer<RunDirectory>
  /** What was written, by path relative to the directory; bytes and text as they were given. */
  readonly files: ReadonlyMap<string, string | Uint8Array>
  /** The record of the run, which on disk is `run.json`. */
  readonly record: () => RunRecord
}

const begun: Facts = {
  id: "memory",
  kind: "train",
  status: "running",
  started: "1970-01-01T00:00:00.000Z",
  ended: null,
  command: [],
  seed: 0,
  git: null,
  versions: {},
  engine: null,
  steps: 0,
  metrics: {},
  checkpoints: [],
  error: null,
  parent: null,
  resumes: [],
  overrides: [],
  data: {},
  durations: {},
  peakMemory: null
}

const root = "/memory/run"

const outside = (relative: string) =>
  new RunDirectoryError({
    path: root,
    problem: `"${relative}" lies outside of the run directory`,
    cure: "Name a file inside it"
  })

const inside = (relative: string): Effect.Effect<string, RunDirectoryError> => {
  const clean = posix.normalize(relative)
  return posix.isAbsolute(clean) || clean.startsWith("..")
    ? Effect.fail(outside(relative))
    : Effect.succeed(clean)
}

const sentenceOf = (error: unknown): string =>
  Predicate.hasProperty(error, "message") ? String(error.message) : String(error)

/** How the record describes an exit, unless the program recorded its status itself. */
const endOf = (exit: Exit.Exit<unknown, unknown>): Partial<Facts> => {
  if (Exit.isSuccess(exit)) return { status: "done" }
  if (Cause.hasInterruptsOnly(exit.cause)) return { status: "interrupted" }
  return { status: "failed", error: sentenceOf(Cause.squash(exit.cause)) }
}

/** A directory that outlives its layers; `facts` are those of the record that are to differ, such as the seed. */
export const make = (facts: Partial<Facts> = {}): MemoryRunDirectory => {
  const files = new Map<string, string | Uint8Array>()
  let record = new RunRecord({ ...begun, ...facts })
  const update = (change: Partial<Facts>) =>
    Effect.sync(() => {
      record = new RunRecord({ ...record, ...change })
    })
  const service = RunDirectory.of({
    path: root,
    id: record.id,
    file: (relative) => Effect.map(inside(relative), (path) => `${root}/${path}`),
    write: (relative, content) =>
      Effect.map(inside(relative), (path) => {
        files.set(path, content)
      }),
    update,
    record: Effect.sync(() => record)
  })
  const opened = Effect.acquireRelease(Effect.succeed(service), (_, exit) =>
    record.status === "running" ? update(endOf(exit)) : Effect.void
  )
  return { service, layer: Layer.effect(RunDirectory, opened), files, record: () => record }
}

/** A directory of its own for each time that it is built. */
export const layer: Layer.Layer<RunDirectory> = Layer.unwrap(Effect.sync(() => make().layer))
