/** An exported net beside the engine: the same numbers in, and how far apart what comes out is. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { HostTensors } from "../../pipeline/nn/HostTensor.ts"
import * as Batch from "./Batch.ts"
import * as Recorder from "./Recorder.ts"
import * as Tracing from "./Tracing.ts"

/** The most that an output may differ, absolute, or relative to the largest number in it if that is above 1. */
export const TOLERANCE = 1e-4

/** What an exported net makes of inputs; all under the names and in the layouts of the engine. */
export type Run<E> = (inputs: HostTensors) => Effect.Effect<HostTensors, E>

export interface Case {
  /** `random`, `real`, or `made up`: the example of the task. */
  readonly input: string
  readonly inputs: HostTensors
}

export interface Compared {
  readonly input: string
  readonly shapes: { readonly [input: string]: ReadonlyArray<number> }
  /** The largest difference of any output. */
  readonly difference: number
  /** The same, over the largest number of that output if it is above 1. */
  readonly relative: number
}

/** The exported net computes something else than the engine. */
export class ExportDiffers extends Schema.TaggedError<ExportDiffers>()("ExportDiffers", {
  input: Schema.String,
  output: Schema.String,
  difference: Schema.Finite,
  tolerance: Schema.Finite
}) {
  override get message() {
    return `the exported net differs from the engine by ${this.difference.toExponential(1)} in ${this.output}, on ${this.input}; the tolerance is ${this.tolerance}. Nothing was written. Please report it with the net`
  }
}

const shapesOf = (tensors: HostTensors): Compared["shapes"] =>
  Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]))

const largest = (values: ArrayLike<number>, other?: ArrayLike<number>): number => {
  let most = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs((values[i] ?? 0) - (other === undefined ? 0 : (other[i] ?? 0)))
    // A NaN on one side is as different as can be.
    if (!(size <= most)) most = Number.isNaN(size) ? Number.MAX_VALUE : size
  }
  return most
}

export interface Difference {
  readonly output: string
  readonly difference: number
  readonly relative: number
}

/** How far apart outputs are; those of other shapes as far as can be. */
export const differences = (wanted: HostTensors, made: HostTensors): ReadonlyArray<Difference> =>
  Object.entries(wanted).map(([output, { data, shape }]) => {
    const other = made[output]
    const fits = other !== undefined && other.shape.join() === shape.join()
    const difference = fits ? largest(data, other.data) : Number.MAX_VALUE
    return { output, difference, relative: difference / Math.max(1, largest(data)) }
  })

/** What the example becomes with all free sides changed: each by its own factor, and with one sample alone. */
export const cases = ({
  example,
  free,
  odd
}: Pick<Tracing.Traced, "example" | "free" | "odd">): ReadonlyArray<Case> => {
  const by = (factor: (index: number) => number) =>
    Tracing.longer(
      example,
      free.map((axes, i) => [axes, factor(i)] as const)
    )
  const alone = free.some(({ what }) => what === Tracing.BATCH)
    ? Object.fromEntries(
        Object.entries(example).map(([name, tensor]) => [
          name,
          Batch.resized(tensor, [1, ...tensor.shape.slice(1)])
        ])
      )
    : example
  const sized = [alone, by((i) => 3 - (i % 3)), by((i) => 1 + (i % 3)), ...(odd === undefined ? [] : [odd])]
  const random = sized.map((inputs, seed) =>
    Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, Batch.random(tensor, seed)]))
  )
  return [{ input: "made up", inputs: example }, ...random.map((inputs) => ({ input: "random", inputs }))]
}

/** Compares one case; fails if it differs too much. */
export const compare = Effect.fn("Check.compare")(function* <E>(
  pass: Omit<Recorder.Pass, "instead">,
  { input, inputs }: Case,
  run: Run<E>
) {
  const { outputs } = yield* Recorder.evaluate({ ...pass, instead: inputs })
  const found = differences(outputs, yield* run(inputs))
  for (const { output, difference, relative } of found) {
    if (relative > TOLERANCE)
      return yield* new ExportDiffers({ input, output, difference, tolerance: TOLERANCE })
  }
  const most = (key: "difference" | "relative") => Math.max(0, ...found.map((one) => one[key]))
  const compared: Compared = {
    input,
    shapes: shapesOf(inputs),
    difference: most("difference"),
    relative: most("relative")
  }
  return compared
})
