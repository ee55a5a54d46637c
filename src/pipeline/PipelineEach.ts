/** A pipeline for each item of a list. */
import * as Effect from "effect/Effect"
import * as Node from "./PipelineNode.ts"

const joined = <B>(parts: ReadonlyArray<Node.Known<B>>): Node.Known<ReadonlyArray<B>> => ({
  _tag: "Known",
  value: parts.map((part) => part.value),
  from: [...new Set(parts.flatMap(({ from }) => from))]
})

/** What stands for an item where the items are not known yet. */
const unknownItem = <A>(): Node.Pipeline<A> => {
  const shape: Node.Shape = { kind: "value", title: "item", detail: "", inputs: [] }
  return Node.make<A, never, never>({
    shape,
    foresee: () => Effect.succeed({ shape, value: { _tag: "Pending", on: ["each item"] } }),
    evaluate: () => Effect.die("an item was evaluated before its list")
  })
}

const itemOf = <A>(item: A, { from }: Node.Known<unknown>): Node.Pipeline<A> => {
  const shape: Node.Shape = { kind: "value", title: "item", detail: "", inputs: [] }
  const known: Node.Known<A> = { _tag: "Known", value: item, from }
  return Node.make<A, never, never>({
    shape,
    foresee: () => Effect.succeed({ shape, value: known }),
    evaluate: () => Effect.succeed(known)
  })
}

/**
 * A pipeline for each item of a list. Only items that are new, or whose own part changed, run again.
 */
export const forEach = <A, E, R, B, E2, R2>(
  items: Node.Pipeline<ReadonlyArray<A>, E, R>,
  body: (item: Node.Pipeline<A>, index: number) => Node.Pipeline<B, E2, R2>
): Node.Pipeline<ReadonlyArray<B>, E | E2, R | R2> => {
  const shapeOf = (list: Node.Shape, bodies: ReadonlyArray<Node.Edge>): Node.Shape => ({
    kind: "pure",
    title: "forEach",
    detail: "",
    inputs: [{ name: "items", shape: list }, ...bodies]
  })
  const unknown = body(unknownItem(), 0)
  const bodies = (known: Node.Known<ReadonlyArray<A>>) =>
    known.value.map((item, index) => ({ name: String(index), pipeline: body(itemOf(item, known), index) }))
  return Node.make<ReadonlyArray<B>, E | E2, R | R2>({
    shape: shapeOf(items.shape, [{ name: "each", shape: unknown.shape }]),
    foresee: Effect.fnUntraced(function* (planner) {
      const list = yield* items.foresee(planner)
      if (list.value._tag === "Pending") {
        const { shape } = yield* unknown.foresee(planner)
        return { shape: shapeOf(list.shape, [{ name: "each", shape }]), value: list.value }
      }
      const parts = yield* Effect.forEach(bodies(list.value), ({ name, pipeline }) =>
        Effect.map(pipeline.foresee(planner), (foreseen) => ({ name, ...foreseen }))
      )
      const on = parts.flatMap(({ value: found }) => (found._tag === "Pending" ? found.on : []))
      const known = parts.flatMap(({ value: found }) => (found._tag === "Known" ? [found] : []))
      return {
        shape: shapeOf(list.shape, parts),
        value: on.length > 0 ? { _tag: "Pending", on } : joined(known)
      }
    }),
    evaluate: Effect.fnUntraced(function* (session, lift) {
      const list = yield* items.evaluate(session, lift)
      const parts = yield* Effect.forEach(bodies(list), ({ pipeline }) => pipeline.evaluate(session, lift), {
        concurrency: session.concurrency
      })
      return joined(parts)
    })
  })
}
