/** From the state of a fit to a checkpoint, and back. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Device, type DeviceError, type Tf } from "../device/Device.ts"
import { Count, NonNegative } from "../internal/Numbers.ts"
import * as HostTensor from "../nn/HostTensor.ts"
import type { Model, Params } from "../nn/Model.ts"
import type { Optimizer } from "../optim/Optimizer.ts"
import * as ParameterGroup from "../optim/ParameterGroup.ts"
import { finite } from "../task/Metric.ts"
import {
  CheckpointError,
  type CheckpointMismatch,
  type CheckpointState,
  type Saved,
  type Snapshot
} from "./Checkpoints.ts"
import type { FitOptions } from "./FitOptions.ts"
import * as FitState from "./FitState.ts"
import * as Retention from "./Retention.ts"
import type { TrainTensors } from "./TrainStep.ts"

/** What the trainer itself keeps among the policies. */
const Remembered = Schema.Struct({
  retention: Schema.Array(Retention.Kept).pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  /** Checkpoints that this one replaces and that are to be removed once it is saved. */
  let_go: Schema.Array(Retention.Name).pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  stop: Schema.optionalKey(Schema.String),
  /** Seconds. */
  timer: NonNegative.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  /** How often weights entered the average. */
  averages: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  /** Name of the optimizer, and whether its state was left out. */
  optimizer: Schema.optionalKey(Schema.String),
  weights_only: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false)))
})
type Remembered = typeof Remembered.Type

const unreadable = (path: string, why: string) =>
  new CheckpointError({
    path,
    problem: `the state of its policies cannot be read: ${why}`,
    cure: "Use a checkpoint that this version of Anneal wrote"
  })

const decodeRemembered = Schema.decodeUnknownEffect(Remembered)

/** Prefixes beside the optimizer's slots: gradients that wait, and the weights themselves if an average is the model. */
const waiting = "accumulated/"
const raw = "raw/"

/** Slots of an optimizer that a checkpoint could not distinguish from each other, or from its own prefixes. */
export const slotProblems = ({ name, slots }: Pick<Optimizer, "name" | "slots">): ReadonlyArray<string> =>
  slots.flatMap((slot, index) => {
    const taken = [waiting, raw].includes(`${slot}/`) || slot === "" || slot.includes("/")
    if (taken)
      return [`optimizer ${name} has a slot "${slot}", a name that checkpoints cannot use. Rename it.`]
    return slots.indexOf(slot) === index ? [] : [`optimizer ${name} has two slots "${slot}". Rename one.`]
  })

/** Tensors whose names begin with `prefix`, under the rest of their names. */
const below = (prefix: string, tensors: HostTensor.HostTensors): HostTensor.HostTensors =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : []
    )
  )

const slotsOf = (tensors: HostTensor.HostTensors): HostTensor.HostTensors =>
  Object.fromEntries(
    Object.entries(tensors).filter(([name]) => !name.startsWith(waiting) && !name.startsWith(raw))
  )

const shown = (names: ReadonlyArray<string>): string =>
  names.length > 4 ? `${names.slice(0, 4).join(", ")}, … (${names.length})` : names.join(", ")

/** What a checkpoint has to fit. */
type Fitting = Pick<Resuming, "model" | "optimizer" | "parameterGroups">

/** Names of the parameters that the optimizer keeps slots for. */
const trainedNames = ({ model, parameterGroups = [] }: Fitting): ReadonlyArray<string> => {
  const frozen = ParameterGroup.frozen(model, parameterGroups)
  return model.parameters.flatMap(({ name, trainable }) => (trainable && !frozen.has(name) ? [name] : []))
}

/** The state of another optimizer, or of the same one that trained other parameters or kept other slots. */
const otherOptimizer = (path: string, name: string, before: Remembered, difference: string) =>
  before.optimizer === name
    ? new CheckpointError({
        path,
        problem: `its optimizer trained other parameters, or has other options: it ${difference}`,
        cure: "Resume with the optimizer.groups and options that it was trained with, or begin a new run with its weights: model.weights=<checkpoint>"
      })
    : new CheckpointError({
        path,
        problem: `it holds the state of optimizer ${before.optimizer ?? "unknown"}, not of ${name}: it ${difference}`,
        cure: "Resume with the optimizer and options that it was trained with"
      })

