/** Pipelines side by side. */
import * as Effect from "effect/Effect"
import * as Node from "./PipelineNode.ts"

type Values<T> = { readonly [K in keyof T]: Node.Value<T[K]> }

interface Part {
  readonly name: string
  readonly known: Node.Known<unknown>
}

/** The parts are what the pipelines of `T` made, all of them. */
const isWhole = <T extends object>(parts: object, pipelines: T): parts is Values<T> =>
  Object.keys(pipelines).every((name) => name in parts)

const gathered = <T extends object>(
  pipelines: T,
  parts: ReadonlyArray<Part>
): Effect.Effect<Node.Known<Values<T>>> => {
  const values = Object.fromEntries(parts.map(({ name, known }) => [name, known.value]))
  const from = [...new Set(parts.flatMap(({ known }) => known.from))]
  return isWhole(values, pipelines)
    ? Effect.succeed({ _tag: "Known", value: values, from })
    : Effect.die("a part of Pipeline.all was lost")
}

/** Pipelines side by side: a record of what they make. They run at once as far as the run's `concurrency` lets them. */
export const all = <T extends { readonly [name: string]: Node.Pipeline<unknown, unknown, unknown> }>(
  pipelines: T
): Node.Pipeline<Values<T>, Node.Errors<T[keyof T]>, Node.Requirements<T[keyof T]>> => {
  type E = Node.Errors<T[keyof T]>
  type R = Node.Requirements<T[keyof T]>
  const named = Object.entries(pipelines).flatMap(([name, pipeline]) =>
    Node.isPipeline<E, R>(pipeline) ? [{ name, pipeline }] : []
  )
  const shapeOf = (inputs: ReadonlyArray<Node.Edge>): Node.Shape => ({
    kind: "pure",
    title: "all",
    detail: "",
    inputs
  })
  return Node.make<Values<T>, E, R>({
    shape: shapeOf(named.map(({ name, pipeline }) => ({ name, shape: pipeline.shape }))),
    foresee: Effect.fnUntraced(function* (planner) {
      const parts = yield* Effect.forEach(named, ({ name, pipeline }) =>
        Effect.map(pipeline.foresee(planner), (foreseen) => ({ name, ...foreseen }))
      )
      const on = parts.flatMap(({ value: found }) => (found._tag === "Pending" ? found.on : []))
      const known = parts.flatMap(({ name, value: found }) =>
        found._tag === "Known" ? [{ name, known: found }] : []
      )
      return {
        shape: shapeOf(parts),
        value: on.length > 0 ? { _tag: "Pending", on: [...new Set(on)] } : yield* gathered(pipelines, known)
      }
    }),
    evaluate: (session, lift) =>
      Effect.forEach(
        named,
        ({ name, pipeline }) => Effect.map(pipeline.evaluate(session, lift), (known) => ({ name, known })),
        { concurrency: session.concurrency }
      ).pipe(Effect.flatMap((parts) => gathered(pipelines, parts)))
  })
}
