/** The samples of a plan's data before any picture is decoded: plain values, which workers get. */
import * as Random from "../../../pipeline/nn/Random.ts"
import type { ImageSize } from "../../../pipeline/picture/Images.ts"
import * as Shards from "../../../pipeline/shards/Shards.ts"
import type { DataError } from "../../../pipeline/task/Dataset.ts"

export type PartName = "train" | "val" | "test"

/** A picture in a file of its own. */
export interface Entry {
  readonly name: string
  /** Absolute. */
  readonly path: string
  /** Its class, counted from 0; -1 where nobody knows. */
  readonly label: number
  /** Upright, pixels. */
  readonly size: ImageSize
}

/** Some pictures of an idx file. */
export interface IdxPart {
  readonly kind: "idx"
  /** Begins the samples' names: `t10k-00012`. */
  readonly name: string
  /** The file with the pictures, absolute. */
  readonly file: string
  readonly indices: Uint32Array
  /** Of each index; -1 where nobody knows. */
  readonly labels: Int32Array
}

export interface PicturePart {
  readonly kind: "pictures"
  readonly entries: ReadonlyArray<Entry>
}

/** Pictures in shards. */
export interface ShardPart {
  readonly kind: "shards"
  readonly opened: Shards.Opened
  readonly part: PartName
  /** Names in the order of the net's outputs. */
  readonly classes: ReadonlyArray<string>
  /** Digest of the samples, which is that of the folder that was packed. */
  readonly fingerprint: string
}

export type Part = IdxPart | PicturePart | ShardPart

export interface Catalogue {
  /** Names of the classes in the order of the net's outputs. */
  readonly classes: ReadonlyArray<string>
  readonly train: Part
  readonly val: Part
  /** Absent where nothing is kept for tests. */
  readonly test?: Part | undefined
  readonly warnings: ReadonlyArray<string>
  /** Samples that were left out because they cannot be used. */
  readonly skipped?: ReadonlyArray<DataError> | undefined
}

export const sizeOf = (part: Part): number => {
  if (part.kind === "shards") return Shards.sizeOf(part.opened, part.part)
  return part.kind === "idx" ? part.indices.length : part.entries.length
}

/** Whole numbers by value, all others by code unit. */
export const sortedClasses = (names: Iterable<string>): ReadonlyArray<string> => {
  const unique = [...new Set(names)]
  const numbered = unique.every((name) => /^(0|[1-9]\d{0,8})$/.test(name))
  return numbered ? unique.sort((a, b) => Number(a) - Number(b)) : unique.sort()
}

export interface Fractions {
  readonly val: number
  readonly test: number
  readonly seed: number
}

export interface Split {
  readonly train: ReadonlyArray<number>
  readonly val: ReadonlyArray<number>
  readonly test: ReadonlyArray<number>
}

/** Places of the samples by their label, in the order of the labels' first samples. */
const byLabel = (labels: ArrayLike<number>): ReadonlyMap<number, ReadonlyArray<number>> => {
  const places = new Map<number, Array<number>>()
  for (const [place, label] of Array.from(labels).entries()) {
    const those = places.get(label)
    if (those === undefined) places.set(label, [place])
    else those.push(place)
  }
  return places
}

/**
 * Divides samples so that each class has the same parts in all of them, rounded; a function of the labels and the
 * seed alone. Each part is in ascending order.
 */
export const split = (labels: ArrayLike<number>, { val, test, seed }: Fractions): Split => {
  const parts: { readonly [name in PartName]: Array<ReadonlyArray<number>> } = {
    train: [],
    val: [],
    test: []
  }
  for (const [label, those] of byLabel(labels)) {
    const order = Random.permutation(those.length, seed, label, Random.keyOf("split"))
    const drawn = Array.from(order, (at) => those[at] ?? 0)
    const tests = Math.round(those.length * test)
    const validates = Math.round(those.length * val)
    parts.test.push(drawn.slice(0, tests))
    parts.val.push(drawn.slice(tests, tests + validates))
    parts.train.push(drawn.slice(tests + validates))
  }
  const ascending = (places: ReadonlyArray<ReadonlyArray<number>>) => places.flat().sort((a, b) => a - b)
  return { train: ascending(parts.train), val: ascending(parts.val), test: ascending(parts.test) }
}