/** Fails if the optimizer's state is missing, or is that of another optimizer. */
const checkOptimizer = (
  fitting: Fitting,
  { path, optimizer: found, state }: Snapshot & Saved,
  remembered: Remembered
): Effect.Effect<void, CheckpointError> => {
  if (remembered.weights_only) {
    const problem =
      "it holds weights only (save_weights_only=true), but to resume takes the whole state of training"
    const cure = "Resume from `last`, which is whole: resume=<run directory>"
    return Effect.fail(new CheckpointError({ path, problem, cure }))
  }
  const { optimizer } = fitting
  const names = trainedNames(fitting)
  const wanted = new Set(optimizer.slots.flatMap((slot) => names.map((name) => `${slot}/${name}`)))
  const slots = Object.keys(slotsOf(found))
  // Before the first optimizer step there is no state yet.
  const missing = state.step === 0 ? [] : [...wanted].filter((name) => found[name] === undefined)
  const unexpected = slots.filter((name) => !wanted.has(name))
  if (missing.length === 0 && unexpected.length === 0) return Effect.void
  const parts = [
    ...(missing.length === 0 ? [] : [`lacks ${shown(missing)}`]),
    ...(unexpected.length === 0 ? [] : [`has ${shown(unexpected)}`])
  ]
  return Effect.fail(otherOptimizer(path, optimizer.name, remembered, parts.join(" and ")))
}

/** Tensors for training that do not fit the model, or are missing. */
const unfitTensors = ({ model }: Fitting, { optimizer: found, state }: Snapshot): ReadonlyArray<string> => {
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]))
  const problems = Object.entries(found).flatMap(([name, tensor]) => {
    const shape = shapes.get(name.slice(name.indexOf("/") + 1))
    if (shape === undefined) return [`has no parameter for ${name}`]
    // Slots may have any shape: only the optimizer knows it.
    const isSlot = !name.startsWith(waiting) && !name.startsWith(raw)
    const problem = FitState.unfit(tensor, isSlot ? tensor.shape : shape)
    return problem === undefined ? [] : [`has ${name} ${problem}`]
  })
  const own = below(raw, found)
  const lost =
    Object.keys(own).length === 0 ? [] : [...shapes.keys()].filter((name) => own[name] === undefined)
  const waits = Object.keys(below(waiting, found)).length > 0
  return [
    ...problems,
    ...(lost.length === 0 ? [] : [`lacks ${shown(lost.map((name) => raw + name))}`]),
    ...(waits === state.accumulated > 0
      ? []
      : [
          `counts ${state.accumulated} batches with accumulated gradients, but ${waits ? "has" : "lacks"} gradients`
        ])
  ]
}

const checkTensors = (fitting: Fitting, snapshot: Snapshot & Saved): Effect.Effect<void, CheckpointError> => {
  const problems = unfitTensors(fitting, snapshot)
  if (problems.length === 0) return Effect.void
  return Effect.fail(
    new CheckpointError({
      path: snapshot.path,
      problem: `its training state does not fit ${fitting.model.name}: it ${problems.slice(0, 4).join(", ")}`,
      cure: "It was changed after it was saved; use another checkpoint"
    })
  )
}

interface Restorable<R> {
  readonly name: string
  readonly restore: (state: Schema.Json) => Option.Option<R>
}

/** The state of a rule. Older checkpoints keep it among the trainer's own policies. */
const keptOf = (name: string, { rules, policies }: CheckpointState): Schema.Json | undefined => {
  if (rules !== undefined) return rules.find((rule) => rule.name === name)?.state
  const isTrainers = Object.hasOwn(Remembered.fields, name)
  return isTrainers || !Object.hasOwn(policies, name) ? undefined : policies[name]
}

const restoreRules = <R extends Restorable<R>>(
  rules: ReadonlyArray<R>,
  { path, state }: Saved
): Effect.Effect<ReadonlyArray<R>, CheckpointError> =>
  Effect.forEach(rules, (rule) => {
    const kept = keptOf(rule.name, state)
    if (kept === undefined) return Effect.succeed(rule)
    return Effect.mapError(
      Effect.fromOption(rule.restore(kept)),
      () =>
        new CheckpointError({
          path,
          problem: `the rule ${rule.name} does not accept the state saved under its name: ${JSON.stringify(kept)}`,
          cure: "Give the new rule a name of its own, or use another checkpoint"
        })
    )
  })

/** The fit that resumes. */
export interface Resuming extends FitState.Policies {
  readonly model: Model
  readonly optimizer: Optimizer
  readonly parameterGroups?: FitOptions["parameterGroups"]
  /** Whether it averages its weights. */
  readonly averages: boolean
}

/** The slots of each parameter, named `slot/parameter` in a checkpoint, in the order of `Optimizer.slots`. */
const uploadSlots = (tf: Tf, optimizer: Optimizer, tensors: HostTensor.HostTensors) => {
  const slots: { [parameter: string]: Array<TF.Tensor> } = {}
  for (const slot of optimizer.slots) {
    for (const [parameter, value] of Object.entries(below(`${slot}/`, tensors))) {
      ;(slots[parameter] ??= []).push(HostTensor.upload(tf, value))
    }
  }
  return slots
}

/** Every tensor of the checkpoint on the device; a fit without averaging resumes from the weights themselves. */
const upload = (tf: Tf, { model, optimizer, averages }: Resuming, snapshot: Snapshot) => {
  const own = below(raw, snapshot.optimizer)
  const averaged = Object.keys(own).length > 0
  const all = (tensors: HostTensor.HostTensors) => FitState.uploadAll(tf, Object.keys(tensors), tensors)
  return {
    ...FitState.uploadModel(tf, model, averaged ? own : snapshot.model),
    slots: uploadSlots(tf, optimizer, snapshot.optimizer),
    accumulated: all(below(waiting, snapshot.optimizer)),
    averaged: averaged && averages ? all(snapshot.model) : {}
  }
}

