/** Where batches come from: a pure function of (epoch, index), so that any position can be resumed. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { HostTensor } from "../nn/HostTensor.ts"
import { DataError, type Dataset } from "./DatasetBase.ts"
import * as Rows from "./Rows.ts"
import { type At, lifted, type Samples } from "./Samples.ts"

export { DataError, type Dataset } from "./DatasetBase.ts"
export type { Column, Nested } from "./Rows.ts"
export {
  type At,
  concat,
  fromArrays,
  fromIterable,
  fromSamples,
  map,
  type NameOptions,
  type Samples,
  shuffle,
  split,
  take
} from "./Samples.ts"
export { inWorkers } from "./Workers.ts"

/** `dataset` with the batches of its first epoch in every epoch. */
export const firstEpochOnly = <B>(dataset: Dataset<B>): Dataset<B> => ({
  ...dataset,
  batch: (_, index) => dataset.batch(0, index)
})

/**
 * What `batch` makes of samples: tensors are stacked, with the sample as their first dimension; of a record each field
 * becomes a tensor where it holds tensors, and otherwise a list; what is neither becomes a list.
 */
export type Collated<A> = [A] extends [HostTensor]
  ? HostTensor
  : [A] extends [ReadonlyArray<unknown> | ArrayBufferView]
    ? ReadonlyArray<A>
    : [A] extends [object]
      ? { readonly [K in keyof A]: [A[K]] extends [HostTensor] ? HostTensor : ReadonlyArray<A[K]> }
      : ReadonlyArray<A>

export interface BatchOptions {
  /** Leaves the last batch of an epoch out where it would be smaller. Default false. */
  readonly dropLast?: boolean | undefined
  /** Samples of a batch that are made at a time; more than one pays where they wait, as for files. Default 1. */
  readonly concurrency?: number | undefined
}

/** How samples become a batch, where it is not as `Collated` says. */
export interface CollateOptions<A, B> extends BatchOptions {
  /** Makes a batch. It may be sent to another thread with its memory: copy typed arrays that somebody keeps. */
  readonly collate: (samples: ReadonlyArray<A>) => B
}

const refused = (where: string, problem: string, cure: string): DataError =>
  new DataError({ where, problem, cure })

/**
 * Batches of `size` samples in their order; the last is smaller where the samples do not fill it. Throws a `DataError`
 * where `size` is not a whole number from 1, and with `dropLast` where there are fewer samples. A batch fails with one
 * where tensors differ in shape or type.
 */
export function batch<A, B>(size: number, options: CollateOptions<A, B>): (self: Samples<A>) => Dataset<B>
export function batch(size: number, options?: BatchOptions): <A>(self: Samples<A>) => Dataset<Collated<A>>
export function batch(
  size: number,
  options: BatchOptions & { readonly collate?: (samples: ReadonlyArray<unknown>) => unknown } = {}
): (self: Samples<unknown>) => Dataset<unknown> {
  const { dropLast = false, concurrency = 1, collate } = options
  return (self) => {
    const { name, size: all, fingerprint } = self
    const length = lengthOf(self, size, dropLast)
    return {
      name,
      samples: dropLast ? length * size : all,
      length,
      batchSize: size,
      fingerprint,
      batch: Effect.fnUntraced(function* (epoch: number, index: number) {
        if (!Number.isInteger(index) || index < 0 || index >= length)
          return yield* refused(name, `there is no batch ${index}`, `Ask for one from 0 to ${length - 1}.`)
        const range = { from: index * size, to: Math.min((index + 1) * size, all) }
        const samples = yield* gather(self, epoch, range, concurrency)
        return collate === undefined ? yield* collated(samples, name, range.from) : collate(samples)
      })
    }
  }
}

const lengthOf = ({ name, size: all }: Samples<unknown>, size: number, dropLast: boolean): number => {
  if (!Number.isInteger(size) || size < 1)
    throw refused(name, `batches of ${size} samples`, "Give a whole number of them, at least 1.")
  if (dropLast && size > all)
    throw refused(
      name,
      `${all} samples do not fill one batch of ${size}, and dropLast leaves out what does not`,
      `Give batches of ${all} at most, or keep the last batch.`
    )
  return dropLast ? Math.floor(all / size) : Math.ceil(all / size)
}

const gather = Effect.fnUntraced(function* <A>(
  self: Samples<A>,
  epoch: number,
  { from, to }: { readonly from: number; readonly to: number },
  concurrency: number
) {
  const indices = Array.from({ length: to - from }, (_, i) => from + i)
  if (concurrency > 1) return yield* Effect.forEach(indices, (i) => self.sample(epoch, i), { concurrency })
  const samples: Array<A> = []
  for (const index of indices) {
    const sample = self.sample(epoch, index)
    samples.push(yield* sample)
    // Work for a sample must not keep the thread from anything else; what is there already is no work.
    if (!Exit.isExit(sample)) yield* Effect.yieldNow
  }
  return samples
})

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

/** A batch may be moved to another thread; what the samples keep must not go with it. */
const ownCopy = (value: unknown): unknown => {
  const known = value instanceof Float32Array || value instanceof Int32Array || value instanceof Uint8Array
  return known ? value.slice() : value
}

