/** Rules that end training, each a value that says what it would remember and whether to stop; none acts. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Count } from "../plan/PlanField.ts"
import type { Metrics } from "../task/Metric.ts"

/** What a rule sees after each validation: all newest metrics, named as in logs (`val/hmean`, `train/loss`). */
export interface Observation {
  readonly epoch: number
  readonly step: number
  readonly metrics: Metrics
}

export interface StopRule {
  /** Its own among all rules of a fit: a checkpoint keeps its state under it. */
  readonly name: string
  /** The metric that must exist, if the rule insists on one. */
  readonly requires: string | undefined
  /** What a checkpoint keeps of the rule. */
  readonly state: Schema.Json
  readonly observe: (observation: Observation) => {
    readonly rule: StopRule
    readonly stop: string | undefined
  }
  /** The rule as a checkpoint kept it; none when the kept value is not this rule's. */
  readonly restore: (state: Schema.Json) => Option.Option<StopRule>
}

export type Mode = "min" | "max"

export interface EarlyStoppingOptions {
  /** Needed where a fit has two such rules; default `early_stopping`. */
  readonly name?: string
  readonly monitor: string
  readonly mode: Mode
  /** Validations without improvement after which training stops; default 3. */
  readonly patience?: number
  /** Least change that counts as improvement, absolute; default 0. */
  readonly minDelta?: number
  /** Whether a missing metric is an error, which it is by default. */
  readonly strict?: boolean
  /** Whether a metric that is not finite stops training, which it does by default. */
  readonly checkFinite?: boolean
  /** Stop at once when the metric is this good. */
  readonly stoppingThreshold?: number | undefined
  /** Stop at once when the metric is this bad. */
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
