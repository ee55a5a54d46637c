/** Operations of an optimizer on all parameters at once, by the kernel pack: Adam, and the norm of all gradients. */
import type { TensorInfo } from "@tensorflow/tfjs-core"
import { number, numbers } from "../internal/Attributes.ts"
import { size } from "../internal/Shape.ts"
import { bits } from "./Memory.ts"
import { type Call, type Pack, shares, worthwhile } from "./Pack.ts"

/** Elements of parameters that one thread updates in a microsecond. */
const elementsPerMicrosecond = 800

const checked = (found: TensorInfo, role: string, parameter: TensorInfo): TensorInfo => {
  if (size(found.shape) === size(parameter.shape)) return found
  throw new TypeError(`adam: ${role} [${found.shape}] does not fit the parameter [${parameter.shape}]`)
}

/** The structures of optimizer.c. */
const block = 1024

const blocksOf = (tensors: ReadonlyArray<TensorInfo>): number =>
  tensors.reduce((all, { shape }) => all + Math.ceil(size(shape) / block), 0)

/** Inputs `name0`, `name1`, … */
const list = ({ input }: Call, name: string, count: number): ReadonlyArray<TensorInfo> =>
  Array.from({ length: count }, (_, index) => input(`${name}${index}`))

/** A table of structures, scratch for the squares of each block, and the blocks in shares. */
const prepare = (pack: Pack, structures: ReadonlyArray<number>, tensors: ReadonlyArray<TensorInfo>) => {
  const blocks = blocksOf(tensors)
  const [table = 0, squares = 0] = pack.memory.scratch([4 * structures.length, 8 * blocks])
  pack.memory.write(table, structures)
  const threads = worthwhile(pack, (blocks * block) / elementsPerMicrosecond)
  const parts = shares(blocks, threads).map(([begin, end]) => [table, squares, begin, end])
  const norm = (): TensorInfo => {
    const made = pack.memory.output([])
    pack.call("norm_of", squares, blocks, pack.memory.at(made))
    return made
  }
  return { parts, norm }
}

/** The norm of all gradients, then of each parameter the new values and the two averages, one after the other. */
export const adam = (pack: Pack, call: Call): Array<TensorInfo> => {
  const { attrs, input } = call
  const { at, output } = pack.memory
  const [rates, keeps, decays] = [numbers(attrs, "rate"), numbers(attrs, "keep"), numbers(attrs, "decay")]
  const shared = ["beta1", "beta2", "unbias", "epsilon"].map((name) => bits(number(attrs, name)))
  const [beta1 = 0, beta2 = 0, unbias = 0, epsilon = 0] = shared
  const parameters = list(call, "parameter", rates.length)
  const outputs: Array<TensorInfo> = []
  const structures = parameters.flatMap((parameter, index) => {
    const operand = (role: string) => at(checked(input(`${role}${index}`), role, parameter))
    const { shape } = parameter
    const made = [output(shape), output(shape), output(shape)]
    outputs.push(...made)
    return [
      at(parameter),
      operand("gradient"),
      operand("first"),
      operand("second"),
      ...made.map(at),
      size(shape),
      beta1,
      beta2,
      bits(rates[index] ?? 0),
      unbias,
      epsilon,
      bits(keeps[index] ?? 1),
      bits(decays[index] ?? 0)
    ]
  })
  const { parts, norm } = prepare(pack, structures, parameters)
  pack.parallel("adam", parts)
  return [norm(), ...outputs]
}

/** The factor for gradients of this norm, as in torch.nn.utils.clip_grad_norm_ (Pascanu et al., 2013). */
const factorOf = (norm: number, limit: number): number => Math.min(limit / (norm + 1e-6), 1)

/** The L2 norm of all gradients together, and, with a limit, the gradients scaled down to it. */
export const globalNorm = (pack: Pack, call: Call): Array<TensorInfo> => {
  const { at, output, share, floatAt } = pack.memory
  const gradients = list(call, "gradient", number(call.attrs, "count"))
  const { parts, norm } = prepare(
    pack,
    gradients.flatMap((gradient) => [at(gradient), size(gradient.shape)]),
    gradients
  )
  pack.parallel("squares", parts)
  const found = norm()
  const limit = number(call.attrs, "limit")
  if (limit === 0) return [found]
  const factor = factorOf(floatAt(at(found)), limit)
  if (factor === 1) return [found, ...gradients.map(share)]
  const scaled = gradients.map((gradient) => {
    const to = output(gradient.shape)
    pack.call("scale", at(gradient), at(to), size(gradient.shape), factor)
    return to
  })
  return [found, ...scaled]
}
