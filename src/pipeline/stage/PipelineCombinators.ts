/** Pipelines made of pipelines: mapped by a pure function, combined in a record, and one for each item of a list. */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Node from "./PipelineNode.ts"
import type { Outliner } from "./PipelineSession.ts"

const mapKnown = <A, B>(known: Node.Known<A>, f: (value: A) => B): Node.Known<B> => ({
  ...known,
  value: f(known.value)
})

/** Maps the value of a pipeline with a pure function, which is neither cached nor counted as a stage. */
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
    outline: (outliner) =>
      Effect.map(pipeline.outline(outliner), ({ shape, value: found }) => ({
        shape: shapeOf(shape),
        value: found._tag === "Known" ? mapKnown(found, f) : found
      })),
    evaluate: (session, provide) =>
      Effect.map(pipeline.evaluate(session, provide), (known) => mapKnown(known, f))
  })
})

type Values<T> = { readonly [K in keyof T]: Node.Value<T[K]> }

interface Part {
  readonly name: string
  readonly known: Node.Known<unknown>
}

/** Whether `parts` has the value of every pipeline. */
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

/** A record of the values of several pipelines. They run at once as far as the run's `concurrency` allows. */
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
    outline: Effect.fnUntraced(function* (outliner) {
      const parts = yield* Effect.forEach(named, ({ name, pipeline }) =>
        Effect.map(pipeline.outline(outliner), (outlined) => ({ name, ...outlined }))
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
    evaluate: (session, provide) =>
      Effect.forEach(
        named,
        ({ name, pipeline }) => Effect.map(pipeline.evaluate(session, provide), (known) => ({ name, known })),
        { concurrency: session.concurrency }
      ).pipe(Effect.flatMap((parts) => gathered(pipelines, parts)))
  })
}

const itemShape = (list: Node.Shape): Node.Shape => ({
  kind: "pure",
  title: "item",
  detail: "",
  inputs: [{ name: "", shape: list }]
})

/** Stands for an item while the items are not known. */
const unknownItem = <A>(list: Node.Shape, on: ReadonlyArray<string>): Node.Pipeline<A> => {
  const shape = itemShape(list)
  return Node.make<A, never, never>({
    shape,
    outline: () => Effect.succeed({ shape, value: { _tag: "Pending", on } }),
    evaluate: () => Effect.die("an item was evaluated before its list")
  })
}

const knownItem = <A>(list: Node.Shape, item: A, from: ReadonlyArray<string>): Node.Pipeline<A> => {
  const shape = itemShape(list)
  const known: Node.Known<A> = { _tag: "Known", value: item, from }
  return Node.make<A, never, never>({
    shape,
    outline: () => Effect.succeed({ shape, value: known }),
    evaluate: () => Effect.succeed(known)
  })
}

/** The shape of a forEach. The list itself is an input only if there are no items, since items come from it. */
const eachShape = (list: Node.Shape, bodies: ReadonlyArray<Node.Edge>): Node.Shape => ({
  kind: "pure",
  title: "forEach",
  detail: "",
  inputs: bodies.length === 0 ? [{ name: "", shape: list }] : bodies
})

const joined = <B>(parts: ReadonlyArray<Node.Known<B>>): Node.Known<ReadonlyArray<B>> => ({
  _tag: "Known",
  value: parts.map((part) => part.value),
  from: [...new Set(parts.flatMap(({ from }) => from))]
})

/** The name of the stage, if the shape is one. */
const titlesOf = ({ kind, title }: Node.Shape): ReadonlyArray<string> => (kind === "stage" ? [title] : [])

/** A pipeline for each item of a list. Only items that are new or have changed run again. */
export const forEach = <A, E, R, B, E2, R2>(
  items: Node.Pipeline<ReadonlyArray<A>, E, R>,
  body: (item: Node.Pipeline<A>, index: number) => Node.Pipeline<B, E2, R2>
): Node.Pipeline<ReadonlyArray<B>, E | E2, R | R2> => {
  const bodies = (list: Node.Shape, { value, from }: Node.Known<ReadonlyArray<A>>) =>
    value.map((item, index) => body(knownItem(list, item, from), index))
  const outlineUnknown = (outliner: Outliner, list: Node.Shape, pending: Node.Pending) =>
    Effect.map(
      body(unknownItem(list, pending.on), 0).outline(outliner),
      ({ shape }): Node.Outlined<ReadonlyArray<B>> => ({
        shape: eachShape(list, [{ name: "", shape }]),
        value: { _tag: "Pending", on: [...new Set([...pending.on, ...titlesOf(shape)])] }
      })
    )
  return Node.make<ReadonlyArray<B>, E | E2, R | R2>({
    shape: eachShape(items.shape, [{ name: "", shape: body(unknownItem(items.shape, []), 0).shape }]),
    outline: Effect.fnUntraced(function* (outliner) {
      const list = yield* items.outline(outliner)
      if (list.value._tag === "Pending") return yield* outlineUnknown(outliner, list.shape, list.value)
      const parts = yield* Effect.forEach(bodies(list.shape, list.value), (each) => each.outline(outliner))
      const on = parts.flatMap(({ value }) => (value._tag === "Pending" ? value.on : []))
      const known = parts.flatMap(({ value }) => (value._tag === "Known" ? [value] : []))
      return {
        shape: eachShape(
          list.shape,
          parts.map(({ shape }) => ({ name: "", shape }))
        ),
        value: on.length > 0 ? { _tag: "Pending", on: [...new Set(on)] } : joined(known)
      }
    }),
    evaluate: Effect.fnUntraced(function* (session, provide) {
      const list = yield* items.evaluate(session, provide)
      const parts = yield* Effect.forEach(
        bodies(items.shape, list),
        (each) => each.evaluate(session, provide),
        {
          concurrency: session.concurrency
        }
      )
      return joined(parts)
    })
  })
}
