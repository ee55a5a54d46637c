/** A graph as an indented tree: results at the top, their inputs below. */
import type { Arrow, Box, Graph } from "./Graph.ts"

interface Branch {
  readonly label: string
  readonly box: Box
}

/** Boxes that point at nothing: the results. */
const ends = ({ boxes, arrows }: Graph): ReadonlyArray<Box> => {
  const inner = new Set(arrows.map(({ from }) => from))
  return boxes.filter(({ id }) => !inner.has(id))
}

const head = ({ label, box }: Branch, seen: boolean): string => {
  const name = label === "" || label === box.title ? box.title : `${label}: ${box.title}`
  if (seen) return `${name}  (above)`
  return [name, ...box.lines].join("  ")
}

/** The lines of the tree; a box is expanded where it comes first. */
export const lines = (graph: Graph): ReadonlyArray<string> => {
  const byId = new Map(graph.boxes.map((box) => [box.id, box]))
  const into = Map.groupBy(graph.arrows, ({ to }: Arrow) => to)
  const seen = new Set<string>()
  function* draw(branch: Branch, first: string, rest: string): Generator<string> {
    const { id } = branch.box
    const again = seen.has(id)
    seen.add(id)
    yield `${first}${head(branch, again)}`
    const below = again ? [] : (into.get(id) ?? [])
    for (const [index, { from, label }] of below.entries()) {
      const box = byId.get(from)
      const last = index === below.length - 1
      if (box !== undefined) {
        yield* draw({ label, box }, `${rest}${last ? "└─ " : "├─ "}`, `${rest}${last ? "   " : "│  "}`)
      }
    }
  }
  return ends(graph).flatMap((box) => [...draw({ label: "", box }, "", "")])
}
