/** What losses say of operands that do not fit: thrown in tensor code, it fails the step with a `DeviceError`. */
import type * as TF from "@tensorflow/tfjs-core"

/** A shape as people write it: `[2, 3]`. */
export const text = (shape: ReadonlyArray<number>): string => `[${shape.join(", ")}]`

/** Throws unless both have one shape; nothing is broadcast, since that is mostly a mistake. */
export const same = (
  loss: string,
  [name, tensor]: readonly [string, TF.Tensor],
  [other, compared]: readonly [string, TF.Tensor]
): void => {
  if (text(tensor.shape) !== text(compared.shape))
    throw new Error(
      `${loss} needs ${name} and ${other} of one shape, but ${name} has ${text(tensor.shape)} and ${other} ${text(compared.shape)}`
    )
}

/** Throws unless `tensor` has at least `rank` axes; `form` shows them. */
export const atLeast = (loss: string, name: string, tensor: TF.Tensor, rank: number, form: string): void => {
  if (tensor.rank < rank) throw new Error(`${loss} needs ${name} ${form}, not ${text(tensor.shape)}`)
}

/** Throws unless there are as many values as `what` they are for. */
export const count = (loss: string, name: string, seen: number, wanted: number, what: string): void => {
  if (seen !== wanted) throw new Error(`${loss} got ${seen} ${name} for ${wanted} ${what}`)
}
