/** Which checkpoints to write and which to remove: a pure decision that the trainer carries out. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { didYouMean } from "../../config/node/Nearest.ts"
import { Count } from "../internal/Numbers.ts"
import type { Metrics } from "../task/Metric.ts"
import * as Checkpoints from "./Checkpoints.ts"
import { better, type Mode } from "./StopRule.ts"

export interface RetentionOptions {
  /** The metric that ranks checkpoints; without one, the newest are kept. */
  readonly monitor: string | undefined
  readonly mode: Mode
  /** How many ranked checkpoints to keep; `"all"` keeps every one. */
  readonly saveTopK: number | "all"
  /** Whether `last` is written at every save point. */
  readonly saveLast: boolean
  /**
   * Pattern of names: `{epoch:02d}`, `{step:06d}`, `{val/hmean:.4f}`. Only `last` is written until the metrics in it are
   * known, which is after the first validation.
   */
  readonly filename: string
}

/** A name that a checkpoint may have. */
export const Name = Schema.String.check(
  Schema.makeFilter<string>(Checkpoints.isName, { expected: "the name of a checkpoint" })
)

/** A ranked checkpoint on disk; `value` is null if no metric ranks. */
export const Kept = Schema.Struct({
  name: Name,
  value: Schema.NullOr(Schema.Finite),
  step: Count
})
export type Kept = typeof Kept.Type

export interface Candidate {
  /** Epochs finished, from 0. */
  readonly epoch: number
  readonly step: number
  readonly metrics: Metrics
}

export interface Decision {
  /** Names to write: the ranked one first, `last` at the end. */
  readonly save: ReadonlyArray<string>
  /** Names to remove once everything is written. */
  readonly remove: ReadonlyArray<string>
  readonly kept: ReadonlyArray<Kept>
}

const integers = /^(\d{0,2})d$/
const decimals = /^\.(\d{1,2})f$/

const format = (value: number, spec: string): string => {
  const integer = integers.exec(spec)
  if (integer !== null) return String(Math.trunc(value)).padStart(Number(integer[1]), "0")
  const fixed = decimals.exec(spec)
  return fixed === null ? String(value) : value.toFixed(Number(fixed[1]))
}

const placeholder = /\{([^{}:]+)(?::([^{}]*))?\}/g

const counters = ["epoch", "step"]

/** The pattern with its values. A slash becomes a dash, so that a name is never a path; a leading minus gets a prefix. */
const filled = (pattern: string, valueOf: (key: string) => number): string =>
  pattern
    .replace(placeholder, (_, key: string, spec: string | undefined) => format(valueOf(key), spec ?? ""))
    .replaceAll(/[/\\]/g, "-")
    .replace(/^-/, "_-")

/** The metrics that a pattern names. */
export const metricsIn = (pattern: string): ReadonlyArray<string> =>
  [...pattern.matchAll(placeholder)].flatMap(([, key = ""]) => (counters.includes(key) ? [] : [key]))

/** The name of a candidate; undefined if it lacks a metric that the pattern names. */
const nameOf = (pattern: string, { epoch, step, metrics }: Candidate): string | undefined => {
  const values: Metrics = { ...metrics, epoch, step }
  return metricsIn(pattern).every((key) => Object.hasOwn(values, key))
    ? filled(pattern, (key) => values[key] ?? 0)
    : undefined
}

/** Longest name of a checkpoint in characters: file systems allow 255 bytes, with what a save adds. */
const longest = 200

const problemOfPlaceholder = (key: string, spec: string | undefined): string | undefined => {
  if (!counters.includes(key) && !key.includes("/")) {
    return (
      `{${key}} is neither {epoch}${didYouMean(key, counters)} nor {step} nor the full name of a metric, ` +
      "such as {val/hmean}"
    )
  }
  return spec === undefined || integers.test(spec) || decimals.test(spec)
    ? undefined
    : `{${key}:${spec}} has an unknown format. Use one such as 02d for whole numbers, or .4f for decimals`
}

/** Why a pattern cannot name checkpoints, as a sentence; undefined if it can. */
export const problemOf = (pattern: string): string | undefined => {
  for (const [, key = "", spec] of pattern.matchAll(placeholder)) {
    const problem = problemOfPlaceholder(key, spec)
    if (problem !== undefined) return problem
  }
  const sample = filled(pattern, () => 0)
  if (sample === "last") return '"last" is the name of the newest checkpoint. Choose another'
  if (sample.length > longest)
    return `it makes names of ${sample.length} characters, but at most ${longest} are allowed`
  return Checkpoints.isName(sample)
    ? undefined
    : `it makes names such as "${sample}". Use letters, digits, and . _ = + - in between, and {…} for values`
}

