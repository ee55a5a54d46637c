/** Rules for the options of a fit: shorthands are normalized, and contradictions are found before anything begins. */
import * as Effect from "effect/Effect"
import type { Model } from "../nn/Model.ts"
import * as ParameterGroup from "../optim/ParameterGroup.ts"
import type { Metrics } from "../task/Metric.ts"
import type { Task } from "../task/Task.ts"
import * as Evaluation from "./Evaluation.ts"
import * as FitCheckpoint from "./FitCheckpoint.ts"
import { MonitorMissing, OptionsContradict } from "./FitError.ts"
import type { FitOptions } from "./FitOptions.ts"
import * as Limit from "./Limit.ts"
import * as Retention from "./Retention.ts"

const isOn = (limit: Limit.Limit | undefined): limit is Limit.Limit =>
  limit !== undefined && Limit.isSome(limit)

/** One epoch of `batches` batches that runs all of a fit and saves nothing. */
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

/** The options with `fast_dev_run` and `overfit_batches` replaced by the limits that they stand for. */
export const normalize = (options: FitOptions): FitOptions => {
  const { fastDevRun, overfitBatches } = options
  if (fastDevRun !== undefined && fastDevRun > 0) return devRun(options, fastDevRun)
  return isOn(overfitBatches)
    ? { ...options, limitTrainBatches: overfitBatches, limitValBatches: overfitBatches }
    : options
}

/** Whether every epoch trains on the batches of the first. */
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
    ...(fastDevRun > 0
      ? [`${overfit} and fast_dev_run=${fastDevRun} both choose the batches. Keep one of them.`]
      : [])
  ]
}

const acrossEpochs = (interval: Limit.Limit | undefined): ReadonlyArray<string> => {
  if (typeof interval === "number") return []
  const given = interval === undefined ? "null" : Limit.text(interval)
  return [
    "check_val_every_n_epoch=null counts batches across epochs, so val_check_interval must be a number of " +
      `batches, not ${given}. Set val_check_interval to a number such as 100, or check_val_every_n_epoch=1.`
  ]
}

const intervals = (options: FitOptions, trainLength: number): ReadonlyArray<string> => {
  const { valCheckInterval: interval, checkValEveryNEpoch } = options
  if (interval !== undefined && !Limit.isSome(interval)) {
    return ["val_check_interval=0 never validates. To train without validation, set limit_val_batches=0."]
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

const groups = (model: Model, { parameterGroups = [] }: FitOptions): ReadonlyArray<string> => {
  const trained = model.parameters.filter(({ trainable }) => trainable)
  if (trained.length > 0 && ParameterGroup.frozen(model, parameterGroups).size === trained.length) {
    return [
      `optimizer.groups: trainable=false matches every parameter of ${model.name}, so nothing would be trained. Narrow a pattern.`
    ]
  }
  return ParameterGroup.unmatched(model, parameterGroups).map(
    (match) =>
      `optimizer.groups: /${match}/ matches no parameter of ${model.name}. ` +
      `Its parameters begin with ${[...new Set(model.parameters.map(({ name }) => name.split(".")[0]))].join(", ")}.`
  )
}

const twice = (names: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index))
]

/** The pattern of names; undefined if nothing is ranked, since it is not used then. */
const filenameOf = (options: FitOptions): string | undefined => {
  const retention = options.checkpoint?.retention
  return retention?.saveTopK === 0 ? undefined : retention?.filename
}

/** Names that occur twice, which would overwrite each other in a checkpoint, names that it cannot keep, and shapes that cannot be. */
const names = (model: Model, options: FitOptions): ReadonlyArray<string> => {
  const rules = [...options.stopRules, ...(options.rateRules ?? [])].map(({ name }) => name)
  const filename = filenameOf(options)
  const problem = filename === undefined ? undefined : Retention.problemOf(filename)
  return [
    ...twice(rules).map(
      (name) => `two rules have the name ${name}. Give one of them another: { name: "…", … }.`
    ),
    ...twice(model.parameters.map(({ name }) => name)).map(
      (name) => `${model.name} declares ${name} twice. Rename one.`
    ),
    ...model.parameters
      .filter(({ shape }) => !shape.every((side) => Number.isInteger(side) && side > 0))
      .map(
        ({ name, shape }) =>
          `${model.name} declares ${name} of shape [${shape.join(", ")}], whose sides have to be whole numbers from 1. ` +
          "Correct it, or the numbers of the plan that it follows from."
      ),
    ...FitCheckpoint.slotProblems(options.optimizer),
    ...(problem === undefined ? [] : [`model_checkpoint.filename="${filename}": ${problem}.`])
  ]
}

interface Range {
  readonly least: number
  readonly whole: boolean
  /** Whether `least` itself is excluded. */
  readonly above?: boolean
}

const count: Range = { least: 0, whole: true }
const positive: Range = { least: 1, whole: true }
const aboveZero: Range = { least: 0, whole: false, above: true }

const isIn = (value: number, { least, whole, above = false }: Range): boolean =>
  (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) && (above ? value > least : value >= least)

