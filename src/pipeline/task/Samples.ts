/** Samples by their number: what a data set is made of before it is cut into batches. */
import * as Effect from "effect/Effect"
import * as Pipeable from "effect/Pipeable"
import type { HostTensor } from "../nn/HostTensor.ts"
import * as Random from "../nn/Random.ts"
import { DataError } from "./DataError.ts"
import * as Rows from "./Rows.ts"

/**
 * Samples that can be had in any order: what a sample is follows from (epoch, index) alone, so that a resumed run sees
 * what the uninterrupted one would have seen. `fromArrays`, `fromIterable` and `fromSamples` make them, `map`,
 * `shuffle`, `take`, `split` and `concat` change them, `Dataset.batch` makes a data set of them.
 */
export interface Samples<out A> extends Pipeable.Pipeable {
  readonly name: string
  /** Samples in an epoch, at least 1. */
  readonly size: number
  /** Sample `index`, 0 ≤ index < size, of `epoch`, counted from 0. */
  readonly sample: (epoch: number, index: number) => Effect.Effect<A, DataError>
  /** Whether an index is another sample in another epoch. */
  readonly shuffled: boolean
  /** A digest of what is held, before `map`; absent where nobody can say. */
  readonly fingerprint?: Effect.Effect<string, DataError> | undefined
}

/** Which sample of which epoch: what to key a generator by, `Random.make(seed, epoch, index)`. */
export interface At {
  readonly epoch: number
  readonly index: number
}

export interface NameOptions {
  /** What logs and errors call the set. Default `data`. */
  readonly name?: string | undefined
}

const refused = (where: string, problem: string, cure: string): DataError =>
  new DataError({ where, problem, cure })

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1

const make = <A>(definition: Omit<Samples<A>, "pipe">): Samples<A> => {
  const { name, size, sample } = definition
  if (!isCount(size)) {
    throw refused(name, `it has ${size} samples`, "A data set needs a whole number of them, at least 1.")
  }
  return {
    ...definition,
    sample: (epoch, index) =>
      Number.isInteger(index) && index >= 0 && index < size
        ? sample(epoch, index)
        : Effect.fail(refused(name, `there is no sample ${index}`, `Ask for one from 0 to ${size - 1}.`)),
    ...Pipeable.Prototype
  }
}

/** Computes at the first call. */
const once = <A>(compute: Effect.Effect<A, DataError>): Effect.Effect<A, DataError> => {
  let kept: Effect.Effect<A> | undefined
  return Effect.suspend(
    () =>
      kept ??
      Effect.tap(compute, (value) =>
        Effect.sync(() => {
          kept = Effect.succeed(value)
        })
      )
  )
}

/** Loaded when it is asked for: not every run that reads data digests it. */
const digest = (where: string, value: unknown): Effect.Effect<string, DataError> =>
  once(
    Effect.flatMap(
      Effect.promise(() => import("../internal/Digest.ts")),
      ({ ofData }) => {
        const made = ofData(value)
        return "digest" in made
          ? Effect.succeed(made.digest)
          : Effect.fail(
              refused(
                where,
                `it has no fingerprint: ${made.problem}`,
                "Make samples of plain data, or use fromSamples."
              )
            )
      }
    )
  )

/** The fingerprint of what is made of `sources`; absent where one of them has none. */
const derived = (
  where: string,
  sources: ReadonlyArray<Pick<Samples<unknown>, "fingerprint">>,
  how: { readonly [key: string]: unknown }
): Samples<unknown>["fingerprint"] => {
  const known = sources.flatMap(({ fingerprint }) => fingerprint ?? [])
  if (known.length < sources.length) return undefined
  return once(Effect.flatMap(Effect.all(known), (of) => digest(where, { of, ...how })))
}

/**
 * Samples that a function makes, such as pictures in a folder: it has to give the same for the same (epoch, index),
 * whatever was asked before. Throws a `DataError` where `size` is not a whole number from 1.
 */
export const fromSamples = <A>(
  definition: Pick<Samples<A>, "fingerprint" | "name" | "sample" | "size">
): Samples<A> => make({ ...definition, shuffled: false })

