/** Dotted paths into a configuration, as OmegaConf writes and splits them. */
import { type Key, type KeyId, keyOf, type Node } from "./Node.ts"
import * as Python from "./Python.ts"

/** Splits `a.b`, `a[b].c`, `[a].b` and `..a` into their parts; leading dots give empty parts. */
export const split = (path: string): ReadonlyArray<string> => {
  const head = /^\.*[^.[]*/.exec(path)?.[0] ?? ""
  const parts = head.split(".")
  if (head.length === path.length) return parts
  if (path[head.length] === "[" && parts.at(-1) === "") parts.pop()
  for (const match of path.slice(head.length).matchAll(/\.([^.[]*)|\[([^\]]*)(\]|$)/g)) {
    parts.push(...(match[3] === "" ? dottedIn(match) : [partOf(match)]))
  }
  return parts
}

/** After a bracket that is never closed, only dots separate parts. */
const dottedIn = ([, , rest = ""]: RegExpExecArray): ReadonlyArray<string> =>
  Array.from(rest.matchAll(/\.([^.[]*)/g), partOf)

/** The text after the dot or in the brackets. */
const partOf = ([, dotted, bracketed]: RegExpExecArray): string =>
  dotted !== undefined && dotted !== "" ? dotted : (bracketed ?? "")

/** Appends a key to a path in the way OmegaConf shows full keys: `a.b`, `a[0]`, `a[0].b`. */
export const append = (path: string, parent: Node, id: KeyId): string => {
  if (parent._tag === "List") return `${path}[${id}]`
  const key = Python.keyText(keyOfParent(parent, id))
  return path === "" ? key : `${path}.${key}`
}

const keyOfParent = (parent: Node, id: KeyId): Key => {
  if (parent._tag === "Map") return keyOf(parent, id)
  return typeof id === "number" ? BigInt(id) : id
}

/** The child that one part of a path names; a part is text, so it finds string keys and list indices only. */
export const child = (node: Node, part: string): Node | undefined => {
  if (node._tag === "Map") return node.entries.get(part)
  if (node._tag === "List" && /^\d+$/.test(part)) return node.items[Number(part)]
  return undefined
}

/** The node at a dotted path, interpolations not followed. */
export const find = (root: Node, path: string): Node | undefined => {
  let node: Node | undefined = root
  for (const part of path === "" ? [] : split(path)) node = node === undefined ? undefined : child(node, part)
  return node
}