/** Negative if `a` is better; a value is better than none, and the older of two equal ones. */
const compare = (mode: Mode, a: Kept, b: Kept): number => {
  if (a.value === b.value) return a.value === null ? 0 : a.step - b.step
  if (a.value === null) return 1
  if (b.value === null) return -1
  return better(mode, a.value, b.value) ? -1 : 1
}

/** Best first; without a metric, newest first. */
const rank = (options: RetentionOptions, kept: ReadonlyArray<Kept>): ReadonlyArray<Kept> =>
  options.monitor === undefined
    ? kept.toSorted((a, b) => b.step - a.step)
    : kept.toSorted((a, b) => compare(options.mode, a, b))

const unique = (name: string, kept: ReadonlyArray<Kept>, version = 1): string => {
  const candidate = version === 1 ? name : `${name}-v${version}`
  return kept.some((other) => other.name === candidate) ? unique(name, kept, version + 1) : candidate
}

/** The value that ranks the candidate: null if no metric does, NaN if it lacks the metric. */
const valueOf = ({ monitor }: RetentionOptions, { metrics }: Candidate): number | null =>
  monitor === undefined ? null : (metrics[monitor] ?? Number.NaN)

/** What to do with a candidate while `kept` are on disk. */
export const decide = (
  options: RetentionOptions,
  kept: ReadonlyArray<Kept>,
  candidate: Candidate
): Decision => {
  const last = options.saveLast ? ["last"] : []
  const value = valueOf(options, candidate)
  const named = nameOf(options.filename, candidate)
  const rankable = options.saveTopK !== 0 && (value === null || Number.isFinite(value))
  if (!rankable || named === undefined) return { save: last, remove: [], kept }
  const others = kept.filter((other) => other.step !== candidate.step)
  const name = unique(named, others)
  const ranked = rank(options, [...others, { name, value, step: candidate.step }])
  const staying = options.saveTopK === "all" ? ranked : ranked.slice(0, options.saveTopK)
  const names = new Set(staying.map((one) => one.name))
  return {
    save: names.has(name) ? [name, ...last] : last,
    remove: kept.filter((old) => !names.has(old.name)).map((old) => old.name),
    kept: staying
  }
}

/** The best of `kept`, or the newest if no metric ranks. */
export const best = (options: RetentionOptions, kept: ReadonlyArray<Kept>): Kept | undefined =>
  rank(options, kept)[0]

/** What a checkpoint says of the metric that ranks it; nothing if none does. */
export const monitored = (
  options: RetentionOptions | undefined,
  metrics: Metrics
): Pick<Checkpoints.CheckpointState, "monitored"> =>
  options?.monitor === undefined
    ? {}
    : {
        monitored: {
          metric: options.monitor,
          mode: options.mode,
          value: metrics[options.monitor] ?? null
        }
      }

const decodeKept = Schema.decodeUnknownOption(Schema.Array(Schema.Struct({ name: Schema.String })))

/** The first in the ranking that the newest checkpoint remembers, of those that are still there. */
const firstRemembered = (saved: ReadonlyArray<Checkpoints.Saved>): Checkpoints.Saved | undefined =>
  decodeKept(saved.at(-1)?.state.policies["retention"]).pipe(
    Option.getOrElse(() => []),
    (kept) => kept.map(({ name }) => saved.find((one) => one.name === name)).find((one) => one !== undefined)
  )

/**
 * The best by the metric and direction that the newest checkpoint names; of equals the older. `last` does not take
 * part: its weights may be later than the validation that its value is of.
 */
const bestMonitored = (saved: ReadonlyArray<Checkpoints.Saved>): Checkpoints.Saved | undefined => {
  const by = saved.at(-1)?.state.monitored
  if (by === undefined) return undefined
  const [first, ...others] = saved.flatMap((one) => {
    const { monitored: own, metrics } = one.state
    const value = own?.metric === by.metric ? own.value : metrics[by.metric]
    return one.name === "last" || value === undefined || value === null ? [] : [{ one, value }]
  })
  return others.reduce((top, next) => (top && better(by.mode, next.value, top.value) ? next : top), first)
    ?.one
}

/**
 * The best of the checkpoints of a folder, oldest first: the one that the retention policy ranked first; if that is not
 * remembered, the best by the monitored metric. Undefined if the checkpoints say neither.
 */
export const bestOf = (saved: ReadonlyArray<Checkpoints.Saved>): Checkpoints.Saved | undefined =>
  firstRemembered(saved) ?? bestMonitored(saved)
