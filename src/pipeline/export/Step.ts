/** Reading a step of a graph: its attributes, its inputs, the shapes of its values. */
import * as Schema from "effect/Schema"
import * as Graph from "./Graph.ts"
import { refuse } from "./Trace.ts"

/** The value of an attribute, if it is the same in all traces. */
export const attribute = ({ attrs }: Graph.GraphStep, key: string): unknown => {
  const [first, ...others] = attrs.map((one) => one[key])
  const text = JSON.stringify(first)
  return others.every((other) => JSON.stringify(other) === text) ? first : undefined
}

export const number = (step: Graph.GraphStep, key: string): number => {
  const value = attribute(step, key)
  return typeof value === "number" ? value : refuse(step, `its ${key} depends on the size of the input`)
}

const isNumbers = Schema.is(Schema.Array(Schema.Finite))

/** A list of numbers, or one. */
export const list = (step: Graph.GraphStep, key: string): ReadonlyArray<number> => {
  const value = attribute(step, key)
  if (typeof value === "number") return [value]
  return isNumbers(value) ? value : refuse(step, `its ${key} depends on the size of the input`)
}

export const input = (step: Graph.GraphStep, role: string): number =>
  step.inputs[role] ?? refuse(step, `it has no input ${role}`)

/** The shapes of a value in each trace. */
export const shapesOf = ({ values }: Graph.Graph, value: number): ReadonlyArray<ReadonlyArray<number>> =>
  values[value]?.shapes ?? []

/** The sides of each axis of a value, in each trace. */
export const axesOf = ({ values }: Graph.Graph, value: number): ReadonlyArray<ReadonlyArray<number>> => {
  const own = values[value]
  return own?.shapes[0]?.map((_, axis) => Graph.sides(own, axis)) ?? []
}

/** The numbers of an attribute along one axis, in each trace. */
export const column = (step: Graph.GraphStep, key: string, axis: number): ReadonlyArray<number> =>
  step.attrs.map((attrs) => {
    const value = attrs[key]
    return isNumbers(value) ? (value[axis] ?? 0) : 0
  })

/** The module of the parameter that a step is near: `encoder/conv1` of `encoder.conv1.weight`. */
export const scopeOf = ({ place }: Pick<Graph.GraphStep, "place">): string =>
  /^near (.+)\.[^.]+$/.exec(place)?.[1]?.replaceAll(".", "/") ?? ""
