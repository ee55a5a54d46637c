/** A node together with its place in a tree, which relative interpolations need. */
import * as KeyPath from "./KeyPath.ts"
import type { KeyId, Node } from "./Node.ts"

export interface Located {
  readonly node: Node
  readonly parent: Located | undefined
  /** The full key, as OmegaConf shows it; "" for the root. */
  readonly key: string
  /** Distinguishes nodes that have no key of their own, such as those that a resolver returned. */
  readonly made: object | undefined
  /** Whether strings inside are values even if they look like interpolations. */
  readonly literal: boolean
}

export const root = (node: Node): Located => ({
  node,
  parent: undefined,
  key: "",
  made: undefined,
  literal: false
})

export const child = (parent: Located, id: KeyId, node: Node): Located => ({
  node,
  parent,
  key: KeyPath.append(parent.key, parent.node, id),
  made: parent.made,
  literal: parent.literal
})

/** A node that a resolver made at a place: it resolves relative to that place, but is not a node of the tree. */
export const made = (at: Located, node: Node, literal: boolean): Located => ({
  node,
  parent: at.parent,
  key: at.key,
  made: {},
  literal
})

export const same = (one: Located, other: Located): boolean =>
  one.key === other.key && one.made === other.made

/** The node that `path` names, starting from the root. */
export const at = (start: Located, path: ReadonlyArray<KeyId>): Located | undefined => {
  let here: Located | undefined = start
  for (const id of path) {
    const next: Node | undefined = here === undefined ? undefined : under(here.node, id)
    here = here === undefined || next === undefined ? undefined : child(here, id, next)
  }
  return here
}

const under = (node: Node, id: KeyId): Node | undefined => {
  if (node._tag === "Map") return node.entries.get(id)
  return node._tag === "List" ? node.items[Number(id)] : undefined
}
