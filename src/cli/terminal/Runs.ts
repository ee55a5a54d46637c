/** The registry of runs as people read it: lists, one run, differences. Pure. */
import type { Courses, RunFacts } from "../../layers/registry/Registry.ts"
import type { Comparison, Difference } from "../../layers/registry/RunComparison.ts"
import type { Course } from "../../layers/registry/RunCourse.ts"
import type { RunEntry, Status } from "../../layers/registry/RunEntry.ts"
import * as Objective from "../../pipeline/task/Objective.ts"
import * as Table from "./Table.ts"
import * as Text from "./Text.ts"

const statusStyle: Readonly<Record<Status, Text.Style>> = {
  running: "bold",
  done: "good",
  failed: "warn",
  crashed: "warn",
  interrupted: "plain"
}

/** White space that would break a line, and characters that a terminal would obey. */
const breaks = /[\t\n\v\f\r]/g
const obeyed = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

/** Lines from the files of a run, with visible characters in place of those that a terminal would obey. */
const shown = (lines: ReadonlyArray<Text.Line>): ReadonlyArray<Text.Line> =>
  lines.map((line) =>
    line.map((piece) => ({ ...piece, text: piece.text.replace(breaks, " ").replace(obeyed, "\ufffd") }))
  )

const maybe = (value: number | string | undefined): Text.Piece => {
  if (value === undefined) return Text.dim("–")
  return Text.plain(typeof value === "number" ? Text.number(value) : value)
}

export interface ListColumns {
  /** Metrics with a column each. */
  readonly metrics: ReadonlyArray<string>
  /** The metric whose course is drawn, and the courses of the runs. */
  readonly course: { readonly name: string; readonly of: Courses } | undefined
}

const bestPrefix = "best/"

/** Of runs that do not say what they are judged by: the best values, otherwise those of validations; and those of tests. */
const guessed = (runs: ReadonlyArray<RunEntry>): ReadonlyArray<string> => {
  const names = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))].sort()
  const best = names.filter((name) => name.startsWith(bestPrefix) && !name.includes("loss"))
  const tested = names.filter((name) => name.startsWith("test/"))
  const validated = names.filter((name) => name.startsWith("val/") && !name.includes("loss"))
  return [...(best.length > 0 ? best : validated), ...tested]
}

/** The names of a run's objective that have a value: the best one or else the last, and that of a test. */
const judged = ({ metrics, objective }: RunEntry): ReadonlyArray<string> => {
  if (objective === undefined) return []
  const [best = "", last = "", tested = ""] = Objective.namesOf(objective)
  const validated = metrics[best] === undefined ? last : best
  return [validated, tested].filter((name) => metrics[name] !== undefined)
}

/** The metrics that matter most: those that the tasks of the runs are judged by. */
export const mainMetrics = (runs: ReadonlyArray<RunEntry>): ReadonlyArray<string> => [
  ...new Set([...runs.flatMap(judged), ...guessed(runs.filter(({ objective }) => objective === undefined))])
]

/** The metric whose course a list draws: the first of its columns, by the name it was logged under. */
export const courseOf = (metrics: ReadonlyArray<string>): string | undefined => {
  const [first] = metrics
  return first?.startsWith(bestPrefix) === true ? first.slice(bestPrefix.length) : first
}

/** Characters of the course of a metric in a list. */
const listSparkWidth = 12

const spark = (courses: ReadonlyArray<Course> | undefined, name: string): string =>
  Text.sparkline(courses?.find((one) => one.name === name)?.values ?? [], listSparkWidth)

/** One line for each run. */
export const list = (
  runs: ReadonlyArray<RunEntry>,
  { metrics, course }: ListColumns,
  width: number
): ReadonlyArray<Text.Line> =>
  shown(
    Table.lines(
      [
        { title: "id" },
        { title: "status" },
        { title: "run" },
        { title: "started", spare: 2 },
        { title: "took", align: "right", spare: 4 },
        { title: "steps", align: "right", spare: 3 },
        ...metrics.map((title, i) => ({ title, align: "right" as const, spare: i === 0 ? 1 : 6 })),
        ...(course === undefined ? [] : [{ title: `course of ${course.name}`, spare: 5 }])
      ],
      runs.map((run) => [
        Text.bold(run.id),
        { text: run.status, style: statusStyle[run.status] },
        Text.plain([run.kind, run.experiment].filter((part) => part !== "").join(" ")),
        Text.plain(Text.minute(run.started)),
        Text.plain(run.seconds === null ? "" : Text.duration(run.seconds)),
        Text.plain(String(run.steps)),
        ...metrics.map((name) => maybe(run.metrics[name])),
        ...(course === undefined ? [] : [Text.plain(spark(course.of.get(run.path), course.name))])
      ]),
      width
    )
  )

