/** The parts of a model as a table: names, shapes and numbers of values, as Lightning's ModelSummary. */
import * as HostTensor from "../nn/HostTensor.ts"
import type { Model, ParameterSpec } from "../nn/Model.ts"
import * as Table from "./Table.ts"

export interface Part {
  /** `encoder.stage1`, or the full name of a tensor. */
  readonly name: string
  readonly tensors: number
  /** Undefined for a part of several tensors. */
  readonly shape: ReadonlyArray<number> | undefined
  /** Numbers of values that are trained, and of statistics that are not. */
  readonly trainable: number
  readonly fixed: number
}

const bytesPerValue = 4

const partOf = (name: string, specs: ReadonlyArray<ParameterSpec>): Part => {
  const count = (trainable: boolean) =>
    specs
      .filter((spec) => spec.trainable === trainable)
      .reduce((sum, spec) => sum + HostTensor.sizeOf(spec.shape), 0)
  return {
    name,
    tensors: specs.length,
    shape: specs.length === 1 ? specs[0]?.shape : undefined,
    trainable: count(true),
    fixed: count(false)
  }
}

/** The parts of `model` in order: tensors whose names begin with the same `depth` words; -1 gives each tensor a part. */
export const parts = (model: Model, depth: number): ReadonlyArray<Part> => {
  const nameOf = ({ name }: ParameterSpec) => (depth < 0 ? name : name.split(".").slice(0, depth).join("."))
  return [...Map.groupBy(model.parameters, nameOf)].map(([name, specs]) => partOf(name, specs))
}

const whole = (n: number): string => n.toLocaleString("en-US")

/** The table and its totals; sizes assume 4 bytes per value (float32). */
export const lines = (model: Model, depth: number): ReadonlyArray<string> => {
  const rows = parts(model, depth).map(({ name, tensors, shape, trainable, fixed }) => [
    name,
    shape === undefined ? `${tensors} tensors` : `[${shape.join(", ")}]`,
    whole(trainable),
    whole(fixed)
  ])
  const { trainable, fixed } = partOf(model.name, model.parameters)
  const size = (((trainable + fixed) * bytesPerValue) / 1e6).toFixed(3)
  return [
    ...Table.lines(["part", "shape", "trainable", "fixed"], rows, ["left", "left", "right", "right"]),
    `${model.name}: ${whole(trainable)} trainable, ${whole(fixed)} fixed, ${size} MB`
  ]
}
