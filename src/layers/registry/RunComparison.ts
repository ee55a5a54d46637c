/** What differs between runs: plans key by key, and metrics side by side. Pure. */
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
}

const aligned = <V>(tables: ReadonlyArray<ReadonlyMap<string, V>>): ReadonlyArray<Difference<V>> => {
  const keys = new Set(tables.flatMap((table) => [...table.keys()]))
  return [...keys].sort().map((key) => ({ key, values: tables.map((table) => table.get(key)) }))
}

export const compare = (runs: ReadonlyArray<Compared>): Comparison => ({
  ids: runs.map(({ id }) => id),
  plan: aligned(runs.map(({ plan }) => new Map(Flat.flatten(plan)))).filter(({ values }) =>
    values.some((value) => value !== values[0])
  ),
  metrics: aligned(runs.map(({ metrics }) => new Map(Object.entries(metrics))))
})