const fact = (name: string, value: string): Text.Line => [Text.dim(name.padEnd(12)), Text.plain(value)]

const factsOf = (run: RunEntry, cwd: string): ReadonlyArray<Text.Line> => [
  [Text.bold(run.id), Text.plain("  "), { text: run.status, style: statusStyle[run.status] }],
  fact("path", Text.path(run.path, cwd)),
  fact("started", Text.minute(run.started)),
  ...(run.seconds === null ? [] : [fact("took", Text.duration(run.seconds))]),
  fact("seed", String(run.seed)),
  fact("steps", String(run.steps)),
  ...(run.engine === null ? [] : [fact("engine", run.engine)]),
  ...(run.commit === null
    ? []
    : [fact("commit", `${run.commit.slice(0, 12)}${run.dirty ? " and changes" : ""}`)]),
  ...(run.overrides.length === 0 ? [] : [fact("overrides", run.overrides.join(" "))]),
  ...(run.parent === null ? [] : [fact("parent", Text.path(run.parent, cwd))]),
  ...(run.error === null ? [] : [fact("error", run.error)])
]

/** Characters of the course of a metric that has the rest of its line. */
const sparkWidth = 40

/** A run as it is shown. */
export interface Shown extends RunFacts {
  readonly courses: ReadonlyArray<Course>
}

const courseTable = ({ run, courses }: Shown, width: number): ReadonlyArray<Text.Line> =>
  Table.lines(
    [
      { title: "metric" },
      { title: "last", align: "right" },
      { title: "best", align: "right", spare: 1 },
      { title: "course", spare: 2 }
    ],
    courses.map(({ name, last, values }) => [
      Text.plain(name),
      maybe(last),
      maybe(run.metrics[`${bestPrefix}${name}`]),
      Text.plain(Text.sparkline(values, sparkWidth))
    ]),
    width
  )

const checkpointTable = ({ checkpoints }: RunFacts, width: number): ReadonlyArray<Text.Line> => {
  const names = [...new Set(checkpoints.flatMap(({ metrics }) => Object.keys(metrics)))]
  return Table.lines(
    [
      { title: "checkpoint" },
      { title: "epoch", align: "right" },
      { title: "step", align: "right" },
      ...names.map((title) => ({ title, align: "right" as const, spare: 1 }))
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

/** Everything about one run; paths are relative to `cwd` if they are inside it. */
export const show = (details: Shown, cwd: string, width: number): ReadonlyArray<Text.Line> =>
  shown([
    ...factsOf(details.run, cwd),
    ...(details.courses.length === 0 ? [] : [[], ...courseTable(details, width)]),
    ...(details.checkpoints.length === 0 ? [] : [[], ...checkpointTable(details, width)])
  ])

/** A column for each run; `show` formats a value of a key. */
const differences = <V extends string | number | boolean>(
  title: string,
  ids: ReadonlyArray<string>,
  given: ReadonlyArray<Difference<V>>,
  show: (value: V, row: Difference<V>) => Text.Piece,
  width: number
): ReadonlyArray<Text.Line> =>
  given.length === 0
    ? []
    : Table.lines(
        [{ title }, ...ids.map((id) => ({ title: id, align: "right" as const }))],
        given.map((row) => [
          Text.plain(row.key),
          ...row.values.map((value) => (value === undefined ? maybe(value) : show(value, row)))
        ]),
        width
      )

/** A value of a metric; the best one of the objective stands out. */
const metricValue =
  (objective: Objective.Objective | undefined) =>
  (value: number, { key, values }: Difference<number>): Text.Piece => {
    const isJudged = objective !== undefined && Objective.namesOf(objective).includes(key)
    const isBest =
      isJudged && !values.some((other) => other !== undefined && Objective.isBetter(objective, other, value))
    return { text: Text.number(value), style: isBest ? "good" : "plain" }
  }

/** Where the plans differ, and the metrics side by side. */
export const compare = (comparison: Comparison, width: number): ReadonlyArray<Text.Line> => {
  const { ids, objective } = comparison
  const plan = differences("plan", ids, comparison.plan, (value) => Text.plain(String(value)), width)
  const metrics = differences("metric", ids, comparison.metrics, metricValue(objective), width)
  const same = plan.length === 0 ? [[Text.dim("the plans are the same")]] : plan
  return shown([...same, ...(metrics.length > 0 ? [[], ...metrics] : [])])
}
