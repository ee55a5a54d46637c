/** The learning rate and weight decay of each parameter: groups by name, as PyTorch's parameter groups. */
import type { Model, ParameterSpec } from "../nn/Model.ts"

export interface ParameterGroup {
  /** A regular expression that a part of the parameter's name matches, such as `^encoder\\.`. */
  readonly match: string
  /** Factor for the learning rate; 0 freezes the parameters. */
  readonly learningRateScale: number
  /** The optimizer's if absent, which is not applied to norms and biases. */
  readonly weightDecay: number | undefined
}

export interface ParameterSetting {
  readonly learningRateScale: number
  readonly weightDecay: number
}

const settingOf = (
  spec: ParameterSpec,
  groups: ReadonlyArray<ParameterGroup>,
  weightDecay: number
): ParameterSetting => {
  const group = groups.find(({ match }) => new RegExp(match).test(spec.name))
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

/** The patterns that match no trainable parameter. */
export const unmatched = (model: Model, groups: ReadonlyArray<ParameterGroup>): ReadonlyArray<string> => {
  const names = model.parameters.filter(({ trainable }) => trainable).map(({ name }) => name)
  return groups
    .map(({ match }) => match)
    .filter((match) => !names.some((name) => new RegExp(match).test(name)))
}
