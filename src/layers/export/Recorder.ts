/**
 * Records a forward pass: while it runs, every kernel that TensorFlow.js starts is written down, with the tensors that
 * it reads and makes. The engine computes as ever, so that shapes, types and what does not depend on the input are known
 * without a word about any kernel.
 */
import type { NamedAttrMap, NamedTensorMap, Tensor } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import { Device, type DeviceError, type Tf } from "../../pipeline/device/Device.ts"
import type * as Trace from "../../pipeline/export/Trace.ts"
import { compact, Unexportable } from "../../pipeline/export/Trace.ts"
import type { ForwardContext } from "../../pipeline/nn/ForwardContext.ts"
import * as HostTensor from "../../pipeline/nn/HostTensor.ts"
import type { Variables } from "../../pipeline/nn/Model.ts"
import * as CompositeOps from "../device/CompositeOps.ts"
import * as Batch from "./Batch.ts"

export interface Pass {
  readonly variables: Variables
  readonly forward: (context: ForwardContext) => { readonly [name: string]: Tensor }
  /** The batch that `forward` uploads, and its samples. */
  readonly batch: unknown
  readonly samples: number
  /** What takes the place of the batch's tensors, by name; others are uploaded as they are. */
  readonly instead?: HostTensor.HostTensors | undefined
}

export interface Recorded {
  readonly trace: Trace.Trace
  /** What was uploaded for the batch, by name. */
  readonly inputs: HostTensor.HostTensors
  readonly outputs: HostTensor.HostTensors
}

/** What a pass leaves: tensors that are read back when it is over. */
interface Raw {
  readonly values: Array<Trace.Value>
  readonly steps: Array<Trace.Step>
  readonly inputs: Array<Trace.Port>
  readonly outputs: ReadonlyArray<Trace.Port>
  readonly uploaded: HostTensor.HostTensors
  /** Constants and outputs, kept. */
  readonly kept: ReadonlyMap<number, Tensor>
  readonly names: ReadonlyMap<number, string>
}

const isDtype = (dtype: string): dtype is Trace.Dtype =>
  dtype === "float32" || dtype === "int32" || dtype === "bool"

const dtypeOf = ({ dtype }: Tensor): Trace.Dtype => {
  if (isDtype(dtype)) return dtype
  throw new Unexportable({
    what: "a tensor",
    place: "of the forward pass",
    problem: `it holds ${dtype}`,
    cure: "Use float32, int32 or bool."
  })
}

const isTensor = (value: unknown): value is Tensor =>
  typeof value === "object" && value !== null && "dataId" in value

/** What is known of the tensors of a recording, by their numbers in `values`. */
const register = (tf: Tf, { params, buffers }: Variables) => {
  const numbers = new Map<number, number>()
  const values: Array<Trace.Value> = []
  const names = new Map<number, string>()
  const kept = new Map<number, Tensor>()
  const parameters = new Map(
    Object.entries({ ...params, ...buffers }).map(([name, tensor]) => [tensor.id, name] as const)
  )
  const numberOf = (tensor: Tensor): number => {
    const known = numbers.get(tensor.id)
    if (known !== undefined) return known
    const number = values.push({ shape: [...tensor.shape], dtype: dtypeOf(tensor) }) - 1
    numbers.set(tensor.id, number)
    const name = parameters.get(tensor.id)
    if (name !== undefined) names.set(number, name)
    return number
  }
  const keep = (tensor: Tensor): number => {
    const number = numberOf(tensor)
    if (!kept.has(number)) kept.set(number, tf.keep(tensor.clone()))
    return number
  }
  return { values, names, kept, numberOf, keep }
}

/** The state of a recording. */
const recording = (tf: Tf, { variables, batch, samples, instead = {} }: Pass) => {
  const { values, names, kept, numberOf, keep } = register(tf, variables)
  const depends = new Set<number>()
  const steps: Array<Trace.Step> = []
  const inputs: Array<Trace.Port> = []
  const uploaded: Record<string, HostTensor.HostTensor> = {}
  let latest: string | undefined
  const place = (): string => (latest === undefined ? "at the beginning of the net" : `near ${latest}`)

  /** Computed from parameters alone: it is called after the first of them. */
  const inherit = (given: ReadonlyArray<Tensor>, made: ReadonlyArray<Tensor>): void => {
    const name = given.flatMap((tensor) => names.get(numberOf(tensor)) ?? [])[0]
    if (name !== undefined) for (const tensor of made) names.set(numberOf(tensor), name)
  }
  const step = (
    kernel: string,
    given: ReadonlyArray<readonly [string, Tensor]>,
    made: ReadonlyArray<Tensor>,
    attrs: NamedAttrMap
  ): void => {
    const roles = given.map(([role, tensor]) => {
      const number = depends.has(tensor.id) ? numberOf(tensor) : keep(tensor)
      latest = names.get(number) ?? latest
      return [role, number] as const
    })
    for (const tensor of made) depends.add(tensor.id)
    const outputs = made.map(numberOf)
    steps.push({ kernel, inputs: Object.fromEntries(roles), attrs: { ...attrs }, outputs, place: place() })
  }
  return {
    /** A kernel ran. */
    ran: (kernel: string, given: NamedTensorMap, made: ReadonlyArray<Tensor>, attrs: NamedAttrMap): void => {
      const tensors = Object.entries(given).filter((entry) => isTensor(entry[1]))
      const all = tensors.map(([, tensor]) => tensor)
      if (all.some(({ id }) => depends.has(id))) step(kernel, tensors, made, attrs)
      else inherit(all, made)
    },
    /** What is uploaded instead of numbers that come from the batch; undefined for others. */
    instead: (data: unknown, shape: ReadonlyArray<number>) => {
      const name = Batch.nameOf(batch, samples, data, shape)
      return name === undefined ? undefined : { name, tensor: instead[name] ?? Batch.tensorOf(data, shape) }
    },
    uploaded: (name: string, tensor: Tensor, from: HostTensor.HostTensor): void => {
      depends.add(tensor.id)
      if (name in uploaded) return
      inputs.push({ name, value: numberOf(tensor) })
      uploaded[name] = from
    },
    /** Frees what was kept. */
    drop: (): void => tf.dispose([...kept.values()]),
    end: (outputs: { readonly [name: string]: Tensor }): Raw => ({
      values,
      steps,
      inputs,
      outputs: Object.entries(outputs).map(([name, tensor]) => ({ name, value: keep(tensor) })),
      uploaded,
      kept,
      names
    })
  }
}

