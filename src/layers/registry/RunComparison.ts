/** What differs between runs: plans key by key, and metrics side by side. Pure. */
import * as Objective from "../../pipeline/task/Objective.ts"
import * as Flat from "../logger/sink/Flat.ts"

export interface Compared {
  readonly id: string
  /** The resolved plan, as in `plan.yaml`. */
  readonly plan: unknown
  readonly metrics: { readonly [name: string]: number }
}

export interface Difference<V> {
  readonly key: string
  /** One value per run, in the order of the runs; undefined if the run has none. */
  readonly values: ReadonlyArray<V | undefined>
}

export interface Comparison {
  readonly ids: ReadonlyArray<string>
  /** Keys of the plans whose values differ. */
  readonly plan: ReadonlyArray<Difference<Flat.FlatValue>>
  readonly metrics: ReadonlyArray<Difference<number>>
  /** What all of the runs are judged by, if it is the same: its metrics come first. */
  readonly objective?: Objective.Objective
}

const aligned = <V>(tables: ReadonlyArray<ReadonlyMap<string, V>>): ReadonlyArray<Difference<V>> => {
  const keys = new Set(tables.flatMap((table) => [...table.keys()]))
  return [...keys].sort().map((key) => ({ key, values: tables.map((table) => table.get(key)) }))
}

/** The metrics of the objective first, the others by name. */
const judgedFirst = (
  metrics: ReadonlyArray<Difference<number>>,
  objective: Objective.Objective | undefined
): ReadonlyArray<Difference<number>> => {
  const names = objective === undefined ? [] : Objective.namesOf(objective)
  const first = names.flatMap((name) => metrics.filter(({ key }) => key === name))
  return [...first, ...metrics.filter((one) => !first.includes(one))]
}

export const compare = (runs: ReadonlyArray<Compared>, objective?: Objective.Objective): Comparison => ({
  ids: runs.map(({ id }) => id),
  plan: aligned(runs.map(({ plan }) => new Map(Flat.flatten(plan)))).filter(({ values }) =>
    values.some((value) => value !== values[0])
  ),
  metrics: judgedFirst(aligned(runs.map(({ metrics }) => new Map(Object.entries(metrics)))), objective),
  ...(objective === undefined ? {} : { objective })
})