/** What the trainer kept; fails if the checkpoint is of another model or optimizer, or holds weights only. */
export const check = Effect.fnUntraced(function* (
  fitting: Fitting,
  snapshot: Snapshot & Saved
): Effect.fn.Return<Remembered, CheckpointError | CheckpointMismatch> {
  yield* FitState.checkModel(fitting.model, snapshot)
  const remembered = yield* decodeRemembered(snapshot.state.policies).pipe(
    Effect.mapError((error) => unreadable(snapshot.path, error.message))
  )
  yield* checkOptimizer(fitting, snapshot, remembered)
  yield* checkTensors(fitting, snapshot)
  return remembered
})

/** The state that `snapshot` kept; fails if it is of another model or optimizer, or holds weights only. */
export const restore = Effect.fnUntraced(function* (
  resuming: Resuming,
  snapshot: Snapshot & Saved
): Effect.fn.Return<FitState.FitState, CheckpointError | CheckpointMismatch | DeviceError, Device> {
  const remembered = yield* check(resuming, snapshot)
  const rules = yield* restoreRules(resuming.rules, snapshot)
  const rateRules = yield* restoreRules(resuming.rateRules, snapshot)
  const device = yield* Device
  const tensors = yield* device.run("restore", (tf) => upload(tf, resuming, snapshot))
  const { epoch, batch, step, counter, accumulated, validating, saving } = snapshot.state
  const { lossSum, lossCount } = snapshot.state
  return {
    tensors,
    position: { epoch, batch, step, counter, accumulated, validating, saving, lossSum, lossCount },
    rules,
    rateRules,
    averages: resuming.averages ? remembered.averages : 0,
    kept: remembered.retention,
    pendingDeletes: remembered.let_go,
    metrics: snapshot.state.metrics,
    stop: remembered.stop,
    elapsed: remembered.timer
  }
})

/** The optimizer's tensors by the names that a checkpoint gives them. */
const namedSlots = ({ slots }: TrainTensors, optimizer: Pick<Optimizer, "slots">): Params =>
  Object.fromEntries(
    Object.entries(slots).flatMap(([parameter, values]) =>
      values.map((value, index) => [`${optimizer.slots[index]}/${parameter}`, value])
    )
  )

const download = Effect.fnUntraced(function* (tensors: Params, prefix = "") {
  const device = yield* Device
  const read: { [name: string]: HostTensor.HostTensor } = {}
  for (const [name, tensor] of Object.entries(tensors)) {
    read[prefix + name] = HostTensor.make(yield* device.read(tensor), tensor.shape)
  }
  return read
})

/** What the checkpoint says besides the state itself. */
export interface Identity {
  readonly checkpoint: Pick<CheckpointState, "task" | "model" | "seed" | "plan" | "taskPlan" | "versions">
  readonly optimizer: Pick<Optimizer, "name" | "slots">
  readonly retention: Retention.RetentionOptions | undefined
}

const policiesOf = (state: FitState.FitState, optimizer: string): CheckpointState["policies"] => ({
  retention: state.kept,
  ...(state.pendingDeletes.length === 0 ? {} : { let_go: state.pendingDeletes }),
  optimizer,
  ...(state.stop === undefined ? {} : { stop: state.stop }),
  ...(state.elapsed === 0 ? {} : { timer: state.elapsed }),
  ...(state.averages === 0 ? {} : { averages: state.averages })
})

/** The state as a checkpoint keeps it, read back from the device. */
export const snapshot = Effect.fnUntraced(function* (
  state: FitState.FitState,
  identity: Identity
): Effect.fn.Return<Snapshot, DeviceError, Device> {
  const device = yield* Device
  const { params, buffers, accumulated, averaged } = state.tensors
  const slots = namedSlots(state.tensors, identity.optimizer)
  const averages = Object.keys(averaged).length > 0
  const own = averages ? yield* download({ ...params, ...buffers }, raw) : {}
  return {
    state: {
      format: 1,
      ...identity.checkpoint,
      ...state.position,
      policies: policiesOf(state, identity.optimizer.name),
      rules: [...state.rules, ...state.rateRules].map((rule) => ({ name: rule.name, state: rule.state })),
      ...Retention.monitored(identity.retention, finite(state.metrics)),
      metrics: finite(state.metrics),
      engine: device.info.engine
    },
    model: yield* download(averages ? averaged : { ...params, ...buffers }),
    optimizer: { ...(yield* download(slots)), ...(yield* download(accumulated, waiting)), ...own }
  }
})

/** `snapshot` without what only resuming needs. */
export const weightsOnly = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  optimizer: {},
  state: { ...snapshot.state, policies: { ...snapshot.state.policies, weights_only: true } }
})
