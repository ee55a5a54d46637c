/**
 * The parts of a model as a table, as Lightning's ModelSummary: names and numbers of values, and where the shape of an
 * input is known, what each layer gives and how much it computes.
 */
import type { LayerCall } from "../nn/ForwardContext.ts"
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

/** A part whose layers were called. */
export interface Layers extends Part {
  /** `conv2d`, or how many layers it has; empty for parameters that no layer of the library holds. */
  readonly kind: string
  /** Of the last call, with the batch; undefined if no layer of the part was called. */
  readonly output: ReadonlyArray<number> | undefined
  /** Of all calls together, for one sample. */
  readonly multiplyAdds: number
}

const bytesPerValue = 4

/** Columns of a terminal that a table fits into. */
const widest = 100

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

const shortened = (name: string, depth: number): string =>
  depth < 0 ? name : name.split(".").slice(0, depth).join(".")

/** The parts of `model` in order: tensors whose names begin with the same `depth` words; -1 gives each tensor a part. */
export const parts = (model: Model, depth: number): ReadonlyArray<Part> =>
  [...Map.groupBy(model.parameters, ({ name }) => shortened(name, depth))].map(([name, specs]) =>
    partOf(name, specs)
  )

const kindOf = (calls: ReadonlyArray<LayerCall>): string => {
  const names = new Set(calls.map(({ name }) => name))
  return names.size > 1 ? `${names.size} layers` : (calls[0]?.kind ?? "")
}

/**
 * The layers of `model` in the order of their first calls, those whose names begin with the same `depth` words as one;
 * -1 gives each layer a part. Parameters that are no layer's come last, under their own names.
 */
export const layers = (
  model: Model,
  calls: ReadonlyArray<LayerCall>,
  depth: number
): ReadonlyArray<Layers> => {
  const called = new Set(calls.map(({ name }) => name))
  const ownerOf = ({ name }: ParameterSpec): string => {
    const layer = name.slice(0, Math.max(0, name.lastIndexOf(".")))
    return shortened(called.has(layer) ? layer : name, depth)
  }
  const callsOf = Map.groupBy(calls, ({ name }) => shortened(name, depth))
  const specsOf = Map.groupBy(model.parameters, ownerOf)
  return [...new Set([...callsOf.keys(), ...specsOf.keys()])].map((name) => {
    const own = callsOf.get(name) ?? []
    return {
      ...partOf(name === "" ? model.name : name, specsOf.get(name) ?? []),
      kind: kindOf(own),
      output: own.at(-1)?.output,
      multiplyAdds: own.reduce((sum, call) => sum + call.multiplyAdds, 0)
    }
  })
}

const whole = (n: number): string => n.toLocaleString("en-US")
const shapeText = (shape: ReadonlyArray<number>): string => `[${shape.join(", ")}]`

const units = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"]
] as const

/** `1.814 G`: three digits after the point. */
const short = (n: number): string => {
  const unit = units.find(([size]) => n >= size)
  return unit === undefined ? whole(n) : `${(n / unit[0]).toFixed(3)} ${unit[1]}`
}

const partsTable = (model: Model, depth: number): ReadonlyArray<string> => {
  const rows = parts(model, depth).map(({ name, tensors, shape, trainable, fixed }) => [
    name,
    shape === undefined ? `${tensors} tensors` : shapeText(shape),
    whole(trainable),
    whole(fixed)
  ])
  return Table.lines(["part", "shape", "trainable", "fixed"], rows, ["left", "left", "right", "right"])
}

const layersTable = (model: Model, calls: ReadonlyArray<LayerCall>, depth: number): ReadonlyArray<string> => {
  const rows = layers(model, calls, depth).map(({ name, kind, output, trainable, fixed, multiplyAdds }) => [
    name,
    kind,
    output === undefined ? "" : shapeText(output),
    whole(trainable),
    whole(fixed),
    whole(multiplyAdds)
  ])
  return Table.lines(
    ["layer", "kind", "output", "trainable", "fixed", "multiply-adds"],
    rows,
    ["left", "left", "left", "right", "right", "right"],
    widest
  )
}

/**
 * The table and its totals, at most 100 columns wide; sizes assume 4 bytes per value (float32). With `calls`, those of
 * `Model.trace`, it is a table of layers.
 */
export const lines = (
  model: Model,
  depth: number,
  calls?: ReadonlyArray<LayerCall>
): ReadonlyArray<string> => {
  const { trainable, fixed } = partOf(model.name, model.parameters)
  const size = (((trainable + fixed) * bytesPerValue) / 1e6).toFixed(3)
  const total = `${model.name}: ${whole(trainable)} trainable, ${whole(fixed)} fixed, ${size} MB`
  if (calls === undefined) return [...partsTable(model, depth), total]
  const work = calls.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0)
  return [...layersTable(model, calls, depth), `${total}, ${short(work)} multiply-adds per sample`]
}
