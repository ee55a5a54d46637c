/** Which checkpoints to write and which to let go: a pure decision that the trainer carries out. */
import * as Schema from "effect/Schema"
import type { Metrics } from "./Metric.ts"
import { better, type Mode } from "./StopRule.ts"

export interface RetentionOptions {
  /** The metric that ranks checkpoints; without one the newest are kept. */
  readonly monitor: string | undefined
  readonly mode: Mode
  /** How many ranked checkpoints to keep; `"all"` keeps every one. */
  readonly saveTopK: number | "all"
  /** Whether `last` is written at every save point. */
  readonly saveLast: boolean
  /** Pattern of names: `{epoch:02d}`, `{step:06d}`, `{val/hmean:.4f}`. */
  readonly filename: string
}

/** A ranked checkpoint on disk; `value` is null where no metric ranks. */
export const Kept = Schema.Struct({
  name: Schema.String,
  value: Schema.NullOr(Schema.Finite),
  step: Schema.Int
})
export type Kept = typeof Kept.Type

export interface Candidate {
  /** Epochs finished, from 0. */
  readonly epoch: number
  readonly step: number
  readonly metrics: Metrics
}

export interface Decision {
  /** Names to write, the ranked one first and `last` at the end. */
  readonly save: ReadonlyArray<string>
  /** Names to remove after everything is written. */
  readonly remove: ReadonlyArray<string>
  readonly kept: ReadonlyArray<Kept>
}

const format = (value: number, spec: string): string => {
  const integer = /^0?(\d+)d$/.exec(spec)
  if (integer !== null) return String(Math.trunc(value)).padStart(Number(integer[1]), "0")
  const fixed = /^\.(\d+)f$/.exec(spec)
  return fixed === null ? String(value) : value.toFixed(Number(fixed[1]))
}

/** Fills the pattern; a metric's slash becomes a dash, so that a name is never a path. */
export const nameOf = (pattern: string, candidate: Candidate): string =>
  pattern
    .replace(/\{([^{}:]+)(?::([^{}]*))?\}/g, (_, key: string, spec: string | undefined) => {
      const values: Metrics = { ...candidate.metrics, epoch: candidate.epoch, step: candidate.step }
      return format(values[key] ?? Number.NaN, spec ?? "")
    })
    .replaceAll(/[/\\]/g, "-")

/** Negative where `a` is better; a value before none, and of equals the older. */
const compare = (mode: Mode, a: Kept, b: Kept): number => {
  if (a.value === b.value) return a.value === null ? 0 : a.step - b.step
  if (a.value === null) return 1
  if (b.value === null) return -1
  return better(mode, a.value, b.value) ? -1 : 1
}

/** Best first; without a metric the newest. */
const rank = (options: RetentionOptions, kept: ReadonlyArray<Kept>): ReadonlyArray<Kept> =>
  options.monitor === undefined
    ? kept.toSorted((a, b) => b.step - a.step)
    : kept.toSorted((a, b) => compare(options.mode, a, b))

const unique = (name: string, kept: ReadonlyArray<Kept>, version = 1): string => {
  const candidate = version === 1 ? name : `${name}-v${version}`
  return kept.some((other) => other.name === candidate) ? unique(name, kept, version + 1) : candidate
}

/** What ranks the candidate: null where no metric does, NaN where it lacks the metric. */
const valueOf = ({ monitor }: RetentionOptions, { metrics }: Candidate): number | null =>
  monitor === undefined ? null : (metrics[monitor] ?? Number.NaN)

/** What to do with a candidate when `kept` are on disk. */
export const decide = (
  options: RetentionOptions,
  kept: ReadonlyArray<Kept>,
  candidate: Candidate
): Decision => {
  const last = options.saveLast ? ["last"] : []
  const value = valueOf(options, candidate)
  const rankable = options.saveTopK !== 0 && (value === null || Number.isFinite(value))
  if (!rankable) return { save: last, remove: [], kept }
  const others = kept.filter((other) => other.step !== candidate.step)
  const name = unique(nameOf(options.filename, candidate), others)
  const ranked = rank(options, [...others, { name, value, step: candidate.step }])
  const staying = options.saveTopK === "all" ? ranked : ranked.slice(0, options.saveTopK)
  const names = new Set(staying.map((one) => one.name))
  return {
    save: names.has(name) ? [name, ...last] : last,
    remove: kept.filter((old) => !names.has(old.name)).map((old) => old.name),
    kept: staying
  }
}

/** The best of `kept`, or the newest where no metric ranks. */
export const best = (options: RetentionOptions, kept: ReadonlyArray<Kept>): Kept | undefined =>
  rank(options, kept)[0]
