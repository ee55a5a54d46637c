/** Which learning rate and weight decay each parameter gets: groups by name, as PyTorch's parameter groups. */
import type { Model, ParameterSpec } from "../nn/Model.ts"

export interface ParameterGroup {
  /** A regular expression that some part of a parameter's name matches, e.g. `^encoder\\.`. */
  readonly match: string
  /** What the learning rate is multiplied with; 0 leaves the parameters as they are. */
  readonly learningRateScale: number
  /** Absent leaves the optimizer's, which spares norms and biases. */
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

/** The setting of every trainable parameter, by name; of several groups that match, the first counts. */
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
