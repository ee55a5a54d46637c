/** Which of the saved checkpoints is meant: pure decisions over what a folder holds. */
import type { Saved } from "../../pipeline/Checkpoints.ts"

/** Oldest first: by micro-batches done, then by name, with `last` after its equals. */
export const chronological = (saved: ReadonlyArray<Saved>): ReadonlyArray<Saved> =>
  saved.toSorted(
    (a, b) =>
      a.state.counter - b.state.counter ||
      a.state.step - b.state.step ||
      Number(a.name === "last") - Number(b.name === "last") ||
      (a.name < b.name ? -1 : 1)
  )

/** `hmean` of `best-hmean-0.8920`; undefined for names that tell no metric. */
const metricIn = (name: string): string | undefined => /^best-(.+?)-[-+]?\d/.exec(name)?.[1]

/** A metric by the short name that file names carry: `hmean` finds `val/hmean`. */
const valueOf = ({ name, state }: Saved): number | undefined => {
  const metric = metricIn(name)
  if (metric === undefined) return undefined
  const full = Object.keys(state.metrics).find(
    (key) => key === metric || key.slice(key.lastIndexOf("/") + 1) === metric
  )
  return full === undefined ? Number(/[-+]?[\d.]+$/.exec(name)?.[0]) : state.metrics[full]
}

/** Metrics of which less is better, when the state of no policy tells. */
const falling = /loss|error|distance|perplexity/i

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** The mode that a policy recorded beside the metric it watches (`{monitor, mode}`). */
const modeFor = ({ state }: Saved, metric: string): "min" | "max" => {
  for (const policy of Object.values(state.policies)) {
    if (!isRecord(policy) || typeof policy["monitor"] !== "string") continue
    const watched = policy["monitor"]
    if (watched !== metric && !watched.endsWith(`/${metric}`)) continue
    if (policy["mode"] === "min" || policy["mode"] === "max") return policy["mode"]
  }
  return falling.test(metric) ? "min" : "max"
}

/**
 * The best of the checkpoints named `best…`, by the metric in its name as recorded in its state; the newest
 * where names tell no metric. Undefined when there is none.
 */
export const best = (saved: ReadonlyArray<Saved>): Saved | undefined => {
  const candidates = chronological(saved.filter(({ name }) => name.startsWith("best")))
  const newest = candidates.at(-1)
  if (newest === undefined) return undefined
  const metric = metricIn(newest.name)
  if (metric === undefined) return newest
  const sign = modeFor(newest, metric) === "max" ? 1 : -1
  const worth = (one: Saved) => sign * (valueOf(one) ?? Number.NEGATIVE_INFINITY)
  return candidates
    .filter(({ name }) => metricIn(name) === metric)
    .reduce((top, one) => (worth(one) >= worth(top) ? one : top), newest)
}