/**
 * Rows of tensors: a sample is a record of the same names, of which each holds one row, `x` of `[784]` where `x` is
 * `[60000, 784]`. Arrays of numbers become float32; an `Int32Array` or `Uint8Array` stays what it is. The arrays are
 * kept, not copied, so change none of them. Throws a `DataError` where there is no array, one is ragged or is not as
 * long as its shape says, their first dimensions differ or are 0.
 */
export const fromArrays = <K extends string>(
  arrays: { readonly [Name in K]: Rows.Column },
  { name = "data" }: NameOptions = {}
): Samples<{ readonly [Name in K]: HostTensor }> => samplesOf<K>(tensorsOf(arrays, name), name)

function samplesOf<K extends string>(
  tensors: ReadonlyMap<string, HostTensor>,
  name: string
): Samples<{ readonly [Name in K]: HostTensor }>
function samplesOf(tensors: ReadonlyMap<string, HostTensor>, name: string): Samples<object> {
  const columns = [...tensors]
  return make({
    name,
    size: lengthOf(columns, name),
    shuffled: false,
    sample: (_, index) =>
      Effect.succeed(Object.fromEntries(columns.map(([key, tensor]) => [key, Rows.row(tensor, index)]))),
    fingerprint: digest(name, Object.fromEntries(columns))
  })
}

const tensorsOf = (
  arrays: { readonly [key: string]: Rows.Column },
  name: string
): ReadonlyMap<string, HostTensor> =>
  new Map(
    Object.entries<Rows.Column>(arrays).map(([key, column]) => {
      const tensor = Rows.fromColumn(column, key)
      if (Rows.isProblem(tensor))
        throw refused(name, tensor.problem, "Give tensors or arrays whose first dimension is the sample.")
      return [key, tensor]
    })
  )

const lengthOf = (columns: ReadonlyArray<readonly [string, HostTensor]>, name: string): number => {
  const [first] = columns
  if (first === undefined) throw refused(name, "there are no arrays", "Give at least one, such as { x, y }.")
  const length = first[1].shape[0] ?? 0
  for (const [key, { shape }] of columns)
    if (shape[0] !== length)
      throw refused(
        name,
        `"${first[0]}" has ${length} samples and "${key}" ${shape[0]}`,
        "Give arrays with as many of them."
      )
  return length
}

/**
 * The values that `samples` gives, taken once and kept. Throws a `DataError` where there are none. Their fingerprint
 * takes plain data: numbers, texts, typed arrays, and records or lists of those.
 */
export const fromIterable = <A>(samples: Iterable<A>, { name = "data" }: NameOptions = {}): Samples<A> => {
  const kept = [...samples]
  const made = kept.map((sample) => Effect.succeed(sample))
  return make<A>({
    name,
    size: kept.length,
    shuffled: false,
    sample: (_, index) => made[index] ?? Effect.die(new Error(`there is no sample ${index}`)),
    fingerprint: digest(name, kept)
  })
}

/**
 * Each sample changed by `f`, which may be an effect, such as reading a picture; the fingerprint stays that of what it
 * was made of. Randomness is keyed by where the sample is: `Random.make(seed, epoch, index)`. Before a `shuffle` the
 * index is the sample's own, after it the place in the epoch.
 */
export const map =
  <A, B>(f: (sample: A, at: At) => B | Effect.Effect<B, DataError>) =>
  (self: Samples<A>): Samples<B> =>
    make<B>({
      ...self,
      sample: (epoch, index) =>
        Effect.flatMap(self.sample(epoch, index), (sample) => lifted(f(sample, { epoch, index })))
    })

/** What a function gave that may be an effect. */
export const lifted = <B>(made: B | Effect.Effect<B, DataError>): Effect.Effect<B, DataError> =>
  Effect.isEffect(made) ? made : Effect.succeed(made)

/** In another order in each epoch, `Random.permutation(size, seed, epoch)`. */
export const shuffle =
  (seed: number) =>
  <A>(self: Samples<A>): Samples<A> => {
    // Of two epochs: at their border batches of both are made ahead.
    const orders = new Map<number, Uint32Array>()
    const orderOf = (epoch: number): Uint32Array => {
      const order = orders.get(epoch) ?? Random.permutation(self.size, seed, epoch)
      orders.set(epoch, order)
      for (const other of orders.keys()) if (orders.size > 2 && other !== epoch) orders.delete(other)
      return order
    }
    return make({
      ...self,
      shuffled: true,
      sample: (epoch, index) => self.sample(epoch, orderOf(epoch)[index] ?? index)
    })
  }