const listed = (made: Tensor | ReadonlyArray<Tensor>): ReadonlyArray<Tensor> =>
  isTensor(made) ? [made] : made

/** Runs `body` with the engine's two entrances watched: `runKernel` and `makeTensor`. */
const watching = (tf: Tf, pass: Pass): Raw => {
  const engine = tf.engine()
  const state = recording(tf, pass)
  const [runKernel, makeTensor] = [engine.runKernel.bind(engine), engine.makeTensor.bind(engine)]
  let depth = 0
  engine.runKernel = <T extends Tensor | Array<Tensor>>(
    kernel: string,
    given: NamedTensorMap,
    attrs: NamedAttrMap = {}
  ): T => {
    depth += 1
    const made = runKernel<T>(kernel, given, attrs)
    depth -= 1
    if (depth === 0) {
      depth += 1
      state.ran(kernel, given, listed(made), attrs)
      depth -= 1
    }
    return made
  }
  engine.makeTensor = (data, shape, dtype, backend) => {
    const given = depth === 0 ? state.instead(data, shape) : undefined
    if (given === undefined) return makeTensor(data, shape, dtype, backend)
    const { name, tensor } = given
    const made = makeTensor(Batch.as(tensor.data, dtype), [...tensor.shape], dtype, backend)
    state.uploaded(name, made, tensor)
    return made
  }
  const context = { tf, ops: CompositeOps.make(tf) }
  const run = Effect.sync(() => {
    const outputs = pass.forward(context)
    depth += 1
    return state.end(outputs)
  })
  const unwatch = Effect.sync(() => {
    Reflect.deleteProperty(engine, "runKernel")
    Reflect.deleteProperty(engine, "makeTensor")
  })
  return Effect.runSync(
    run.pipe(
      Effect.onError(() => Effect.sync(state.drop)),
      Effect.ensuring(unwatch)
    )
  )
}

const hostOf = (data: HostTensor.HostData, { shape }: Trace.Value): HostTensor.HostTensor => ({ data, shape })

type Evaluated = Pick<Recorded, "inputs" | "outputs">

/** Reads back what was kept, as far as it is wanted, and frees all of it. */
const readBack = Effect.fnUntraced(function* ({ kept, values }: Raw, wanted: (value: number) => boolean) {
  const device = yield* Device
  const read = new Map<number, HostTensor.HostTensor>()
  yield* Effect.forEach([...kept], ([number, tensor]) =>
    Effect.gen(function* () {
      const value = values[number]
      if (value !== undefined && wanted(number)) read.set(number, hostOf(yield* device.read(tensor), value))
    }).pipe(Effect.ensuring(Effect.sync(() => tensor.dispose())))
  )
  return read
})

const outputsOf = (
  { outputs }: Raw,
  read: ReadonlyMap<number, HostTensor.HostTensor>
): HostTensor.HostTensors =>
  Object.fromEntries(
    outputs.flatMap(({ name, value }) => {
      const tensor = read.get(value)
      return tensor === undefined ? [] : [[name, tensor] as const]
    })
  )

const watched = Effect.fnUntraced(function* (pass: Pass) {
  const device = yield* Device
  return yield* device.compute("the forward pass", (tf) => watching(tf, pass))
})

/** Runs the pass once: what it was given, and what it made. */
export const evaluate = Effect.fn("Recorder.evaluate")(function* (
  pass: Pass
): Effect.fn.Return<Evaluated, DeviceError, Device> {
  const raw = yield* watched(pass)
  const wanted = new Set(raw.outputs.map(({ value }) => value))
  const read = yield* readBack(raw, (value) => wanted.has(value))
  return { inputs: raw.uploaded, outputs: outputsOf(raw, read) }
})

/** Numbers of a constant that are read however often a net is recorded. */
const FEW = 4096

export interface RecordOptions {
  /** Leaves out large constants that were computed from parameters: they are the same in every pass. Default false. */
  readonly light?: boolean
}

/** Runs the pass once, and reads back what it made and what it used. */
export const record = Effect.fn("Recorder.record")(function* (
  pass: Pass,
  { light = false }: RecordOptions = {}
): Effect.fn.Return<Recorded, DeviceError, Device> {
  const raw = yield* watched(pass)
  const sizeOf = (number: number): number => HostTensor.sizeOf(raw.values[number]?.shape ?? [])
  const read = yield* readBack(raw, (number) => !light || !raw.names.has(number) || sizeOf(number) <= FEW)
  const made = new Set([
    ...raw.inputs.map(({ value }) => value),
    ...raw.steps.flatMap(({ outputs }) => outputs)
  ])
  const constants = new Map(
    [...read].flatMap(([number, tensor]) =>
      made.has(number) ? [] : [[number, { tensor, name: raw.names.get(number) }] as const]
    )
  )
  return { trace: compact({ ...raw, constants }), inputs: raw.uploaded, outputs: outputsOf(raw, read) }
})
