/** What the registry knows about a run: a summary of its record, and its checkpoints. */
import * as Schema from "effect/Schema"
import { PathError } from "../../internal/PathError.ts"
import type { RunRecord } from "../../pipeline/run/RunDirectory.ts"
import type { Objective } from "../../pipeline/task/Objective.ts"
import type { Saved } from "../../pipeline/train/Checkpoints.ts"

/** The registry, or a reference to one of its runs, cannot be used. */
export class RegistryError extends PathError.extend<RegistryError>("RegistryError")({
  _tag: Schema.tag("RegistryError")
}) {}

/** `crashed`: its record says that it is running, and its process is gone. */
export type Status = RunRecord["status"] | "crashed"

export interface RunEntry {
  readonly id: string
  /** Absolute path of the run directory. */
  readonly path: string
  readonly kind: string
  /** From the path `<kind>/<task>/<experiment>/<date>_<seed>`; empty if the path has another form. */
  readonly task: string
  readonly experiment: string
  readonly status: Status
  /** ISO 8601. */
  readonly started: string
  readonly ended: string | null
  /** From the start to the end, or until now; null if the run crashed, since the time of its end is unknown. */
  readonly seconds: number | null
  readonly seed: number
  readonly steps: number
  readonly engine: string | null
  readonly commit: string | null
  readonly dirty: boolean
  /** Last and best values by metric name. */
  readonly metrics: { readonly [name: string]: number }
  /** The metric that the run's task is judged by, and its direction; runs of older versions do not say it. */
  readonly objective?: Objective
  readonly overrides: ReadonlyArray<string>
  readonly error: string | null
  readonly parent: string | null
  /** How often it was resumed. */
  readonly resumes: number
}

export interface CheckpointEntry {
  readonly name: string
  readonly path: string
  readonly epoch: number
  readonly step: number
  readonly metrics: { readonly [name: string]: number }
}

/** `[task, experiment]` of `…/<kind>/<task>/<experiment>/<date>_<seed>`, and of `…/<experiment>/multirun/…`. */
const placeOf = (path: string, kind: string): readonly [string, string] => {
  const parts = path.split("/")
  const sweep = parts.lastIndexOf("multirun")
  const [found, task, experiment] = parts.slice(0, sweep === -1 ? -1 : sweep).slice(-3)
  return found === kind ? [task ?? "", experiment ?? ""] : ["", ""]
}

const secondsBetween = (started: string, ended: string | null): number | null =>
  ended === null ? null : (Date.parse(ended) - Date.parse(started)) / 1000

export const fromRecord = (path: string, record: RunRecord, crashed: boolean): RunEntry => {
  const [task, experiment] = placeOf(path, record.kind)
  return {
    id: record.id,
    path,
    kind: record.kind,
    task,
    experiment,
    status: crashed ? "crashed" : record.status,
    started: record.started,
    ended: record.ended,
    seconds: secondsBetween(record.started, record.ended),
    seed: record.seed,
    steps: record.steps,
    engine: record.engine,
    commit: record.git?.commit ?? null,
    dirty: record.git?.dirty ?? false,
    metrics: record.metrics,
    overrides: record.overrides,
    error: record.error,
    parent: record.parent,
    resumes: record.resumes.length,
    ...(record.task?.objective === undefined ? {} : { objective: record.task.objective })
  }
}

export const fromSaved = ({ name, path, state }: Saved): CheckpointEntry => ({
  name,
  path,
  epoch: state.epoch,
  step: state.step,
  metrics: state.metrics
})
