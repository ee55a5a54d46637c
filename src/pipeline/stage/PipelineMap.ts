/** A pipeline whose value is changed by a pure function. */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Node from "./PipelineNode.ts"

const mapKnown = <A, B>(known: Node.Known<A>, f: (value: A) => B): Node.Known<B> => ({
  ...known,
  value: f(known.value)
})

/** Changes what a pipeline makes by a pure function, which is neither kept nor counted as a stage. */
export const map: {
  <A, B>(f: (value: A) => B): <E, R>(pipeline: Node.Pipeline<A, E, R>) => Node.Pipeline<B, E, R>
  <A, E, R, B>(pipeline: Node.Pipeline<A, E, R>, f: (value: A) => B): Node.Pipeline<B, E, R>
} = dual(2, <A, E, R, B>(pipeline: Node.Pipeline<A, E, R>, f: (value: A) => B): Node.Pipeline<B, E, R> => {
  const shapeOf = (shape: Node.Shape): Node.Shape => ({
    kind: "pure",
    title: "map",
    detail: "",
    inputs: [{ name: "", shape }]
  })
  return Node.make({
    shape: shapeOf(pipeline.shape),
    foresee: (planner) =>
      Effect.map(pipeline.foresee(planner), ({ shape, value: found }) => ({
        shape: shapeOf(shape),
        value: found._tag === "Known" ? mapKnown(found, f) : found
      })),
    evaluate: (session, lift) => Effect.map(pipeline.evaluate(session, lift), (known) => mapKnown(known, f))
  })
})
