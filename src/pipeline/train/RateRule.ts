/** Rules that change the learning rate as validation suggests. A rule is a value; its state goes into checkpoints. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Count } from "../internal/Numbers.ts"
import type { Mode, Observation } from "./StopRule.ts"

export interface RateRule {
  /** Unique among the rules of a fit: a checkpoint keeps the rule's state under it. */
  readonly name: string
  /** The metric that the rule needs, such as `val/loss`. */
  readonly requires: string
  /** What a checkpoint keeps of the rule. */
  readonly state: Schema.Json
  /** The rate to use when the schedule gives `scheduled`. */
  readonly rate: (scheduled: number) => number
  /** The rule after a validation. */
  readonly observe: (observation: Observation) => RateRule
  /** The rule with the state that a checkpoint kept; none if it is not a state of this rule. */
  readonly restore: (state: Schema.Json) => Option.Option<RateRule>
}

export interface PlateauOptions {
  /** Required if a fit has two such rules; `reduce_on_plateau` by default. */
  readonly name?: string
  readonly monitor: string
  readonly mode: Mode
  /** Factor that the rate is multiplied by at each reduction, in (0, 1). */
  readonly factor: number
  /** Validations without improvement to wait; the next one reduces the rate. */
  readonly patience: number
  /** Smallest change that counts as an improvement: a fraction of the best value, or an amount. */
  readonly threshold: number
  readonly thresholdMode: "rel" | "abs"
  /** Validations after a reduction that are not counted. */
  readonly cooldown: number
  /** Smallest rate; it is not reduced below this. */
  readonly minRate: number
}

const PlateauState = Schema.Struct({
  best: Schema.NullOr(Schema.Finite),
  bad: Count,
  cooldown: Count,
  reductions: Count
})
type PlateauState = typeof PlateauState.Type
const decodeState = Schema.decodeUnknownOption(PlateauState)

/** The value that a metric has to pass to count as an improvement on `best`. */
const bar = ({ mode, threshold, thresholdMode }: PlateauOptions, best: number): number => {
  const sign = mode === "max" ? 1 : -1
  return thresholdMode === "rel" ? best * (1 + sign * threshold) : best + sign * threshold
}

const improves = (options: PlateauOptions, value: number, best: number | null): boolean => {
  if (!Number.isFinite(value)) return false
  if (best === null) return true
  return options.mode === "max" ? value > bar(options, best) : value < bar(options, best)
}

const counted = (options: PlateauOptions, state: PlateauState, value: number): PlateauState => {
  const better = improves(options, value, state.best)
  const best = better ? value : state.best
  if (state.cooldown > 0) return { ...state, best, bad: 0, cooldown: state.cooldown - 1 }
  return { ...state, best, bad: better ? 0 : state.bad + 1 }
}

const reduced = (options: PlateauOptions, state: PlateauState): PlateauState =>
  state.bad > options.patience
    ? { ...state, bad: 0, cooldown: options.cooldown, reductions: state.reductions + 1 }
    : state

const plateauFrom = (options: PlateauOptions, state: PlateauState): RateRule => ({
  name: options.name ?? "reduce_on_plateau",
  requires: options.monitor,
  state,
  rate: (scheduled) =>
    state.reductions === 0
      ? scheduled
      : Math.max(scheduled * options.factor ** state.reductions, Math.min(scheduled, options.minRate)),
  observe: ({ metrics }) => {
    const value = metrics[options.monitor]
    return plateauFrom(
      options,
      value === undefined ? state : reduced(options, counted(options, state, value))
    )
  },
  restore: (kept) => Option.map(decodeState(kept), (decoded) => plateauFrom(options, decoded))
})

/** Reduces the rate when a metric has stopped improving, as PyTorch's ReduceLROnPlateau does. */
export const plateau = (options: PlateauOptions): RateRule =>
  plateauFrom(options, { best: null, bad: 0, cooldown: 0, reductions: 0 })
