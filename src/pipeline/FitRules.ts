/** What the options of a fit come to: shorthands written out, and contradictions found before anything begins. */
import * as Effect from "effect/Effect"
import * as Evaluation from "./Evaluation.ts"
import { MonitorMissing, OptionsContradict } from "./FitError.ts"
import type { FitOptions } from "./FitOptions.ts"
import * as Limit from "./Limit.ts"
import type { Model } from "./Model.ts"
import * as ParameterGroup from "./ParameterGroup.ts"
import type { Task } from "./Task.ts"

const isOn = (limit: Limit.Limit | undefined): limit is Limit.Limit =>
  limit !== undefined && Limit.isSome(limit)

/** One epoch of `batches` batches that ends as a whole run does, and leaves nothing behind. */
const devRun = (options: FitOptions, batches: number): FitOptions => ({
  ...options,
  maxEpochs: 1,
  maxSteps: batches,
  minEpochs: undefined,
  minSteps: undefined,
  limitTrainBatches: batches,
  limitValBatches: batches,
  numSanityValSteps: 0,
  valCheckInterval: undefined,
  checkValEveryNEpoch: 1,
  checkpoint: undefined,
  stopRules: [],
  rateRules: []
})

/** The options with `fast_dev_run` and `overfit_batches` written out as the limits that they stand for. */
export const writtenOut = (options: FitOptions): FitOptions => {
  const { fastDevRun, overfitBatches } = options
  if (fastDevRun !== undefined && fastDevRun > 0) return devRun(options, fastDevRun)
  return isOn(overfitBatches)
    ? { ...options, limitTrainBatches: overfitBatches, limitValBatches: overfitBatches }
    : options
}

/** Whether every epoch sees the batches of the first. */
export const repeatsFirstEpoch = ({ overfitBatches }: FitOptions): boolean => isOn(overfitBatches)

const orders = ({ minEpochs, maxEpochs, minSteps, maxSteps }: FitOptions): ReadonlyArray<string> => {
  const order = (name: string, least: number | undefined, most: number | undefined) =>
    least !== undefined && most !== undefined && least > most
      ? [`min_${name}=${least} is more than max_${name}=${most}. Raise max_${name} or lower min_${name}.`]
      : []
  return [...order("epochs", minEpochs, maxEpochs), ...order("steps", minSteps, maxSteps)]
}

const amounts = (options: FitOptions): ReadonlyArray<string> => {
  const { overfitBatches, fastDevRun = 0, limitTrainBatches, limitValBatches } = options
  if (!isOn(overfitBatches)) return []
  const overfit = `overfit_batches=${Limit.text(overfitBatches)}`
  return [
    ...(limitTrainBatches === undefined
      ? []
      : [`${overfit} sets limit_train_batches itself. Leave limit_train_batches out (null).`]),
    ...(limitValBatches === undefined
      ? []
      : [`${overfit} sets limit_val_batches itself. Leave limit_val_batches out (null).`]),
    ...(fastDevRun > 0 ? [`${overfit} and fast_dev_run=${fastDevRun} both say which batches. Keep one.`] : [])
  ]
}

const acrossEpochs = (interval: Limit.Limit | undefined): ReadonlyArray<string> => {
  if (typeof interval === "number") return []
  const given = interval === undefined ? "null" : Limit.text(interval)
  return [
    "check_val_every_n_epoch=null counts batches across epochs, so val_check_interval must be a number of " +
      `batches, not ${given}. Set val_check_interval=100, say, or check_val_every_n_epoch=1.`
  ]
}

const intervals = (options: FitOptions, trainLength: number): ReadonlyArray<string> => {
  const { valCheckInterval: interval, checkValEveryNEpoch } = options
  if (interval !== undefined && !Limit.isSome(interval)) {
    return ["val_check_interval=0 never validates. To train without validation set limit_val_batches=0."]
  }
  if (checkValEveryNEpoch === undefined) return acrossEpochs(interval)
  const batches = Limit.batches(trainLength, options.limitTrainBatches)
  if (typeof interval !== "number" || interval <= batches) return []
  return [
    `val_check_interval=${interval} is more than the ${batches} batches of an epoch, so no validation would run. ` +
      "Set check_val_every_n_epoch=null to count across epochs, or a fraction of the epoch such as 0.5."
  ]
}

const accumulation = ({ accumulateGradBatches, accumulationSchedule }: FitOptions): ReadonlyArray<string> =>
  accumulationSchedule === undefined || accumulateGradBatches === 1
    ? []
    : [
        `accumulate_grad_batches=${accumulateGradBatches} and gradient_accumulation_scheduler both say how many ` +
          "batches make a step. Leave accumulate_grad_batches at 1, or the schedule out."
      ]

const groups = (model: Model, { parameterGroups = [] }: FitOptions): ReadonlyArray<string> =>
  ParameterGroup.unmatched(model, parameterGroups).map(
    (match) =>
      `optimizer.groups: /${match}/ matches no parameter of ${model.name}. ` +
      `Its parameters begin with ${[...new Set(model.parameters.map(({ name }) => name.split(".")[0]))].join(", ")}.`
  )

/** Every contradiction among the options, as sentences with their cures. */
export const contradictions = (
  model: Model,
  options: FitOptions,
  trainLength: number
): ReadonlyArray<string> => [
  ...orders(options),
  ...amounts(options),
  ...accumulation(options),
  ...groups(model, options),
  ...intervals(writtenOut(options), trainLength)
]

/** The first policy that watches a metric which nobody reports. */
const unreported = <B, S, I>(
  task: Task<B, S, I>,
  options: FitOptions,
  validates: boolean
): MonitorMissing | undefined => {
  const reported = Object.keys(Evaluation.named("val", task.metric.result(task.metric.initial)))
  const available = ["train/loss", ...(validates ? reported : [])]
  const watched = [
    ...options.stopRules.map((rule) => ({ by: rule.name, monitor: rule.requires })),
    ...(options.rateRules ?? []).map((rule) => ({ by: rule.name, monitor: rule.requires })),
    { by: "model_checkpoint", monitor: options.checkpoint?.retention.monitor }
  ]
  const missing = watched.find(({ monitor }) => monitor !== undefined && !available.includes(monitor))
  return missing === undefined
    ? undefined
    : new MonitorMissing({ by: missing.by, monitor: missing.monitor ?? "", available })
}

/** Fails when `options` contradict each other, the data or the task; nothing is computed yet. */
export const check = Effect.fnUntraced(function* <B, S, I>(
  task: Task<B, S, I>,
  lengths: { readonly train: number; readonly val: number | undefined },
  options: FitOptions
): Effect.fn.Return<void, OptionsContradict | MonitorMissing> {
  const problems = contradictions(task.model, options, lengths.train)
  if (problems.length > 0) return yield* new OptionsContradict({ problems: [...problems] })
  const validates = Limit.batches(lengths.val ?? 0, writtenOut(options).limitValBatches) > 0
  const missing = unreported(task, options, validates)
  if (missing !== undefined) return yield* missing
})
