/** Sweeps: expands overrides with several values into the overrides of each job, as Hydra's basic sweeper does. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Override from "../override/Override.ts"
import * as Printer from "../override/Printer.ts"
import { explain } from "../override/Problem.ts"
import * as Range from "../override/Range.ts"
import * as Shuffle from "../override/Shuffle.ts"
import {
  type GlobSweep,
  isSweep,
  isText,
  nestedSweep,
  type OverrideValue,
  type Quoted,
  type RangeSweep,
  type Sweep,
  type Text
} from "../override/Value.ts"
import * as Glob from "../source/Glob.ts"

/** An override parses, but its jobs cannot be listed; `start` and `end` are 0-based positions in `input`. */
export class SweepError extends Schema.TaggedError<SweepError>()("SweepError", {
  /** The whole override, as typed; empty when the sweep as a whole is at fault. */
  input: Schema.String,
  start: Schema.Finite,
  end: Schema.Finite,
  /** What is wrong, as a sentence without the final full stop. */
  problem: Schema.String,
  /** What to do about it. */
  cure: Schema.String
}) {
  override get message() {
    if (this.input === "") return `${this.problem}\n${this.cure}`
    return explain("cannot be swept", { ...this, expected: [] })
  }
}

/** The overrides of one job, each as text to be parsed again. */
export type Job = ReadonlyArray<string>
export type Batch = ReadonlyArray<Job>

export interface ExpandOptions<E = never, R = never> {
  /** The names of a group's options, for `glob()`. */
  readonly groupOptions: (group: string) => Effect.Effect<ReadonlyArray<string>, E, R>
  /** Jobs in one batch, at least 1. Default: all jobs are one batch. */
  readonly batchSize?: number
  /** The most jobs a sweep may have. Default 100,000. */
  readonly limit?: number
}

const defaultLimit = 100_000

const fail = (override: Override.Override, value: OverrideValue, problem: string, cure: string) =>
  new SweepError({ input: override.input, start: value.span.start, end: value.span.end, problem, cure })

const tooMany = (limit: number) =>
  new SweepError({
    input: "",
    start: 0,
    end: 0,
    problem: `the sweep has more than ${limit} jobs`,
    cure: "Sweep over fewer values, or run it in parts."
  })

const order = <A>(items: ReadonlyArray<A>, shuffle: boolean, override: Override.Override) =>
  shuffle ? Shuffle.shuffled(items, Shuffle.seedOf(override.input)) : items

/** The values of a sweep, in the order in which they run. */
const values = <E, R>(
  override: Override.Override,
  sweep: Sweep,
  options: ExpandOptions<E, R>
): Effect.Effect<ReadonlyArray<OverrideValue>, SweepError | E, R> => {
  switch (sweep._tag) {
    case "ChoiceSweep":
      return Effect.succeed(order(sweep.items, sweep.shuffle, override))
    case "RangeSweep":
      return rangeValues(override, sweep, options.limit)
    case "GlobSweep":
      return globValues(override, sweep, options.groupOptions)
    case "IntervalSweep":
      return Effect.fail(fail(override, sweep, "an interval has infinitely many values", intervalCure))
  }
}

const intervalCure = "Use range() or a list of values; intervals are for sweepers that sample."

const rangeValues = (override: Override.Override, range: RangeSweep, limit = defaultLimit) => {
  const counted = Range.values(range, limit)
  return Result.isSuccess(counted)
    ? Effect.succeed(order(counted.success, range.shuffle, override))
    : Effect.fail(
        fail(override, range, counted.failure, "Write range(start, stop, step), with a step towards stop.")
      )
}

const globValues = Effect.fnUntraced(function* <E, R>(
  override: Override.Override,
  glob: GlobSweep,
  groupOptions: ExpandOptions<E, R>["groupOptions"]
) {
  const odd = [...glob.include, ...glob.exclude].find((pattern) => !isText(pattern))
  if (odd !== undefined)
    return yield* fail(override, odd, "a pattern of glob() must be text", "Write it like *, a* or ?b.")
  const names = yield* groupOptions(override.key.keyOrGroup)
  const matching = Glob.filter(
    names,
    glob.include.filter(isText).map(textOf),
    glob.exclude.filter(isText).map(textOf)
  )
  return matching.map((value): Text => ({ _tag: "Text", value, span: glob.span }))
})

const textOf = ({ value }: Text | Quoted) => value

/** As Hydra writes it, but in quotes if the grammar could not read that again. */
const write = (value: OverrideValue): string => {
  const text = Printer.toHydraText(value)
  const reads = text === "" || Result.isSuccess(Override.parse(`key=${text}`, 0))
  return reads ? text : Printer.print(value)
}

/** The texts of one override, one for each of its values; an override that is not a sweep has one. */
const alternatives = Effect.fnUntraced(function* <E, R>(
  override: Override.Override,
  options: ExpandOptions<E, R>
) {
  const { value } = override
  const key = Override.keyText(override)
  if (value === undefined) return [`${key}=null`]
  const nested = nestedSweep(value)
  if (nested !== undefined) {
    return yield* fail(
      override,
      nested,
      "a sweep cannot be inside another value",
      "Sweep over whole values: key=a,b,c."
    )
  }
  const all = isSweep(value) ? yield* values(override, value, options) : [value]
  return all.map((item) => `${key}=${write(item)}`)
})

/** All combinations of one text from each list; the last list varies fastest. */
const product = (lists: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<Job> =>
  lists.reduce<ReadonlyArray<Job>>(
    (jobs, list) => jobs.flatMap((job) => list.map((text) => [...job, text])),
    [[]]
  )

/**
 * Lists the jobs of a sweep in batches. A key given twice keeps its first place and its last value. There may be
 * no job at all (`glob()` without a match), which the caller must report.
 */
export const expand = Effect.fn("Sweep.expand")(function* <E, R>(
  overrides: ReadonlyArray<Override.Override>,
  options: ExpandOptions<E, R>
) {
  const { batchSize, limit = defaultLimit } = options
  const lists = new Map<string, ReadonlyArray<string>>()
  for (const override of overrides)
    lists.set(Override.keyText(override), yield* alternatives(override, options))
  const size = [...lists.values()].reduce((total, list) => total * list.length, 1)
  if (size > limit) return yield* tooMany(limit)
  const jobs = product([...lists.values()])
  return batchSize === undefined ? [jobs] : yield* batches(jobs, batchSize)
})

const batches = (jobs: ReadonlyArray<Job>, size: number): Effect.Effect<ReadonlyArray<Batch>, SweepError> => {
  if (!Number.isInteger(size) || size < 1) {
    return Effect.fail(
      new SweepError({
        input: "",
        start: 0,
        end: 0,
        problem: `a batch cannot have ${size} jobs`,
        cure: "A batch needs at least one job."
      })
    )
  }
  const count = Math.ceil(jobs.length / size)
  return Effect.succeed(
    Array.from({ length: count }, (_, index) => jobs.slice(index * size, (index + 1) * size))
  )
}
