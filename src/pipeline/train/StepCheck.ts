/** Whether what a step returned is what the model and the optimizer declare: a checkpoint of it could not be read else. */
import type { Tensor } from "@tensorflow/tfjs-core"
import { didYouMean } from "../../config/node/Nearest.ts"
import type { Model, Params } from "../nn/Model.ts"
import type { Optimizer } from "../optim/Optimizer.ts"
import type { StepResult } from "./TrainStep.ts"

const unknown = (model: Model, name: string): string => {
  if (model.parameters.some((spec) => spec.name === name)) {
    return `the loss returns "${name}" as a buffer, which ${model.name} trains. Declare it with trainable: false, or leave it out.`
  }
  const names = model.parameters.filter(({ trainable }) => !trainable).map((spec) => spec.name)
  const known = names.length === 0 ? "It has no buffers." : `Its buffers are ${names.join(", ")}.`
  return `the loss returns a buffer "${name}", which ${model.name} does not declare${didYouMean(name, names)}. ${known}`
}

/** How a tensor differs from one of `shape` and float32; undefined where it does not. */
const difference = ({ shape: found, dtype }: Tensor, shape: ReadonlyArray<number>): string | undefined => {
  const same = found.length === shape.length && found.every((side, i) => side === shape[i])
  if (!same) return `has shape [${found.join(", ")}], and [${shape.join(", ")}] is declared`
  return dtype === "float32" ? undefined : `is ${dtype}, and float32 is declared`
}

/** What is wrong with variables after a step, as sentences: names, shapes and types of buffers and parameters. */
export const variableProblems = (
  model: Model,
  { params, buffers }: { readonly params: Params; readonly buffers: Params }
): ReadonlyArray<string> => {
  const shapes = new Map(model.parameters.map((spec) => [spec.name, spec]))
  const problems = (what: string, tensors: Params, trainable: boolean) =>
    Object.entries(tensors).flatMap(([name, tensor]) => {
      const spec = shapes.get(name)
      if (spec === undefined || spec.trainable !== trainable) return [unknown(model, name)]
      const found = difference(tensor, spec.shape)
      return found === undefined ? [] : [`the ${what} "${name}" ${found}.`]
    })
  return [...problems("buffer", buffers, false), ...problems("parameter", params, true)]
}

const slotProblems = (optimizer: Optimizer, { slots }: StepResult["tensors"]): ReadonlyArray<string> =>
  Object.entries(slots).flatMap(([name, values]) => {
    if (values.length !== optimizer.slots.length) {
      const declared = `${optimizer.slots.length} (${optimizer.slots.join(", ")})`
      return [
        `optimizer ${optimizer.name} returns ${values.length} slots of "${name}", and declares ${declared}.`
      ]
    }
    return values.flatMap(({ dtype }, i) =>
      dtype === "float32"
        ? []
        : [`the slot ${optimizer.slots[i]} of "${name}" is ${dtype}, and must be float32.`]
    )
  })

/** The loss and its parts must be one number each. */
const reportProblems = ({ report, partNames }: StepResult): ReadonlyArray<string> => {
  const [loss, , ...parts] = report
  const named = [
    { what: "loss", value: loss },
    ...parts.map((value, i) => ({ what: `part "${partNames[i]}" of the loss`, value }))
  ]
  return named.flatMap(({ what, value }) =>
    value === undefined || value.size === 1
      ? []
      : [`the ${what} has shape [${value.shape.join(", ")}], and must be one number. Take its mean or sum.`]
  )
}

/** What is wrong with the result of a step, as sentences with their cures. */
export const problems = (model: Model, optimizer: Optimizer, result: StepResult): ReadonlyArray<string> => [
  ...variableProblems(model, result.tensors),
  ...slotProblems(optimizer, result.tensors),
  ...reportProblems(result)
]
