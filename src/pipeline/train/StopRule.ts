/** Rules that end training. A rule is a value that says whether to stop; its state goes into checkpoints. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Count } from "../internal/Numbers.ts"
import type { Metrics } from "../task/Metric.ts"

/** What rules observe after each validation: the newest metrics, named as in logs (`val/hmean`, `train/loss`). */
export interface Observation {
  readonly epoch: number
  readonly step: number
  readonly metrics: Metrics
}

export interface StopRule {
  /** Unique among the rules of a fit: a checkpoint keeps the rule's state under it. */
  readonly name: string
  /** The metric that the rule needs, such as `val/loss`; undefined if it can do without. */
  readonly requires: string | undefined
  /** What a checkpoint keeps of the rule. */
  readonly state: Schema.Json
  /** The rule after a validation, and why it wants to stop, if it does. */
  readonly observe: (observation: Observation) => {
    readonly rule: StopRule
    readonly stop: string | undefined
  }
  /** The rule with the state that a checkpoint kept; none if it is not a state of this rule. */
  readonly restore: (state: Schema.Json) => Option.Option<StopRule>
}

export type Mode = "min" | "max"

export interface EarlyStoppingOptions {
  /** Required if a fit has two such rules; `early_stopping` by default. */
  readonly name?: string
  readonly monitor: string
  readonly mode: Mode
  /** Validations without improvement after which training stops; default 3. */
  readonly patience?: number
  /** Smallest absolute change that counts as an improvement; 0 by default. */
  readonly minDelta?: number
  /** Whether a missing metric is an error; true by default. */
  readonly strict?: boolean
  /** Whether a metric that is not finite stops training; true by default. */
  readonly checkFinite?: boolean
  /** Stops at once when the metric is better than this. */
  readonly stoppingThreshold?: number | undefined
  /** Stops at once when the metric is worse than this. */
  readonly divergenceThreshold?: number | undefined
}

/** Lightning's; the configuration takes its defaults from here. */
export const defaults = { name: "early_stopping", patience: 3, minDelta: 0, strict: true, checkFinite: true }

type EarlyStopping = EarlyStoppingOptions & typeof defaults

const EarlyStoppingState = Schema.Struct({ best: Schema.NullOr(Schema.Finite), waited: Count })
type EarlyStoppingState = typeof EarlyStoppingState.Type
const decodeState = Schema.decodeUnknownOption(EarlyStoppingState)

/** Whether `value` is better than `than` by more than `by`. */
export const better = (mode: Mode, value: number, than: number, by = 0): boolean =>
  mode === "max" ? value > than + by : value < than - by

const reasonToStop = (
  options: EarlyStopping,
  value: number,
  state: EarlyStoppingState
): string | undefined => {
  const { monitor, mode, stoppingThreshold, divergenceThreshold, patience, checkFinite } = options
  if (checkFinite && !Number.isFinite(value)) return `early stopping: ${monitor} is ${value}`
  if (stoppingThreshold !== undefined && better(mode, value, stoppingThreshold)) {
    return `early stopping: ${monitor}=${value} passed the stopping threshold ${stoppingThreshold}`
  }
  if (divergenceThreshold !== undefined && better(mode, divergenceThreshold, value)) {
    return `early stopping: ${monitor}=${value} passed the divergence threshold ${divergenceThreshold}`
  }
  if (state.waited >= patience) {
    return `early stopping: ${monitor} did not improve on ${state.best} in ${state.waited} validations`
  }
  return undefined
}

const next = (options: EarlyStopping, state: EarlyStoppingState, value: number): EarlyStoppingState =>
  Number.isFinite(value) && (state.best === null || better(options.mode, value, state.best, options.minDelta))
    ? { best: value, waited: 0 }
    : { best: state.best, waited: state.waited + 1 }

const earlyStoppingFrom = (options: EarlyStopping, state: EarlyStoppingState): StopRule => ({
  name: options.name,
  requires: options.strict ? options.monitor : undefined,
  state,
  observe: ({ metrics }) => {
    const value = metrics[options.monitor]
    if (value === undefined) return { rule: earlyStoppingFrom(options, state), stop: undefined }
    const after = next(options, state, value)
    return { rule: earlyStoppingFrom(options, after), stop: reasonToStop(options, value, after) }
  },
  restore: (kept) => Option.map(decodeState(kept), (decoded) => earlyStoppingFrom(options, decoded))
})

/** Stops when a metric has not improved for `patience` validations, as Lightning's EarlyStopping does. */
export const earlyStopping = (options: EarlyStoppingOptions): StopRule =>
  earlyStoppingFrom({ ...defaults, ...options }, { best: null, waited: 0 })
