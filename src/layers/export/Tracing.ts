/**
 * Which sides of a net's inputs may have any length: found by running it with one of them longer, and merging the traces
 * of those runs that computed in the same steps.
 */
import * as Effect from "effect/Effect"
import type { Device, DeviceError } from "../../pipeline/device/Device.ts"
import * as Graph from "../../pipeline/export/Graph.ts"
import * as Rewrites from "../../pipeline/export/Rewrites.ts"
import { type Trace, Unexportable } from "../../pipeline/export/Trace.ts"
import type { HostTensors } from "../../pipeline/nn/HostTensor.ts"
import * as Batch from "./Batch.ts"
import * as Recorder from "./Recorder.ts"

export interface Traced {
  readonly graph: Graph.Graph
  /** What the graph was recorded with, by name: shapes, and numbers to check it with. */
  readonly example: HostTensors
  /** Axes that may have any length, by the input. */
  readonly free: ReadonlyArray<Axes>
  /** Lengths that are no multiples of the example's; absent where the net takes none. */
  readonly odd: HostTensors | undefined
  /** Why others may not. */
  readonly fixed: ReadonlyArray<{ readonly axes: Axes; readonly problem: string }>
}

/** Axes that have one length together, by the input's name: the batch's of all inputs, or one of one. */
export interface Axes {
  readonly what: string
  readonly axes: { readonly [input: string]: number }
}

/** The axis of the samples, which all inputs have. */
export const BATCH = "batch"

/** Samples of the first trace: with one alone, too much has the length 1. */
const SAMPLES = 2

/** The inputs with axes longer by factors. */
export const longer = (example: HostTensors, factors: ReadonlyArray<readonly [Axes, number]>): HostTensors =>
  Object.fromEntries(
    Object.entries(example).map(([name, tensor]) => {
      const shape = tensor.shape.map((side, axis) =>
        factors.reduce((length, [{ axes }, factor]) => (axes[name] === axis ? length * factor : length), side)
      )
      return [name, Batch.resized(tensor, shape)]
    })
  )

/** The inputs with axes longer by one. */
const oneLonger = (example: HostTensors, free: ReadonlyArray<Axes>): HostTensors =>
  Object.fromEntries(
    Object.entries(example).map(([name, tensor]) => {
      const shape = tensor.shape.map(
        (side, axis) => side + (free.some(({ axes }) => axes[name] === axis) ? 1 : 0)
      )
      return [name, Batch.resized(tensor, shape)]
    })
  )

/** The batch first; then every axis of an input but its last. */
const candidates = (example: HostTensors): ReadonlyArray<Axes> => {
  const names = Object.keys(example)
  const batch: Axes = { what: BATCH, axes: Object.fromEntries(names.map((name) => [name, 0])) }
  const others = Object.entries(example).flatMap(([name, { shape }]) => {
    const count = shape.length === 2 ? 1 : Math.max(0, shape.length - 2)
    return Array.from(
      { length: count },
      (_, i): Axes => ({ what: `axis ${i + 1} of ${name}`, axes: { [name]: i + 1 } })
    )
  })
  return [batch, ...others]
}

const withSamples = (inputs: HostTensors): HostTensors =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [
      name,
      Batch.resized(tensor, [SAMPLES, ...tensor.shape.slice(1)])
    ])
  )

type Recording = Effect.Effect<Trace, DeviceError, Device>

const merged = (traces: readonly [Trace, ...ReadonlyArray<Trace>]) =>
  Effect.sync(() => Graph.merge(traces)).pipe(
    Effect.catchDefect((defect) =>
      defect instanceof Unexportable ? Effect.fail(defect) : Effect.die(defect)
    )
  )

type Fixed = Traced["fixed"][number]

/** The traces of a net at other sizes, found one by one. */
interface Found {
  readonly traces: readonly [Trace, ...ReadonlyArray<Trace>]
  readonly free: ReadonlyArray<Axes>
  readonly fixed: ReadonlyArray<Fixed>
}

type At = (inputs: HostTensors, options?: Recorder.RecordOptions) => Recording

const LIGHT = { light: true }

/** A trace with an axis twice as long, if the net takes that and computes in the same steps. */
const withAxis = (at: At, example: HostTensors, found: Found, axes: Axes) =>
  at(longer(example, [[axes, 2]]), LIGHT).pipe(
    Effect.tap((probe) => merged([...found.traces, probe])),
    Effect.match({
      onFailure: ({ message }): Found => ({ ...found, fixed: [...found.fixed, { axes, problem: message }] }),
      onSuccess: (probe): Found => ({
        ...found,
        traces: [...found.traces, probe],
        free: [...found.free, axes]
      })
    })
  )

const explore = Effect.fnUntraced(function* (at: At, example: HostTensors) {
  let found: Found = { traces: [yield* at(example)], free: [], fixed: [] }
  for (const axes of candidates(example)) found = yield* withAxis(at, example, found, axes)
  const factors = found.free.map((axes, i) => [axes, i + 2] as const)
  return { ...found, traces: [...found.traces, yield* at(longer(example, factors), LIGHT)] } satisfies Found
})

/**
 * Lengths that are no multiples, where padding and rounding show. A net that does not take them throws, and is not asked
 * further; one that does, and then computes otherwise, must not have them in its file unsaid.
 */
const withOdd = Effect.fnUntraced(function* (at: At, example: HostTensors, found: Found) {
  const free = found.free.filter(({ what }) => what !== BATCH)
  const inputs = oneLonger(example, free)
  const tried = free.length === 0 ? undefined : yield* Effect.result(at(inputs, LIGHT))
  if (tried?._tag !== "Success") return { found, odd: undefined }
  return yield* merged([...found.traces, tried.success]).pipe(
    Effect.match({
      onFailure: ({ message }) => {
        const fixed = free.map((axes) => ({
          axes,
          problem: `only multiples of the recorded length: ${message}`
        }))
        return { found: { ...found, fixed: [...found.fixed, ...fixed] }, odd: undefined }
      },
      onSuccess: () => ({
        found: { ...found, traces: [...found.traces, tried.success] } satisfies Found,
        odd: inputs
      })
    })
  )
})

/** Records the net, and finds out which sizes it takes. */
export const trace = Effect.fn("Tracing.trace")(function* (pass: Omit<Recorder.Pass, "instead">) {
  const first = yield* Recorder.evaluate(pass)
  if (Object.keys(first.inputs).length === 0) {
    return yield* new Unexportable({
      what: "the forward pass",
      place: "of the task",
      problem: "it uploads nothing of its batch, so there is nothing that the file could be given",
      cure: "Upload the batch's typed arrays themselves, as HostTensor.upload does."
    })
  }
  const example = withSamples(first.inputs)
  const at: At = (inputs, options) =>
    Effect.map(Recorder.record({ ...pass, instead: inputs }, options), (one) => Rewrites.simplify(one.trace))
  const { found, odd } = yield* withOdd(at, example, yield* explore(at, example))
  const { traces, free, fixed } = found
  const traced: Traced = { graph: yield* merged(traces), example, free, odd, fixed }
  return traced
})
