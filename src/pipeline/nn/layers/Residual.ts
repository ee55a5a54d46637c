/** A body beside a shortcut (He et al., 2016). */
import type * as TF from "@tensorflow/tfjs-core"
import { type Module, prefixed, type Same } from "../Module.ts"
import { inside } from "../Pass.ts"
import type { Activation } from "./Activation.ts"

export interface ResidualOptions<T extends TF.Tensor> {
  /**
   * What the input goes through beside the body, under its name: `{ downsample: … }`. Absent, the input itself is
   * added.
   */
  readonly shortcut?: { readonly [name: string]: Module<T, T> | Same }
  /** After the sum. Default none. */
  readonly activation?: Activation
}

interface SameOptions extends Pick<ResidualOptions<TF.Tensor>, "activation"> {
  readonly shortcut?: { readonly [name: string]: Same }
}

/** `activation(body(x) + shortcut(x))`. The body's parameters keep their names: a residual is no level of its own. */
export const residual: {
  (body: Same, options?: SameOptions): Same
  <T extends TF.Tensor>(body: Module<T, T>, options?: ResidualOptions<T>): Module<T, T>
} = (body: Same, { shortcut = {}, activation }: SameOptions = {}): Same => {
  const sides = Object.entries(shortcut)
  return {
    ...(body.inputs === undefined ? {} : { inputs: body.inputs }),
    ...(body.outputs === undefined ? {} : { outputs: body.outputs }),
    parameters: [...body.parameters, ...sides.flatMap(([key, side]) => prefixed(key, side))],
    apply: (pass, x) => {
      const beside = sides.reduce((y, [key, side]) => side.apply(inside(pass, key), y), x)
      const sum = pass.tf.add<typeof x>(body.apply(pass, x), beside)
      return activation === undefined ? sum : activation.apply(pass, sum)
    }
  }
}
