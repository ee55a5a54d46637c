/** The table that ends a sweep: the overrides and the results of each job. Pure. */
import * as Table from "./Table.ts"
import * as Text from "./Text.ts"

export interface Row {
  /** `hydra.job.num` */
  readonly index: number
  readonly overrides: ReadonlyArray<string>
  readonly status: "done" | "failed" | "interrupted"
  readonly metrics: { readonly [name: string]: number }
  /** Absolute path of the run directory. */
  readonly folder: string
}

export interface Sweep {
  /** The jobs that ended, in their order. */
  readonly rows: ReadonlyArray<Row>
  /** Jobs of the whole sweep. */
  readonly planned: number
  /** The overrides that distinguish a job from the others. */
  readonly swept: (overrides: ReadonlyArray<string>) => ReadonlyArray<string>
  readonly cwd: string
  readonly width: number
}

/** The overrides of a job that not all jobs have; if there is only one job, all of its overrides. */
export const sweptOf = (
  jobs: ReadonlyArray<ReadonlyArray<string>>
): ((overrides: ReadonlyArray<string>) => ReadonlyArray<string>) => {
  if (jobs.length === 1) return (overrides) => overrides
  const [first = [], ...others] = jobs.map((job) => new Set(job))
  const common = new Set([...first].filter((override) => others.every((job) => job.has(override))))
  return (overrides) => overrides.filter((override) => !common.has(override))
}

const statusStyle = { done: "good", failed: "warn", interrupted: "plain" } as const

/** Metrics with a column: those of evaluations, or all if there are none. */
const metricsOf = (rows: ReadonlyArray<Row>): ReadonlyArray<string> => {
  const names = [...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))]
  const evaluated = names.filter((name) => /^(val|test)\//.test(name))
  return evaluated.length > 0 ? evaluated : names
}

const cell = (value: number | undefined): Text.Piece =>
  value === undefined ? Text.dim("–") : Text.plain(Text.number(value))

export const lines = ({ rows, planned, swept, cwd, width }: Sweep): ReadonlyArray<Text.Line> => {
  const metrics = metricsOf(rows)
  const table = Table.lines(
    [
      { title: "job", align: "right" },
      { title: "overrides" },
      { title: "status" },
      ...metrics.map((title) => ({ title, align: "right" as const, spare: 1 })),
      { title: "run", spare: 2 }
    ],
    rows.map((row) => [
      Text.bold(String(row.index)),
      Text.plain(swept(row.overrides).join(" ")),
      { text: row.status, style: statusStyle[row.status] },
      ...metrics.map((name) => cell(row.metrics[name])),
      Text.plain(row.status === "done" ? Text.path(row.folder, cwd) : "")
    ]),
    width
  )
  const left = planned - rows.length
  return left === 0 ? table : [...table, [Text.plain(`${Text.count(left, "job")} did not start`)]]
}
