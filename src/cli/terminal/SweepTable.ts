/** The table that ends a sweep: the overrides and the results of each job. Pure. */
import * as Objective from "../../pipeline/task/Objective.ts"
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
  /** What the jobs are judged by; undefined if they are of tasks with different ones. */
  readonly objective?: Objective.Objective | undefined
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

/** Metrics with a column: the objective, those of evaluations, or all if there are none. */
const metricsOf = ({ rows, objective }: Sweep): ReadonlyArray<string> => {
  const all = [...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))]
  const judged = objective === undefined ? [] : Objective.namesOf(objective)
  const names = Objective.shown(all, objective).filter(
    (name) => !name.startsWith("best/") || judged.includes(name)
  )
  const evaluated = names.filter((name) => /^(best|val|test)\//.test(name))
  return evaluated.length > 0 ? evaluated : names
}

interface Best {
  readonly row: Row
  readonly name: string
  readonly value: number
}

/** The job with the best value of the objective, the first of equal ones; undefined if no two differ. */
const bestOf = ({ rows, objective }: Sweep): Best | undefined => {
  if (objective === undefined) return undefined
  const judged = rows.flatMap((row): ReadonlyArray<Best> => {
    const name = Objective.namesOf(objective).find((one) => Number.isFinite(row.metrics[one]))
    const value = name === undefined ? undefined : row.metrics[name]
    return name === undefined || value === undefined ? [] : [{ row, name, value }]
  })
  if (new Set(judged.map(({ value }) => value)).size < 2) return undefined
  return judged.reduce((best, one) => (Objective.isBetter(objective, one.value, best.value) ? one : best))
}

/** Which job was the best, and how to have it again. */
const bestLines = (best: Best | undefined, { swept, cwd }: Sweep): ReadonlyArray<Text.Line> =>
  best === undefined
    ? []
    : [
        [
          Text.plain("best: "),
          { text: `job ${best.row.index}`, style: "good" },
          Text.plain(`  ${best.name} ${Text.number(best.value)}  ${swept(best.row.overrides).join(" ")}`),
          Text.dim(`  ${Text.path(best.row.folder, cwd)}`)
        ]
      ]

const cell = (value: number | undefined): Text.Piece =>
  value === undefined ? Text.dim("–") : Text.plain(Text.number(value))

/** A row for each job, the best marked with a star; then which one that is, and how many jobs did not start. */
export const lines = (sweep: Sweep): ReadonlyArray<Text.Line> => {
  const { rows, planned, swept, cwd, width } = sweep
  const metrics = metricsOf(sweep)
  const best = bestOf(sweep)
  const table = Table.lines(
    [
      { title: "job", align: "right" },
      { title: "overrides" },
      { title: "status" },
      ...metrics.map((title) => ({ title, align: "right" as const, spare: 1 })),
      { title: "run", spare: 2 }
    ],
    rows.map((row) => [
      row === best?.row ? { text: `*${row.index}`, style: "good" } : Text.bold(String(row.index)),
      Text.plain(swept(row.overrides).join(" ")),
      { text: row.status, style: statusStyle[row.status] },
      ...metrics.map((name) => cell(row.metrics[name])),
      Text.plain(row.status === "done" ? Text.path(row.folder, cwd) : "")
    ]),
    width
  )
  const left = planned - rows.length
  const missing = left === 0 ? [] : [[Text.plain(`${Text.count(left, "job")} did not start`)]]
  return [...table, ...bestLines(best, sweep), ...missing]
}
