/** The catalogue of runs as people read it: lists, one run, differences. Pure. */
import type { RunDetails } from "../layers/registry/Registry.ts"
import type { Comparison, Difference } from "../layers/registry/RunComparison.ts"
import type { RunEntry, Status } from "../layers/registry/RunEntry.ts"
import * as Table from "./TerminalTable.ts"
import * as Text from "./TerminalText.ts"

const statusStyle: Readonly<Record<Status, Text.Style>> = {
  running: "bold",
  done: "good",
  failed: "warn",
  crashed: "warn",
  interrupted: "plain"
}

/** `2026-01-02 03:04` of an ISO time, as UTC. */
const minute = (iso: string): string => iso.slice(0, 16).replace("T", " ")

const maybe = (value: number | string | undefined): Text.Piece => {
  if (value === undefined) return Text.dim("–")
  return Text.plain(typeof value === "number" ? Text.number(value) : value)
}

/** One line a run; `metrics` name further columns. */
export const list = (
  runs: ReadonlyArray<RunEntry>,
  metrics: ReadonlyArray<string>,
  width: number
): ReadonlyArray<Text.Line> =>
  Table.lines(
    [
      { title: "id" },
      { title: "status" },
      { title: "experiment" },
      { title: "started" },
      { title: "took", align: "right" },
      { title: "steps", align: "right" },
      ...metrics.map((title) => ({ title, align: "right" as const }))
    ],
    runs.map((run) => [
      Text.bold(run.id),
      { text: run.status, style: statusStyle[run.status] },
      Text.plain([run.kind, run.task, run.experiment].filter((part) => part !== "").join("/")),
      Text.plain(minute(run.started)),
      Text.plain(run.seconds === null ? "" : Text.duration(run.seconds)),
      Text.plain(String(run.steps)),
      ...metrics.map((name) => maybe(run.metrics[name]))
    ]),
    width
  )

const fact = (name: string, value: string): Text.Line => [Text.dim(name.padEnd(12)), Text.plain(value)]

const factsOf = (run: RunEntry): ReadonlyArray<Text.Line> => [
  [Text.bold(run.id), Text.plain("  "), { text: run.status, style: statusStyle[run.status] }],
  fact("path", run.path),
  fact("started", minute(run.started)),
  ...(run.seconds === null ? [] : [fact("took", Text.duration(run.seconds))]),
  fact("seed", String(run.seed)),
  fact("steps", String(run.steps)),
  ...(run.engine === null ? [] : [fact("engine", run.engine)]),
  ...(run.commit === null
    ? []
    : [fact("commit", `${run.commit.slice(0, 12)}${run.dirty ? " and changes" : ""}`)]),
  ...(run.overrides.length === 0 ? [] : [fact("overrides", run.overrides.join(" "))]),
  ...(run.error === null ? [] : [fact("error", run.error)])
]

/** Characters of a metric's course. */
const sparkWidth = 40

const seriesTable = ({ run, series }: RunDetails, width: number): ReadonlyArray<Text.Line> =>
  Table.lines(
    [
      { title: "metric" },
      { title: "last", align: "right" },
      { title: "best", align: "right" },
      { title: "course" }
    ],
    series.map(({ name, points }) => [
      Text.plain(name),
      maybe(points.at(-1)?.[1]),
      maybe(run.metrics[`best/${name}`]),
      Text.plain(
        Text.sparkline(
          points.map(([, value]) => value),
          sparkWidth
        )
      )
    ]),
    width
  )

const checkpointTable = ({ checkpoints }: RunDetails, width: number): ReadonlyArray<Text.Line> => {
  const names = [...new Set(checkpoints.flatMap(({ metrics }) => Object.keys(metrics)))]
  return Table.lines(
    [
      { title: "checkpoint" },
      { title: "epoch", align: "right" },
      { title: "step", align: "right" },
      ...names.map((title) => ({ title, align: "right" as const }))
    ],
    checkpoints.map(({ name, epoch, step, metrics }) => [
      Text.plain(name),
      Text.plain(String(epoch)),
      Text.plain(String(step)),
      ...names.map((metric) => maybe(metrics[metric]))
    ]),
    width
  )
}

/** Everything about one run. */
export const show = (details: RunDetails, width: number): ReadonlyArray<Text.Line> => [
  ...factsOf(details.run),
  ...(details.series.length === 0 ? [] : [[], ...seriesTable(details, width)]),
  ...(details.checkpoints.length === 0 ? [] : [[], ...checkpointTable(details, width)])
]

const differences = (
  title: string,
  ids: ReadonlyArray<string>,
  given: ReadonlyArray<Difference<string | number | boolean>>,
  width: number
): ReadonlyArray<Text.Line> =>
  given.length === 0
    ? []
    : Table.lines(
        [{ title }, ...ids.map((id) => ({ title: id, align: "right" as const }))],
        given.map(({ key, values }) => [
          Text.plain(key),
          ...values.map((value) => maybe(typeof value === "boolean" ? String(value) : value))
        ]),
        width
      )

/** Where the plans differ, and the metrics side by side. */
export const compare = (comparison: Comparison, width: number): ReadonlyArray<Text.Line> => {
  const plan = differences("plan", comparison.ids, comparison.plan, width)
  const metrics = differences("metric", comparison.ids, comparison.metrics, width)
  return [...plan, ...(plan.length > 0 && metrics.length > 0 ? [[]] : []), ...metrics]
}
