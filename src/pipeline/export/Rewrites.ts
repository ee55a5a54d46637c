/** A trace in fewer steps: padding joins the window that it was for, and moves of values become the one that they are. */
import * as Schema from "effect/Schema"
import { compact, type Step, shapeOf, side, type Trace, type Value } from "./Trace.ts"
import * as Windows from "./Windows.ts"

const Around = Schema.Tuple([Schema.Int, Schema.Int])
const isPaddings = Schema.is(Schema.Tuple([Around, Around, Around, Around]))

/** The values that stand for others. */
type Aliases = Map<number, number>

const through = (aliases: Aliases, value: number): number => {
  const next = aliases.get(value)
  return next === undefined ? value : through(aliases, next)
}

const equal = (a: ReadonlyArray<number> = [], b: ReadonlyArray<number> = []): boolean =>
  a.length === b.length && a.every((side, axis) => side === b[axis])

const [IDENTITY, RESHAPE, CAST] = ["Identity", "Reshape", "Cast"]

/** Whether a step makes of `from` what it is. */
const isIdle = (kernel: string, from: Value, to: Value): boolean =>
  kernel === IDENTITY ||
  (kernel === RESHAPE && equal(from.shape, to.shape)) ||
  (kernel === CAST && from.dtype === to.dtype)

/** Steps that change nothing vanish. */
const withoutIdentities = (trace: Trace): Trace => {
  const aliases: Aliases = new Map()
  const kept = trace.steps.filter(({ kernel, inputs, outputs }) => {
    const [from = -1, to = -1] = [inputs["x"], outputs[0]]
    const [a, b] = [trace.values[from], trace.values[to]]
    const idle = a !== undefined && b !== undefined && isIdle(kernel, a, b)
    if (idle) aliases.set(to, from)
    return !idle
  })
  const renamed = (value: number) => through(aliases, value)
  return {
    ...trace,
    steps: kept.map((step) => ({
      ...step,
      inputs: Object.fromEntries(Object.entries(step.inputs).map(([role, value]) => [role, renamed(value)]))
    })),
    outputs: trace.outputs.map(({ name, value }) => ({ name, value: renamed(value) }))
  }
}

const makers = ({ steps }: Trace): ReadonlyMap<number, Step> =>
  new Map(steps.flatMap((step) => step.outputs.map((value) => [value, step] as const)))

/** Below every number that a net computes with: what max pools are padded with. */
const LEAST = -1e38

type Sides = readonly [before: number, after: number]

const isNothing = (sides: Sides): boolean => sides[0] === 0 && sides[1] === 0

/** Whether a window may take over what a `PadV2` puts around its picture: zeros, or for a max pool the least number. */
const isOutside = ({ kernel }: Step, value: unknown): boolean =>
  kernel === "MaxPool" ? Number(value) <= LEAST : value === 0

/** What a `PadV2` puts around a picture, if the window may take it over. */
const around = (pad: Step | undefined, window: Step): Windows.Pads | undefined => {
  if (pad?.kernel !== "PadV2" || !isOutside(window, pad.attrs["constantValue"])) return undefined
  const { paddings } = pad.attrs
  if (!isPaddings(paddings)) return undefined
  const [batch, rows, columns, channels] = paddings
  if (!isNothing(batch) || !isNothing(channels)) return undefined
  return [rows[0], columns[0], rows[1], columns[1]]
}

/**
 * Windows with all that is around their pictures in the attribute `pads`; `counted` are pads that a mean counts, and
 * `automatic` says that TensorFlow's SAME computed them.
 */
const windowed = (trace: Trace): Trace => {
  const by = makers(trace)
  const steps = trace.steps.map((step) => {
    const picture = Windows.pictureOf(step)
    if (picture === undefined) return step
    const pad = by.get(picture)
    const outer = step.attrs["pad"] === "valid" ? around(pad, step) : undefined
    const unpadded = pad?.inputs["x"]
    if (outer === undefined || unpadded === undefined) {
      const attrs = { ...step.attrs, pads: Windows.padsOf(step, trace.values) }
      return { ...step, attrs: { ...attrs, automatic: step.attrs["pad"] === "same", counted: false } }
    }
    return {
      ...step,
      inputs: { ...step.inputs, x: unpadded },
      attrs: { ...step.attrs, pads: outer, automatic: false, counted: true }
    }
  })
  return { ...trace, steps }
}

const isOrder = Schema.is(Schema.Array(Schema.Int))

/** How often each value is read. */
const readings = ({ steps, outputs }: Trace): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>()
  for (const value of [
    ...steps.flatMap(({ inputs }) => Object.values(inputs)),
    ...outputs.map((one) => one.value)
  ])
    counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/**
 * The block of `[b, h, w, c]` → `[b·h, w, block, block·k]` → axes 0, 2, 1, 3 → `[b, block·h, block·w, k]`, which is
 * TensorFlow's DepthToSpace.
 */
const blockOf = (
  values: ReadonlyArray<Value>,
  [first, turn, last]: readonly [Step, Step, Step]
): number | undefined => {
  const from = shapeOf(values, first.inputs["x"])
  const apart = shapeOf(values, first.outputs[0])
  const to = shapeOf(values, last.outputs[0])
  const { perm } = turn.attrs
  const block = side(apart, 2)
  if (from.length !== 4 || block === 1 || !isOrder(perm) || !equal(perm, [0, 2, 1, 3])) return undefined
  const isApart = equal(apart, [side(from, 0) * side(from, 1), side(from, 2), block, side(from, 3) / block])
  const isSpread = equal(to, [
    side(from, 0),
    side(from, 1) * block,
    side(from, 2) * block,
    side(from, 3) / block / block
  ])
  return isApart && isSpread ? block : undefined
}

const withDepthToSpace = (trace: Trace): Trace => {
  const [by, reads] = [makers(trace), readings(trace)]
  const before = (step: Step | undefined, kernel: string): Step | undefined => {
    const value = step?.inputs["x"]
    const maker = value === undefined ? undefined : by.get(value)
    return maker?.kernel === kernel && reads.get(value ?? -1) === 1 ? maker : undefined
  }
  const steps = trace.steps.map((last) => {
    const turn = last.kernel === RESHAPE ? before(last, "Transpose") : undefined
    const first = before(turn, RESHAPE)
    if (turn === undefined || first === undefined) return last
    const block = blockOf(trace.values, [first, turn, last])
    if (block === undefined) return last
    return {
      ...last,
      kernel: "DepthToSpace",
      inputs: first.inputs,
      attrs: { blockSize: block, dataFormat: "NHWC" }
    }
  })
  return { ...trace, steps }
}

/** All of them; what is not needed any more is gone. */
export const simplify = (trace: Trace): Trace =>
  compact(withDepthToSpace(compact(windowed(compact(withoutIdentities(trace))))))
