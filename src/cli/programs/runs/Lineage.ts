/** The lineage of a file in a run directory, such as a checkpoint: its run, the data, the runs before it. */
import { dirname, join, relative, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as CheckpointFolder from "../../../layers/checkpoint/CheckpointFolder.ts"
import * as RunRecordFile from "../../../layers/run/RunRecordFile.ts"
import type { Arrow, Box, Graph } from "../../../pipeline/graph/Graph.ts"
import type { RunRecord } from "../../../pipeline/run/RunDirectory.ts"
import * as Fingerprint from "../../../pipeline/stage/Fingerprint.ts"

interface Run {
  readonly path: string
  readonly record: RunRecord
}

/** The run directory that contains a file or folder, if there is one. */
export const directoryOf = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const { type } = yield* fs.stat(path)
  for (let at = type === "Directory" ? resolve(path) : dirname(resolve(path)); ; at = dirname(at)) {
    if (yield* fs.exists(join(at, RunRecordFile.name))) return at
    if (dirname(at) === at) return undefined
  }
})

/** The run, after the runs that it was started from, as far as they still exist. */
const runsTo = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const runs: Array<Run> = []
  for (let at: string | null = path; at !== null; ) {
    const run: Run = { path: at, record: yield* RunRecordFile.read(fs, at) }
    runs.unshift(run)
    const parent: string | null = run.record.parent
    const known = parent === null || runs.some((one) => one.path === parent)
    at = known || !(yield* fs.exists(join(parent, RunRecordFile.name))) ? null : parent
  }
  return runs
})

const git = ({ git }: RunRecord): ReadonlyArray<string> =>
  git === null ? [] : [`git ${git.commit.slice(0, 10)}${git.dirty ? " and changes" : ""}`]

const runBox = ({ path, record }: Run, index: number): Box => ({
  id: `r${index}`,
  title: `${record.kind} ${record.id}`,
  lines: [
    path,
    record.command.join(" "),
    `seed ${record.seed}, ${record.status}, ${record.started}`,
    ...(record.engine === null ? [] : [`${record.steps} steps on ${record.engine}`]),
    ...record.resumes.map(({ at }) => `resumed ${at}`),
    ...Object.entries(record.versions).map(([name, version]) => `${name} ${version}`),
    ...git(record)
  ],
  tone: "done"
})

interface Data {
  readonly id: string
  readonly name: string
  readonly digest: string
  readonly run: number
}

/** The data of each run. */
const dataOf = (runs: ReadonlyArray<Run>): ReadonlyArray<Data> =>
  runs.flatMap(({ record }, run) =>
    Object.entries(record.data).map(([name, digest]) => ({
      id: `d${Fingerprint.short(digest)}`,
      name,
      digest,
      run
    }))
  )

const subjectOf = Effect.fnUntraced(function* (artifact: string, run: string) {
  const fs = yield* FileSystem.FileSystem
  const title = relative(run, resolve(artifact))
  if (title === "") return []
  const state = yield* Effect.option(CheckpointFolder.readState(fs, artifact))
  const lines = Option.match(state, {
    onNone: () => [],
    onSome: ({ model, epoch, step, metrics, plan }) => [
      `${model}, epoch ${epoch}, step ${step}`,
      ...Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`),
      ...(plan === "" ? [] : [`plan ${Fingerprint.short(plan)}`])
    ]
  })
  const box: Box = { id: "subject", title, lines, tone: "done" }
  return [box]
})

/** The lineage of a file in the run directory `run`: data first, the file last. */
export const graph = Effect.fn("RunLineage.graph")(function* (artifact: string, run: string) {
  const runs = yield* runsTo(run)
  const data = dataOf(runs)
  const subject = yield* subjectOf(artifact, run)
  const boxes = new Map(
    data.map(({ id, name, digest }): [string, Box] => [
      id,
      { id, title: `${name} data`, lines: [Fingerprint.short(digest)], tone: "outside" }
    ])
  )
  const arrows: ReadonlyArray<Arrow> = [
    ...data.map(({ id, run }) => ({ from: id, to: `r${run}`, label: "" })),
    ...runs.slice(1).map((_, index) => ({ from: `r${index}`, to: `r${index + 1}`, label: "checkpoint" })),
    ...subject.map(({ id }) => ({ from: `r${runs.length - 1}`, to: id, label: "" }))
  ]
  const drawn: Graph = { boxes: [...boxes.values(), ...runs.map(runBox), ...subject], arrows }
  return drawn
})