/** The number of a limit: batches, or the fraction. */
const limitOf = (limit: Limit.Limit | undefined): number | undefined =>
  typeof limit === "object" ? limit.fraction : limit

const isLimit = (limit: Limit.Limit): boolean =>
  typeof limit === "number" ? isIn(limit, count) : limit.fraction >= 0 && limit.fraction <= 1

/** Numbers outside their range. A decoded plan has none. */
const numbers = (options: FitOptions): ReadonlyArray<string> => {
  const { checkpoint, numSanityValSteps: sanity, gradientClip } = options
  const topK = checkpoint?.retention.saveTopK
  const ranges: ReadonlyArray<readonly [string, number | undefined, Range]> = [
    ["max_epochs", options.maxEpochs, count],
    ["min_epochs", options.minEpochs, count],
    ["max_steps", options.maxSteps, count],
    ["min_steps", options.minSteps, count],
    ["max_time", options.maxTime, { least: 0, whole: false }],
    ["fast_dev_run", options.fastDevRun, count],
    ["num_sanity_val_steps", sanity === "all" ? undefined : sanity, count],
    ["check_val_every_n_epoch", options.checkValEveryNEpoch, positive],
    ["accumulate_grad_batches", options.accumulateGradBatches, positive],
    ["gradient_clip_val", gradientClip?.value, aboveZero],
    ["prefetch", options.prefetch, count],
    ["save_top_k", topK === "all" ? undefined : topK, count],
    ["every_n_epochs", checkpoint?.everyNEpochs, positive],
    ["every_n_train_steps", checkpoint?.everyNTrainSteps, positive],
    ["train_time_interval", checkpoint?.trainTimeInterval, aboveZero]
  ]
  const limits: ReadonlyArray<readonly [string, Limit.Limit | undefined]> = [
    ["limit_train_batches", options.limitTrainBatches],
    ["limit_val_batches", options.limitValBatches],
    ["overfit_batches", options.overfitBatches],
    ["val_check_interval", options.valCheckInterval]
  ]
  return [
    ...ranges.flatMap(([name, value, range]) =>
      value === undefined || isIn(value, range)
        ? []
        : [
            `${name}=${value} is not ${range.whole ? "a whole number" : "a number"} ${range.above ? "above" : "of at least"} ${range.least}.`
          ]
    ),
    ...limits.flatMap(([name, limit]) =>
      limit === undefined || isLimit(limit)
        ? []
        : [`${name}=${limitOf(limit)} is neither a whole number of batches nor a fraction from 0 to 1.`]
    )
  ]
}

/** Everything wrong with the options, as sentences with their cures. */
export const contradictions = (
  model: Model,
  options: FitOptions,
  trainLength: number
): ReadonlyArray<string> => [
  ...numbers(options),
  ...names(model, options),
  ...orders(options),
  ...amounts(options),
  ...accumulation(options),
  ...groups(model, options),
  ...intervals(normalize(options), trainLength)
]

/** The first policy whose metric is not among `available`. */
const unreported = (options: FitOptions, available: ReadonlyArray<string>): MonitorMissing | undefined => {
  const retention = options.checkpoint?.retention
  const watched = [
    ...options.stopRules.map((rule) => ({ by: rule.name, monitor: rule.requires })),
    ...(options.rateRules ?? []).map((rule) => ({ by: rule.name, monitor: rule.requires })),
    { by: "model_checkpoint", monitor: retention?.monitor },
    ...Retention.metricsIn(filenameOf(options) ?? "").map((monitor) => ({
      by: "model_checkpoint.filename",
      monitor
    }))
  ]
  const missing = watched.find(({ monitor }) => monitor !== undefined && !available.includes(monitor))
  return missing === undefined
    ? undefined
    : new MonitorMissing({ by: missing.by, monitor: missing.monitor ?? "", available: [...available] })
}

/** Fails if a validation did not report a metric that a policy monitors. */
export const checkReported = (options: FitOptions, metrics: Metrics): Effect.Effect<void, MonitorMissing> => {
  const missing = unreported(options, Object.keys(metrics))
  return missing === undefined ? Effect.void : Effect.fail(missing)
}

/** Fails when `options` contradict each other, the data or the task; nothing is computed yet. */
export const check = Effect.fnUntraced(function* <B, O, S>(
  task: Task<B, O, S>,
  lengths: { readonly train: number; readonly val: number | undefined },
  options: FitOptions
): Effect.fn.Return<void, OptionsContradict | MonitorMissing> {
  const problems = contradictions(task.model, options, lengths.train)
  if (problems.length > 0) return yield* new OptionsContradict({ problems: [...problems] })
  const validates = Limit.batches(lengths.val ?? 0, normalize(options).limitValBatches) > 0
  const reported = Evaluation.named("val", task.metric.result(task.metric.initial))
  // Policies observe metrics after a validation, the loss of training among them.
  const missing = unreported(options, validates ? ["train/loss", ...Object.keys(reported)] : [])
  if (missing !== undefined) return yield* missing
})
