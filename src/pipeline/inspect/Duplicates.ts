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

/** Of more pictures each against each would take minutes: then only those of the same bytes are found. */
export const MOST_COMPARED = 20_000

export const isLeak = ({ samples }: Group): boolean => new Set(samples.map(({ part }) => part)).size > 1

const exact = <S extends Seen>(seen: ReadonlyArray<S>): ReadonlyArray<ReadonlyArray<S>> => [
  ...Map.groupBy(seen, ({ digest }) => digest).values()
]

const areAlike = (a: PictureHash.Look | undefined, b: PictureHash.Look | undefined): boolean =>
  a !== undefined && b !== undefined && PictureHash.areAlike(a, b)

/** Links what looks alike: a group holds all that are linked, however many steps apart (union by the lowest index). */
const linked = <S extends Seen>(seen: ReadonlyArray<S>): ReadonlyArray<ReadonlyArray<S>> => {
  const root = seen.map((_, i) => i)
  const find = (i: number): number => {
    const up = root[i] ?? i
    return up === i ? i : find(up)
  }
  for (const [i, a] of seen.entries()) {
    for (let j = i + 1; j < seen.length; j++) {
      if (!areAlike(a.look, seen[j]?.look)) continue
      const [low, high] = [find(i), find(j)].toSorted((x, y) => x - y)
      if (low !== undefined && high !== undefined) root[high] = low
    }
  }
  const groups = Map.groupBy(seen.keys(), find)
  return [...groups.values()].map((those) => those.flatMap((i) => seen[i] ?? []))
}

/** Groups of the same bytes, and groups of different bytes that look alike. */
export const find = <S extends Seen>(seen: ReadonlyArray<S>): ReadonlyArray<Group<S>> => {
  const same = exact(seen)
  const first = same.flatMap(([one]) => (one === undefined ? [] : [one]))
  const near = first.length > MOST_COMPARED ? [] : linked(first)
  return [
    ...same.map((samples): Group<S> => ({ kind: "exact", samples })),
    ...near.map((samples): Group<S> => ({ kind: "near", samples }))
  ].filter(({ samples }) => samples.length > 1)
}
