/** One Adam step of one parameter by the kernel pack. */
import type { TensorInfo } from "@tensorflow/tfjs-core"
import { number } from "../internal/Attributes.ts"
import { size } from "../internal/Shape.ts"
import type { Call } from "./Call.ts"
import { bits } from "./Memory.ts"
import type { Pack } from "./Pack.ts"

/** The numbers of the C structure `Adam`, in its order. */
const settings = ["beta1", "beta2", "rate", "unbias", "epsilon", "keep", "decay"]

/** The new parameter and averages. */
export const update = (pack: Pack, { input, attrs }: Call): Array<TensorInfo> => {
  const { at, output } = pack.memory
  const parameter = input("parameter")
  for (const name of ["gradient", "first", "second"]) {
    const { shape } = input(name)
    if (size(shape) !== size(parameter.shape)) {
      throw new TypeError(`adam: ${name} [${shape}] does not fit the parameter [${parameter.shape}]`)
    }
  }
  const outputs = [output(parameter.shape), output(parameter.shape), output(parameter.shape)]
  pack.run("adam", [
    at(parameter),
    at(input("gradient")),
    at(input("first")),
    at(input("second")),
    ...outputs.map(at),
    size(parameter.shape),
    ...settings.map((name) => bits(number(attrs, name)))
  ])
  return outputs
}
