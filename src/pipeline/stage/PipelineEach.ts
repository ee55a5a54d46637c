/** A pipeline for each item of a list. */
import * as Effect from "effect/Effect"
import * as Node from "./PipelineNode.ts"
import type { Planner } from "./PipelineSession.ts"

const itemShape = (list: Node.Shape): Node.Shape => ({
  kind: "pure",
  title: "item",
  detail: "",
  inputs: [{ name: "", shape: list }]
})

/** What stands for an item where the items are not known yet. */
const unknownItem = <A>(list: Node.Shape, on: ReadonlyArray<string>): Node.Pipeline<A> => {
  const shape = itemShape(list)
  return Node.make<A, never, never>({
    shape,
    foresee: () => Effect.succeed({ shape, value: { _tag: "Pending", on } }),
    evaluate: () => Effect.die("an item was evaluated before its list")
  })
}

const knownItem = <A>(list: Node.Shape, item: A, from: ReadonlyArray<string>): Node.Pipeline<A> => {
  const shape = itemShape(list)
  const known: Node.Known<A> = { _tag: "Known", value: item, from }
  return Node.make<A, never, never>({
    shape,
    foresee: () => Effect.succeed({ shape, value: known }),
    evaluate: () => Effect.succeed(known)
  })
}

/** The list itself stands in only where no item does, as the items come from it. */
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

/** The stage that a shape is, if it is one. */
const titlesOf = ({ kind, title }: Node.Shape): ReadonlyArray<string> => (kind === "stage" ? [title] : [])

/** A pipeline for each item of a list. Only items that are new, or whose own part changed, run again. */
export const forEach = <A, E, R, B, E2, R2>(
  items: Node.Pipeline<ReadonlyArray<A>, E, R>,
  body: (item: Node.Pipeline<A>, index: number) => Node.Pipeline<B, E2, R2>
): Node.Pipeline<ReadonlyArray<B>, E | E2, R | R2> => {
  const bodies = (list: Node.Shape, { value, from }: Node.Known<ReadonlyArray<A>>) =>
    value.map((item, index) => body(knownItem(list, item, from), index))
  const foreseeUnknown = (planner: Planner, list: Node.Shape, pending: Node.Pending) =>
    Effect.map(
      body(unknownItem(list, pending.on), 0).foresee(planner),
      ({ shape }): Node.Foreseen<ReadonlyArray<B>> => ({
        shape: eachShape(list, [{ name: "", shape }]),
        value: { _tag: "Pending", on: [...new Set([...pending.on, ...titlesOf(shape)])] }
      })
    )
  return Node.make<ReadonlyArray<B>, E | E2, R | R2>({
    shape: eachShape(items.shape, [{ name: "", shape: body(unknownItem(items.shape, []), 0).shape }]),
    foresee: Effect.fnUntraced(function* (planner) {
      const list = yield* items.foresee(planner)
      if (list.value._tag === "Pending") return yield* foreseeUnknown(planner, list.shape, list.value)
      const parts = yield* Effect.forEach(bodies(list.shape, list.value), (each) => each.foresee(planner))
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
    evaluate: Effect.fnUntraced(function* (session, lift) {
      const list = yield* items.evaluate(session, lift)
      const parts = yield* Effect.forEach(bodies(items.shape, list), (each) => each.evaluate(session, lift), {
        concurrency: session.concurrency
      })
      return joined(parts)
    })
  })
}
