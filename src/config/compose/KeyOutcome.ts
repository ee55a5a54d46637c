/** What became of a config's values: which remain after everything is merged, and what replaced the others. */
import * as KeyPath from "../node/KeyPath.ts"
import { equal, type KeyId, type Node } from "../node/Node.ts"
import type { Origin } from "../node/Source.ts"

/** One value that a config set. */
export interface KeyOutcome {
  readonly key: string
  /** The value as the config set it. */
  readonly set: Node
  /** The value at the key now, or the value that replaced its mapping; undefined if it was deleted. */
  readonly now: Node | undefined
  /** Whether the value at the key now is the config's own, or equal to it. */
  readonly kept: boolean
}

/** The outcome of every value of a tree that was merged; empty mappings and lists count as values. */
export const of = (part: Node, root: Node): ReadonlyArray<KeyOutcome> => {
  const outcomes: Array<KeyOutcome> = []
  walk(part, root, "", outcomes)
  return outcomes
}

const walk = (set: Node, now: Node | undefined, key: string, outcomes: Array<KeyOutcome>): void => {
  if (set._tag === "Map" && set.entries.size > 0) {
    for (const [id, child] of set.entries) walk(child, below(now, id), KeyPath.append(key, set, id), outcomes)
    return
  }
  if (set._tag === "Scalar" && set.value === "???") return
  outcomes.push({
    key,
    set,
    now,
    kept: now !== undefined && (sameOrigin(set.origin, now.origin) || isHeld(set, now))
  })
}

/** Whether the two are equal; for an empty mapping, whether it is still a mapping. */
const isHeld = (set: Node, now: Node): boolean => (set._tag === "Map" ? now._tag === "Map" : isSame(set, now))

/** A scalar that replaces a mapping replaces everything in it. */
const below = (node: Node | undefined, id: KeyId): Node | undefined =>
  node?._tag === "Map" ? node.entries.get(id) : node

const sameOrigin = (one: Origin, other: Origin): boolean => {
  if (one._tag === "File")
    return other._tag === "File" && one.source === other.source && one.offset === other.offset
  return one._tag === "Override" && other._tag === "Override" && one.index === other.index
}

/** Whether two values are the same, types included. */
export const isSame = (one: Node, other: Node): boolean => equal(one, other, Object.is)
