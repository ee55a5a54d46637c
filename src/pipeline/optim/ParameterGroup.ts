/** Which parameters are trained, and the learning rate and weight decay of each: groups by name, as PyTorch's. */
import type { Model, ParameterSpec } from "../nn/Model.ts"

export interface ParameterGroup {
  /** A regular expression that a part of the parameter's name matches, such as `^encoder\\.`. */
  readonly match: string
  /** Factor for the learning rate. */
  readonly learningRateScale: number
  /** The optimizer's if absent, which is not applied to norms and biases. */
  readonly weightDecay: number | undefined
  /**
   * False leaves the parameters as they are: no gradient of them is computed, and the optimizer keeps nothing for them.
   * Running statistics move all the same, as in PyTorch's train mode. Default true.
   */
  readonly trainable?: boolean | undefined
}

export interface ParameterSetting {
  readonly learningRateScale: number
  readonly weightDecay: number
}

/** The first group that matches. */
const groupOf = ({ name }: ParameterSpec, groups: ReadonlyArray<ParameterGroup>) =>
  groups.find(({ match }) => new RegExp(match).test(name))

const settingOf = (
  spec: ParameterSpec,
  groups: ReadonlyArray<ParameterGroup>,
  weightDecay: number
): ParameterSetting => {
  const group = groupOf(spec, groups)
  return {
    learningRateScale: group?.learningRateScale ?? 1,
    weightDecay: group?.weightDecay ?? (spec.decay ? weightDecay : 0)
  }
}

/** The setting of every trainable parameter by name; the first group that matches counts. */
export const settings = (
  model: Model,
  groups: ReadonlyArray<ParameterGroup>,
  weightDecay: number
): ReadonlyMap<string, ParameterSetting> =>
  new Map(
    model.parameters
      .filter(({ trainable }) => trainable)
      .map((spec) => [spec.name, settingOf(spec, groups, weightDecay)])
  )

/** Names of the parameters that the groups leave as they are. */
export const frozen = (model: Model, groups: ReadonlyArray<ParameterGroup>): ReadonlySet<string> =>
  new Set(
    model.parameters.flatMap((spec) =>
      spec.trainable && groupOf(spec, groups)?.trainable === false ? [spec.name] : []
    )
  )

/** The model as it is trained: what the groups leave as it is counts as not trainable. */
export const withFrozen = (model: Model, groups: ReadonlyArray<ParameterGroup>): Model => {
  const names = frozen(model, groups)
  const parameters = model.parameters.map((spec) =>
    names.has(spec.name) ? { ...spec, trainable: false } : spec
  )
  return { name: model.name, parameters }
}

/** The patterns that match no trainable parameter. */
export const unmatched = (model: Model, groups: ReadonlyArray<ParameterGroup>): ReadonlyArray<string> => {
  const names = model.parameters.filter(({ trainable }) => trainable).map(({ name }) => name)
  return groups
    .map(({ match }) => match)
    .filter((match) => !names.some((name) => new RegExp(match).test(name)))
}
