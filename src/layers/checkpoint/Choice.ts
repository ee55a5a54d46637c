/** Which of the saved checkpoints is meant: pure decisions over the contents of a folder. */
import type { Saved } from "../../pipeline/train/Checkpoints.ts"
import * as Retention from "../../pipeline/train/Retention.ts"

/** Oldest first: by micro-batches done, then by name, with `last` after its equals. */
export const chronological = (saved: ReadonlyArray<Saved>): ReadonlyArray<Saved> =>
  saved.toSorted(
    (a, b) =>
      a.state.counter - b.state.counter ||
      a.state.step - b.state.step ||
      Number(a.name === "last") - Number(b.name === "last") ||
      (a.name < b.name ? -1 : 1)
  )

/** `hmean` of `best-hmean-0.8920`; undefined for names without a metric. */
const metricIn = (name: string): string | undefined => /^best-(.+?)-[-+]?\d/.exec(name)?.[1]

/** A metric by the short name used in file names: `hmean` finds `val/hmean`. */
const valueOf = ({ name, state }: Saved): number | undefined => {
  const metric = metricIn(name)
  if (metric === undefined) return undefined
  const full = Object.keys(state.metrics).find(
    (key) => key === metric || key.slice(key.lastIndexOf("/") + 1) === metric
  )
  return full === undefined ? Number(/[-+]?[\d.]+$/.exec(name)?.[0]) : state.metrics[full]
}

/** Metrics of which less is better, as far as their names say; a newer checkpoint says so itself. */
const falling = /loss|error|distance|perplexity/i

/** Of checkpoints that do not say what was monitored: the best of those named `best-<metric>-<value>`. */
const byName = (saved: ReadonlyArray<Saved>): Saved | undefined => {
  const candidates = saved.filter(({ name }) => name.startsWith("best"))
  const newest = candidates.at(-1)
  const metric = newest === undefined ? undefined : metricIn(newest.name)
  if (metric === undefined) return newest
  const sign = falling.test(metric) ? -1 : 1
  const worth = (one: Saved) => sign * (valueOf(one) ?? Number.NEGATIVE_INFINITY)
  return candidates
    .filter(({ name }) => metricIn(name) === metric)
    .reduce((top, one) => (worth(one) > worth(top) ? one : top))
}

/**
 * The best checkpoint, as retention decides; if the checkpoints are too old to say what was monitored, the best of
 * those named `best…` by the metric in the name. Undefined if there is none.
 */
export const best = (saved: ReadonlyArray<Saved>): Saved | undefined => {
  const ordered = chronological(saved)
  return Retention.bestOf(ordered) ?? byName(ordered)
}
