/** `run.json`: what a run was, is, and how it ended. */
import { createHash } from "node:crypto"
import { join } from "node:path"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as FileSystem from "effect/FileSystem"
import type { ChildProcessSpawner } from "effect/process"
import * as Schema from "effect/Schema"
import { RunDirectoryError, RunRecord } from "../../pipeline/run/RunDirectory.ts"
import * as Durable from "../internal/Durable.ts"
import * as Thrown from "../internal/Thrown.ts"
import * as Git from "./Git.ts"
import type { ProcessOwner } from "./ProcessOwner.ts"

export const name = "run.json"

/** The time in the format of `run.json`. */
export const now = Effect.map(DateTime.now, DateTime.formatIso)

/** What the caller provides for a new run. */
export interface RunFacts {
  readonly kind: RunRecord["kind"]
  readonly seed: number
  /** The command line, program first. */
  readonly command: ReadonlyArray<string>
  readonly overrides?: ReadonlyArray<string>
  /** Library name to version; Node's own is added. */
  readonly versions?: Readonly<{ [name: string]: string }>
  /** The run directory that this run's checkpoint came from, if it is another. */
  readonly parent?: string
}

/** Eight letters and digits, unique to the run: from its path, process and time. */
const idOf = (path: string, owner: ProcessOwner, started: string): string => {
  const digest = createHash("sha256")
    .update(JSON.stringify([path, owner, started]))
    .digest("hex")
  return BigInt(`0x${digest}`).toString(36).slice(0, 8)
}

const decodeRecord = Schema.decodeUnknownEffect(Schema.fromJsonString(RunRecord), { errors: "all" })

/** The record of a run directory; reading needs no lock. */
export const read = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<RunRecord, RunDirectoryError> {
  const text = yield* fs.readFileString(join(path, name)).pipe(
    Effect.mapError(
      (error) =>
        new RunDirectoryError({
          path,
          problem: `no run can be read here: ${name}: ${Durable.problemOf(error)}`,
          cure: "Name a run directory, such as outputs/experiments/train/…/<date>_<seed>"
        })
    )
  )
  return yield* decodeRecord(text).pipe(
    Effect.mapError(
      (error) =>
        new RunDirectoryError({
          path: join(path, name),
          problem: `it is not a run's record: ${error.message}`,
          cure: "It was edited by hand or written by another version; restore it, or start a new run"
        })
    )
  )
})

/** The record of a new run in `path`. */
export const first = Effect.fnUntraced(function* (
  path: string,
  facts: RunFacts,
  owner: ProcessOwner
): Effect.fn.Return<RunRecord, never, ChildProcessSpawner.ChildProcessSpawner> {
  const started = yield* now
  return new RunRecord({
    id: idOf(path, owner, started),
    kind: facts.kind,
    status: "running",
    started,
    ended: null,
    command: facts.command,
    seed: facts.seed,
    git: yield* Git.stateOf(process.cwd()),
    versions: { ...facts.versions, node: process.versions.node },
    engine: null,
    steps: 0,
    metrics: {},
    checkpoints: [],
    error: null,
    parent: facts.parent ?? null,
    resumes: [],
    overrides: facts.overrides ?? [],
    data: {},
    durations: {},
    peakMemory: null
  })
})

/** The record of a resumed run; what was recorded stays. */
export const resumed = Effect.fnUntraced(function* (
  before: RunRecord,
  { command, overrides = [] }: RunFacts
): Effect.fn.Return<RunRecord, never, ChildProcessSpawner.ChildProcessSpawner> {
  const attempt = { at: yield* now, command, overrides, git: yield* Git.stateOf(process.cwd()) }
  const resumes = [...before.resumes, attempt]
  return new RunRecord({ ...before, status: "running", ended: null, error: null, resumes })
})

/** How the record describes an exit. */
export const endOf = (exit: Exit.Exit<unknown, unknown>): Pick<RunRecord, "status" | "error"> => {
  if (exit._tag === "Success") return { status: "done", error: null }
  if (Cause.hasInterruptsOnly(exit.cause)) return { status: "interrupted", error: null }
  const squashed = Cause.squash(exit.cause)
  return { status: "failed", error: Thrown.said(squashed) }
}