const collated = (
  samples: ReadonlyArray<unknown>,
  name: string,
  from: number
): Effect.Effect<unknown, DataError> => {
  const [first] = samples
  if (!samples.every(isRecord) || !isRecord(first) || Rows.isTensor(first))
    return columnOf(samples, (i) => `sample ${from + i}`, name)
  return Effect.all(
    Object.fromEntries(
      Object.keys(first).map((key) => [
        key,
        columnOf(
          samples.map((sample) => sample[key]),
          (i) => `"${key}" of sample ${from + i}`,
          name
        )
      ])
    )
  )
}

const columnOf = (
  values: ReadonlyArray<unknown>,
  nameOf: (index: number) => string,
  name: string
): Effect.Effect<unknown, DataError> => {
  if (!Rows.isTensor(values[0])) return Effect.succeed(values.map(ownCopy))
  const tensors = values.filter(Rows.isTensor)
  const other = values.findIndex((value) => !Rows.isTensor(value))
  const stacked =
    other >= 0
      ? { problem: `${nameOf(other)} is no tensor, as ${nameOf(0)} is` }
      : Rows.stack(tensors, nameOf)
  return Rows.isProblem(stacked)
    ? Effect.fail(
        refused(
          name,
          `a batch cannot be stacked: ${stacked.problem}`,
          "Bring samples to one shape by map, or give collate."
        )
      )
    : Effect.succeed(stacked)
}

/** Each batch changed by `f`, which may be an effect; it keeps the number of samples. */
export const mapBatch =
  <A, B>(f: (batch: A, at: At) => B | Effect.Effect<B, DataError>) =>
  (self: Dataset<A>): Dataset<B> => ({
    ...self,
    batch: (epoch, index) =>
      Effect.flatMap(self.batch(epoch, index), (made) => lifted(f(made, { epoch, index })))
  })

/**
 * What throws a `DataError` in `effect` fails with it: constructors such as `fromArrays` and `split` throw, so that data
 * sets are plain values, and an effect that opens data turns what they throw into a typed failure with this.
 */
export const catchRefused = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, DataError | E, R> =>
  Effect.catchDefect(effect, (defect) =>
    defect instanceof DataError ? Effect.fail(defect) : Effect.die(defect)
  )

const isWhole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least

/** What is wrong with the counts of a data set, before any batch. */
const countsProblem = ({ samples, length, batchSize }: Dataset<unknown>): string | undefined => {
  if (!isWhole(samples, 1)) return `it says it has ${samples} samples`
  if (!isWhole(length, 1)) return `it says it has ${length} batches`
  if (length > samples) return `it says it has ${length} batches of ${samples} samples`
  if (batchSize === undefined) return undefined
  return isWhole(batchSize, 1) && Math.ceil(samples / batchSize) === length
    ? undefined
    : `it says it has ${samples} samples in ${length} batches of ${batchSize}`
}

/** Fails where the counts of a data set cannot be: no samples, more batches than samples, a batch size that differs. */
export const check = (dataset: Dataset<unknown>): Effect.Effect<void, DataError> => {
  const problem = countsProblem(dataset)
  return problem === undefined
    ? Effect.void
    : Effect.fail(
        refused(dataset.name, problem, "Make `samples`, `length` and `batchSize` say what there is.")
      )
}

/** A batch as somebody got it. */
export interface Received extends At {
  readonly batch: unknown
  /** Samples, as the task counts them. */
  readonly size: number
  /** Samples in the epoch's batches before it, where they were counted. */
  readonly before?: number | undefined
}

const sizeProblem = (
  { samples, batchSize }: Dataset<unknown>,
  { index, size, before = 0 }: Received
): string | undefined => {
  if (!isWhole(size, 0)) return `the task counts ${size} samples in it`
  if (batchSize === undefined)
    return before + size <= samples
      ? undefined
      : `with its ${size} samples the epoch has ${before + size}, and the set says ${samples}`
  const due = Math.min(batchSize, samples - index * batchSize)
  return size === due ? undefined : `it has ${size} samples, and the set says ${due}`
}

/** The first tensor of a batch whose shape is not true. */
const tensorProblem = (batch: unknown): string | undefined => {
  const fields: ReadonlyArray<readonly [string, unknown]> =
    isRecord(batch) && !Rows.isTensor(batch) ? Object.entries(batch) : [["its tensor", batch]]
  for (const [name, value] of fields) {
    const lie = Rows.isTensor(value) ? Rows.lie(value) : undefined
    if (lie !== undefined) return `${name}: ${lie}`
  }
  return undefined
}

/**
 * Fails where a batch is not what its data set says: another number of samples than `batchSize` or the rest of `samples`
 * allow, a count that is no whole number, a tensor that holds another number of values than its shape. A set without a
 * `batchSize` may give less than it says, as one that leaves out broken pictures does.
 */
export const checkBatch = (dataset: Dataset<unknown>, received: Received): Effect.Effect<void, DataError> => {
  const problem = sizeProblem(dataset, received) ?? tensorProblem(received.batch)
  return problem === undefined
    ? Effect.void
    : Effect.fail(
        refused(
          `${dataset.name}, batch ${received.index} of epoch ${received.epoch}`,
          problem,
          "Correct the data set, or the task's sizeOf."
        )
      )
}
