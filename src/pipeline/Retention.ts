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
    .replace(/\{([^}:]+)(?::([^}]*))?\}/g, (_, key: string, spec: string | undefined) => {
      const values: Metrics = { ...candidate.metrics, epoch: candidate.epoch, step: candidate.step }
      return format(values[key] ?? Number.NaN, spec ?? "")
    })
    .replaceAll(/[/\\]/g, "-")

/** Best first; equal values keep the older. */
const rank = (options: RetentionOptions, kept: ReadonlyArray<Kept>): ReadonlyArray<Kept> =>
  options.monitor === undefined
    ? kept.toSorted((a, b) => b.step - a.step)
    : kept.toSorted((a, b) => {
        if (a.value === null || b.value === null) return a.value === b.value ? 0 : a.value === null ? 1 : -1
        if (a.value === b.value) return a.step - b.step
        return better(options.mode, a.value, b.value) ? -1 : 1
      })

const unique = (name: string, kept: ReadonlyArray<Kept>, version = 1): string => {
  const candidate = version === 1 ? name : `${name}-v${version}`
  return kept.some((other) => other.name === candidate) ? unique(name, kept, version + 1) : candidate
}

/** What to do with a candidate when `kept` are on disk. */
export const decide = (
  options: RetentionOptions,
  kept: ReadonlyArray<Kept>,
  candidate: Candidate
): Decision => {
  const last = options.saveLast ? ["last"] : []
  const value = options.monitor === undefined ? null : (candidate.metrics[options.monitor] ?? Number.NaN)
  const rankable = options.saveTopK !== 0 && (value === null || Number.isFinite(value))
  if (!rankable) return { save: last, remove: [], kept }
  const others = kept.filter((other) => other.step !== candidate.step)
  const mine: Kept = {
    name: unique(nameOf(options.filename, candidate), others),
    value,
    step: candidate.step
  }
  const ranked = rank(options, [...others, mine])
  const staying = options.saveTopK === "all" ? ranked : ranked.slice(0, options.saveTopK)
  const enters = staying.includes(mine)
  return {
    save: enters ? [mine.name, ...last] : last,
    remove: kept.filter((old) => !staying.some((other) => other.name === old.name)).map((old) => old.name),
    kept: staying
  }
}

/** The best of `kept`, or the newest where no metric ranks. */
export const best = (options: RetentionOptions, kept: ReadonlyArray<Kept>): Kept | undefined =>
  rank(options, kept)[0]
