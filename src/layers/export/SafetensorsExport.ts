/** The weights of a net as `model.safetensors`, under PyTorch's layouts, read back as any reader would. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { HostTensor, HostTensors } from "../../pipeline/nn/HostTensor.ts"
import type { Model } from "../../pipeline/nn/Model.ts"
import * as Layout from "../../pipeline/weights/Layout.ts"
import * as Safetensors from "../checkpoint/Safetensors.ts"
import type { Exported } from "./Exported.ts"

/** What was written is not what was to be written. */
export class WeightsDamaged extends Schema.TaggedError<WeightsDamaged>()("WeightsDamaged", {
  name: Schema.String
}) {
  override get message() {
    return `the parameter ${this.name} differs when the file is read back. Nothing was written. Please report it`
  }
}

const FILE = "model.safetensors"

/** PyTorch's own metadata: its readers refuse a file without it. */
const METADATA = { format: "pt" }

const floatsOf = ({ data }: HostTensor): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data)

const sameBits = (a: ArrayLike<number>, b: ArrayLike<number> = []): boolean => {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false
  return a.length === b.length
}

/** The parameters of a model by name, under its layouts, to a file. */
export const make = Effect.fn("SafetensorsExport.make")(function* (model: Model, values: HostTensors) {
  const tensors = Object.fromEntries(
    model.parameters.flatMap((spec) => {
      const value = values[spec.name]
      return value === undefined ? [] : [[spec.name, Layout.toTorch(floatsOf(value), spec)] as const]
    })
  )
  const file = Buffer.concat(Safetensors.encode(tensors, METADATA))
  const read = yield* Effect.orDie(Effect.fromResult(Safetensors.decode(file)))
  for (const spec of model.parameters) {
    const [found, value] = [read[spec.name], values[spec.name]]
    const back = found && Layout.valuesFrom(floatsOf(found), found.shape, spec)
    if (value === undefined || !sameBits(floatsOf(value), back))
      return yield* new WeightsDamaged({ name: spec.name })
  }
  const exported: Omit<Exported<never>, "run"> = {
    files: { [FILE]: file },
    about: {
      layouts: "PyTorch: filters [outputs, inputs, height, width], dense layers [outputs, inputs]",
      tensors: Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]))
    }
  }
  return exported
})