/** The first `count` samples, or all where there are not as many. Throws a `DataError` of less than one. */
export const take =
  (count: number) =>
  <A>(self: Samples<A>): Samples<A> => {
    if (!isCount(count))
      throw refused(self.name, `take(${count})`, "Take a whole number of samples, at least 1.")
    return make({
      ...self,
      size: Math.min(count, self.size),
      fingerprint: count >= self.size ? self.fingerprint : derived(self.name, [self], { take: count })
    })
  }

/** The samples of this set, then those of `that`. */
export const concat =
  <B>(that: Samples<B>) =>
  <A>(self: Samples<A>): Samples<A | B> =>
    make<A | B>({
      name: self.name === that.name ? self.name : `${self.name} and ${that.name}`,
      size: self.size + that.size,
      shuffled: self.shuffled || that.shuffled,
      sample: (epoch, index) =>
        index < self.size ? self.sample(epoch, index) : that.sample(epoch, index - self.size),
      fingerprint: derived(self.name, [self, that], { concat: [self.size, that.size] })
    })

/** Where each part ends, of `size` samples. */
const endsOf = (parts: ReadonlyArray<number>, size: number, name: string): ReadonlyArray<number> => {
  const what = `split([${parts.join(", ")}])`
  const fractions = parts.every((part) => part > 0 && part < 1)
  if (parts.length === 0 || !(fractions || parts.every(isCount))) {
    throw refused(
      name,
      `${what} says neither fractions nor counts`,
      "Give all parts below 1, or all as whole numbers from 1."
    )
  }
  const sums = parts.map((_, i) => parts.slice(0, i + 1).reduce((sum, part) => sum + part, 0))
  checkSum(sums.at(-1) ?? 0, fractions ? 1 : size, what, name)
  const ends = fractions ? sums.map((sum) => Math.round(sum * size)) : sums
  const empty = ends.findIndex((end, i) => end === (ends[i - 1] ?? 0))
  if (empty < 0) return ends
  throw refused(
    name,
    `part ${empty + 1} of ${what} would have none of its ${size} samples`,
    "Give larger parts, or fewer."
  )
}

/** Seven tenths and three tenths may add up to a little more than 1. */
const checkSum = (sum: number, most: number, what: string, name: string): void => {
  if (sum <= most + 1e-9) return
  throw refused(
    name,
    `${what} adds up to ${Number(sum.toPrecision(6))} of ${most}`,
    `Give parts that add up to ${most} at most.`
  )
}

/**
 * Disjoint parts, by fractions, `split([0.8, 0.2], seed)`, or by counts, `split([50000, 10000], seed)`. Which samples a
 * part has follows from the seed and the size alone; in a part they keep their order. Parts that add up to less leave
 * samples out. Throws a `DataError` of fractions that add up to more than 1, of more samples than there are, of a part
 * without any, and of a set that is shuffled, whose parts would exchange their samples between epochs.
 */
export function split<const P extends ReadonlyArray<number>>(
  parts: P,
  seed: number
): <A>(self: Samples<A>) => { readonly [K in keyof P]: Samples<A> }
export function split(
  parts: ReadonlyArray<number>,
  seed: number
): <A>(self: Samples<A>) => ReadonlyArray<Samples<A>> {
  return (self) => {
    const { name, size, shuffled } = self
    if (shuffled)
      throw refused(
        name,
        "it is shuffled anew in each epoch, which would mix its parts",
        "Split first, then shuffle the parts."
      )
    const ends = endsOf(parts, size, name)
    const order = Random.permutation(size, seed, Random.keyOf("split"))
    return ends.map((end, part) => {
      const chosen = order.slice(ends[part - 1] ?? 0, end).sort()
      return make({
        ...self,
        size: chosen.length,
        sample: (epoch, index) => self.sample(epoch, chosen[index] ?? index),
        fingerprint: derived(name, [self], { split: [...parts], seed, part })
      })
    })
  }
}
