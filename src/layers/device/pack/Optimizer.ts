/** What an optimizer does with all parameters at once, by the kernel pack: Adam, and the norm of all gradients. */
import type { TensorInfo } from "@tensorflow/tfjs-core"
import { number, numbers } from "../internal/Attributes.ts"
import { size } from "../internal/Shape.ts"
import type { Call } from "./Call.ts"
import { bits } from "./Memory.ts"
import { type Pack, shares, worthwhile } from "./Pack.ts"

/** Parameters' elements that one thread updates in a microsecond. */
const elementsPerMicrosecond = 800

const checked = (found: TensorInfo, role: string, parameter: TensorInfo): TensorInfo => {
  if (size(found.shape) === size(parameter.shape)) return found
  throw new TypeError(`adam: ${role} [${found.shape}] does not fit the parameter [${parameter.shape}]`)
}

const indices = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, index) => index)

/** Of each parameter the new values and the two averages, one after the other. */
export const adam = (pack: Pack, { input, attrs }: Call): Array<TensorInfo> => {
  const { at, output, scratch, write } = pack.memory
  const [rates, keeps, decays] = [numbers(attrs, "rate"), numbers(attrs, "keep"), numbers(attrs, "decay")]
  const shared = ["beta1", "beta2", "unbias", "epsilon"].map((name) => bits(number(attrs, name)))
  const [beta1 = 0, beta2 = 0, unbias = 0, epsilon = 0] = shared
  let elements = 0
  const outputs: Array<TensorInfo> = []
  const structures = rates.flatMap((rate, index) => {
    const parameter = input(`parameter${index}`)
    const operand = (role: string) => at(checked(input(`${role}${index}`), role, parameter))
    const made = [output(parameter.shape), output(parameter.shape), output(parameter.shape)]
    outputs.push(...made)
    elements += size(parameter.shape)
    return [
      at(parameter),
      operand("gradient"),
      operand("first"),
      operand("second"),
      ...made.map(at),
      size(parameter.shape),
      beta1,
      beta2,
      bits(rate),
      unbias,
      epsilon,
      bits(keeps[index] ?? 1),
      bits(decays[index] ?? 0)
    ]
  })
  const [table = 0] = scratch([4 * structures.length])
  write(table, structures)
  const threads = worthwhile(pack, elements / elementsPerMicrosecond)
  pack.parallel(
    "adam",
    shares(elements, threads).map(([begin, end]) => [table, rates.length, begin, end])
  )
  return outputs
}

/** What scales gradients of this norm, as torch.nn.utils.clip_grad_norm_ (Pascanu et al., 2013). */
const factorOf = (norm: number, limit: number): number => Math.min(limit / (norm + 1e-6), 1)

/** The L2 norm of all gradients together, and, with a limit, the gradients scaled down to it. */
export const globalNorm = (pack: Pack, { input, attrs }: Call): Array<TensorInfo> => {
  const { at, output, scratch, share, write, floatAt } = pack.memory
  const gradients = indices(number(attrs, "count")).map((index) => input(`gradient${index}`))
  const norm = output([])
  const structures = gradients.flatMap((gradient) => [at(gradient), size(gradient.shape)])
  const [table = 0, factor = 0] = scratch([4 * structures.length, 4])
  write(table, structures)
  pack.call("norm_of_all", table, gradients.length, at(norm))
  const limit = number(attrs, "limit")
  if (limit === 0) return [norm]
  const scale = factorOf(floatAt(at(norm)), limit)
  if (scale === 1) return [norm, ...gradients.map(share)]
  write(factor, [bits(scale)])
  const scaled = gradients.map((gradient) => {
    const to = output(gradient.shape)
    pack.call("scale", at(gradient), at(to), size(gradient.shape), factor)
    return to
  })
  return [norm, ...scaled]
}
