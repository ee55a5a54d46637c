/** Samples that are the same picture, or look so: groups of them, and those of which two parts know. */
import type { Part } from "../split/Split.ts"
import * as PictureHash from "./PictureHash.ts"

export interface Seen {
  readonly name: string
  readonly part: Part
  /** SHA-256 of the file. */
  readonly digest: string
  /** Absent for pictures too small to tell copies from siblings, of which only the same are found. */
  readonly look: PictureHash.Look | undefined
}

export interface Group<S extends Seen = Seen> {
  /** `exact`: the same bytes; `near`: they look the same. */
  readonly kind: "exact" | "near"
  /** Two or more, in the order of the data. */
  readonly samples: ReadonlyArray<S>
}

export const isLeak = ({ samples }: Group): boolean => new Set(samples.map(({ part }) => part)).size > 1

const exact = <S extends Seen>(seen: ReadonlyArray<S>): ReadonlyArray<ReadonlyArray<S>> => [
  ...Map.groupBy(seen, ({ digest }) => digest).values()
]

/** Groups of pictures that may be alike: all that are, are together in one of them at least. */
function* candidates(seen: ReadonlyArray<Seen>): Generator<ReadonlyArray<number>> {
  const parts = seen.map(({ look }) => (look === undefined ? undefined : PictureHash.partsOf(look.bits)))
  const looking = [...seen.keys()].filter((i) => parts[i] !== undefined)
  for (let part = 0; part <= PictureHash.NEAR; part++)
    yield* Map.groupBy(looking, (i) => parts[i]?.[part]).values()
}

/** Sets of numbers below `count` that are joined two by two (union by the lowest number). */
const sets = (count: number) => {
  const above = Int32Array.from({ length: count }, (_, i) => i)
  const find = (i: number): number => {
    let root = i
    while (above[root] !== root) root = above[root] ?? root
    above[i] = root
    return root
  }
  const join = (i: number, j: number): void => {
    above[Math.max(i, j)] = Math.min(i, j)
  }
  return { find, join }
}

/** Links what looks alike: a group holds all that are linked, however many steps apart. */
const linked = <S extends Seen>(seen: ReadonlyArray<S>): ReadonlyArray<ReadonlyArray<S>> => {
  const { find, join } = sets(seen.length)
  const compare = (i: number, j: number): void => {
    const [a, b] = [seen[i]?.look, seen[j]?.look]
    const [low, high] = [find(i), find(j)]
    if (low !== high && a !== undefined && b !== undefined && PictureHash.areAlike(a, b)) join(low, high)
  }
  for (const some of candidates(seen)) {
    for (const [at, i] of some.entries()) for (let k = at + 1; k < some.length; k++) compare(i, some[k] ?? i)
  }
  const groups = Map.groupBy(seen.keys(), find)
  return [...groups.values()].map((those) => those.flatMap((i) => seen[i] ?? []))
}

/** Groups of the same bytes, and groups of different bytes that look alike. */
export const find = <S extends Seen>(seen: ReadonlyArray<S>): ReadonlyArray<Group<S>> => {
  const same = exact(seen)
  const first = same.flatMap(([one]) => (one === undefined ? [] : [one]))
  return [
    ...same.map((samples): Group<S> => ({ kind: "exact", samples })),
    ...linked(first).map((samples): Group<S> => ({ kind: "near", samples }))
  ].filter(({ samples }) => samples.length > 1)
}
