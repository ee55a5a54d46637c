/**
 * Which samples train, validate and test: pure functions of their names, groups and strata.
 *
 * Samples of one group are never apart. Where `by` is
 * - `name`, groups are sorted by key (by code unit); the last ones test, and those before them validate;
 * - `seed`, they are drawn: the same for the same groups and seed, whatever order they are listed in;
 * - `digest`, a number of the group's key alone decides, see `place`: a sample that is added moves no other.
 */
import * as Digest from "../internal/Digest.ts"
import * as Random from "../nn/Random.ts"

export type Part = "train" | "val" | "test"

export interface Sample {
  /** What stays together; a sample on its own has its name here. */
  readonly group: string
  /** Strata have the same parts each, where `by` is `seed`: a class, or a size. Default: all are of one stratum. */
  readonly stratum?: number | undefined
}

export interface Rule {
  readonly by: "name" | "seed" | "digest"
  /** Of `seed`, and a salt of `digest`. */
  readonly seed: number
  /** Fractions of the samples, in [0, 1). */
  readonly val: number
  readonly test: number
}

/** A group: its samples by their place in the list. */
interface Unit {
  readonly key: string
  readonly places: ReadonlyArray<number>
  readonly stratum: number
}

/** The most frequent value, the lowest of equally frequent ones. */
const mode = (values: ReadonlyArray<number>): number => {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const [first] = [...counts].sort(([a, m], [b, n]) => n - m || a - b)
  return first?.[0] ?? 0
}

/** The groups, sorted by key, so that the order of the list does not matter. */
const unitsOf = (samples: ReadonlyArray<Sample>): ReadonlyArray<Unit> => {
  const places = new Map<string, Array<number>>()
  for (const [place, { group }] of samples.entries()) {
    const those = places.get(group)
    if (those === undefined) places.set(group, [place])
    else those.push(place)
  }
  return [...places]
    .sort(([a], [b]) => Number(a > b) - Number(a < b))
    .map(([key, those]) => ({
      key,
      places: those,
      stratum: mode(those.map((place) => samples[place]?.stratum ?? 0))
    }))
}

/** Stratum after stratum, drawn within each. */
const drawn = (units: ReadonlyArray<Unit>, seed: number): ReadonlyArray<Unit> => {
  const order = Random.permutation(units.length, seed, Random.keyOf("split"))
  return Array.from(order, (at) => units[at])
    .flatMap((unit) => unit ?? [])
    .sort((a, b) => a.stratum - b.stratum)
}

const sizeOf = (units: ReadonlyArray<Unit>): number =>
  units.reduce((sum, { places }) => sum + places.length, 0)

/** Takes from the beginning until the next group would lead farther from `wanted`: at least one, and never all. */
const first = (units: ReadonlyArray<Unit>, wanted: number): ReadonlyArray<Unit> => {
  let [count, have] = [0, 0]
  for (const { places } of units) {
    if (Math.abs(have + places.length - wanted) >= Math.abs(have - wanted)) break
    have += places.length
    count++
  }
  return units.slice(0, Math.min(units.length - 1, Math.max(1, count)))
}

/**
 * Takes a group whenever what was taken lags behind the fraction by half of it or more, so that every run of groups, and
 * with it every stratum, has its part: at least one, and never all.
 */
const spread = (units: ReadonlyArray<Unit>, fraction: number): ReadonlyArray<Unit> => {
  let [passed, have] = [0, 0]
  const taken = units.filter(({ places }) => {
    passed += places.length
    const lags = fraction * passed - have >= places.length / 2
    if (lags) have += places.length
    return lags
  })
  const some = taken.length === 0 ? units.slice(0, 1) : taken
  return some.length < units.length ? some : some.slice(1)
}

const without = (units: ReadonlyArray<Unit>, taken: ReadonlyArray<Unit>): ReadonlyArray<Unit> => {
  const gone = new Set(taken)
  return units.filter((unit) => !gone.has(unit))
}

/** What a part takes of the groups that are left; a single group cannot be divided, and trains. */
const take = (units: ReadonlyArray<Unit>, all: number, by: "name" | "seed", fraction: number) => {
  if (fraction <= 0 || units.length < 2) return []
  return by === "name"
    ? first(units.toReversed(), Math.max(1, Math.round(all * fraction)))
    : spread(units, (fraction * all) / sizeOf(units))
}

/** 48 bits are more than any set has samples, and exact in a double. */
const DIGITS = 12

/**
 * The place of a key in [0, 1): the first 48 bits of SHA-256 over `<seed>:<key>` in UTF-8. Below `test` it tests, from
 * `1 - val` it validates, and between them it trains: so a greater fraction moves no sample but those that it takes from
 * training.
 */
export const place = (key: string, seed: number): number =>
  Number.parseInt(Digest.ofText(`${seed}:${key}`).slice("sha256:".length).slice(0, DIGITS), 16) / 16 ** DIGITS

const placed = (key: string, { seed, val, test }: Rule): Part => {
  const at = place(key, seed)
  if (at < test) return "test"
  return at >= 1 - val ? "val" : "train"
}

/**
 * The part of each sample, in the order of the list. By `name` and `seed` the parts are as near to their fractions as
 * whole groups allow, at least one group each, and something is left to train; by `digest` they are so on average.
 */
export const assign = (samples: ReadonlyArray<Sample>, rule: Rule): ReadonlyArray<Part> => {
  const { by } = rule
  if (by === "digest") return samples.map(({ group }) => placed(group, rule))
  const units = unitsOf(samples)
  const ordered = by === "seed" ? drawn(units, rule.seed) : units
  const tests = take(ordered, samples.length, by, rule.test)
  const validates = take(without(ordered, tests), samples.length, by, rule.val)
  const parts = new Map<number, Part>([
    ...tests.flatMap(({ places }) => places.map((at) => [at, "test"] as const)),
    ...validates.flatMap(({ places }) => places.map((at) => [at, "val"] as const))
  ])
  return samples.map((_, at) => parts.get(at) ?? "train")
}

/** Strata of numbers: `count` of about equal size from the lowest values to the highest, equal values in one. */
export const strata = (values: ReadonlyArray<number>, count: number): ReadonlyArray<number> => {
  const ranks = new Map<number, number>()
  for (const [rank, value] of [...values].sort((a, b) => a - b).entries()) {
    if (!ranks.has(value)) ranks.set(value, rank)
  }
  return values.map((value) => Math.floor((count * (ranks.get(value) ?? 0)) / values.length))
}
