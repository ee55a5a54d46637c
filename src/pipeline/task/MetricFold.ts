/** What a metric is, a fold of what evaluation saw into named numbers, and how several become one. */
import { dual } from "effect/Function"

export interface Metrics {
  /** Names as the field writes them, e.g. `hmean`; in [0, 1] unless the metric says otherwise. */
  readonly [name: string]: number
}

/** Those that JSON has a word for. */
export const finite = (metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)))

/** `S` is the state, a plain value; `I` what one batch shows. A number that nothing defines yet is NaN. */
export interface Metric<S, I> {
  /** The main one of its numbers, which is called as the metric's key in a record: see `combine`. */
  readonly name?: string | undefined
  readonly initial: S
  readonly update: (state: S, seen: I) => S
  readonly result: (state: S) => Metrics
}

/** A metric of whatever types. */
export interface AnyMetric {
  readonly name?: string | undefined
  readonly initial: unknown
  readonly update: (state: never, seen: never) => unknown
  readonly result: (state: never) => Metrics
}

export interface MetricRecord {
  readonly [key: string]: AnyMetric
}

type StateOf<M> = M extends { readonly initial: infer S } ? S : never

type Taker<M> = M extends { readonly update: (state: never, seen: infer I) => unknown }
  ? (seen: I) => void
  : never

/** What all metrics of a record need together. */
export type CombinedInput<M extends MetricRecord> = M[keyof M] extends never
  ? unknown
  : { readonly [K in keyof M]: Taker<M[K]> }[keyof M] extends (seen: infer I) => void
    ? I
    : never

/** The states of a record's metrics, under their keys. */
export type CombinedState<M extends MetricRecord> = { readonly [K in keyof M]: StateOf<M[K]> }

/** What a number is called whose metric has the key `key` in a record. */
const named = (key: string, metric: Pick<AnyMetric, "name">, name: string, alone: boolean): string => {
  if (alone || name === metric.name) return key
  if (metric.name !== undefined && name.startsWith(`${metric.name}/`))
    return `${key}${name.slice(metric.name.length)}`
  return `${key}/${name}`
}

/**
 * Several metrics as one, which sees what each of them needs:
 * `Metric.combine({ accuracy: Metric.accuracy, top5: Metric.topK(5) })`.
 *
 * The keys are the names. Of a metric with several numbers, the main one is called as the key and the rest stand below
 * it: `f1`, `f1/cat`; without a main one all of them do: `boxes/recall`. Throws where two numbers get one name.
 */
export function combine<const M extends MetricRecord>(metrics: M): Metric<CombinedState<M>, CombinedInput<M>>
export function combine(metrics: {
  readonly [key: string]: Metric<unknown, unknown>
}): Metric<{ readonly [key: string]: unknown }, unknown> {
  const entries = Object.entries(metrics)
  return {
    initial: Object.fromEntries(entries.map(([key, metric]) => [key, metric.initial])),
    update: (state, seen) =>
      Object.fromEntries(entries.map(([key, metric]) => [key, metric.update(state[key], seen)])),
    result: (state) => {
      const numbers = new Map<string, number>()
      for (const [key, metric] of entries) {
        const own = Object.entries(metric.result(state[key]))
        for (const [name, value] of own) {
          const full = named(key, metric, name, own.length === 1)
          if (numbers.has(full)) throw new Error(`two metrics of a record report "${full}": rename a key`)
          numbers.set(full, value)
        }
      }
      return Object.fromEntries(numbers)
    }
  }
}

/** `metric` of something else: `f` takes from it what the metric needs. */
export const mapInput: {
  <I, J>(f: (seen: J) => I): <S>(metric: Metric<S, I>) => Metric<S, J>
  <S, I, J>(metric: Metric<S, I>, f: (seen: J) => I): Metric<S, J>
} = dual(
  2,
  <S, I, J>(metric: Metric<S, I>, f: (seen: J) => I): Metric<S, J> => ({
    ...metric,
    update: (state, seen) => metric.update(state, f(seen))
  })
)

/** A sum and how many were added. */
export interface Sum {
  readonly sum: number
  readonly count: number
}

/**
 * The mean of a number that each batch shows, weighted by how many samples it stands for: `Metric.mean("loss")` of
 * `{ loss: 0.3, count: 32 }`. A batch with a count of 0 adds nothing, whatever its number. NaN of nothing, and where a
 * number is NaN.
 */
export const mean = <const N extends string>(
  name: N
): Metric<Sum, { readonly [K in N]: number } & { readonly count: number }> => ({
  name,
  initial: { sum: 0, count: 0 },
  update: ({ sum, count }, seen) =>
    seen.count === 0 ? { sum, count } : { sum: sum + seen[name] * seen.count, count: count + seen.count },
  result: ({ sum, count }) => ({ [name]: sum / count })
})

/** What a batch of tokens cost. */
export interface Likelihood {
  /** Negative log-likelihood in nats, summed over the tokens. */
  readonly nll: number
  /** Tokens. */
  readonly count: number
}

/**
 * `perplexity`, at least 1: the exponential of the mean negative log-likelihood of a token (Jelinek et al., 1977). NaN
 * of no tokens.
 */
export const perplexity: Metric<Sum, Likelihood> = {
  name: "perplexity",
  initial: { sum: 0, count: 0 },
  update: ({ sum, count }, seen) => ({ sum: sum + seen.nll, count: count + seen.count }),
  result: ({ sum, count }) => ({ perplexity: Math.exp(sum / count) })
}
