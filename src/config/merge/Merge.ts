/** Merges one configuration onto another as OmegaConf does: mappings key by key, everything else replaced. */

import { checkKey, convert, fieldOf, type Refuse, unknownField } from "../node/Convert.ts"
import * as KeyPath from "../node/KeyPath.ts"
import {
  isContainerLike,
  isInterpolation,
  isListLike,
  isMapLike,
  isMissing,
  isNull,
  isSpecial,
  type Key,
  type KeyId,
  keyOf,
  type MapNode,
  map,
  type Node,
  namesOf,
  over,
  type ScalarNode
} from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import { any, type Struct, type Type } from "../node/Type.ts"

export interface MergeOptions {
  /** Struct mode: a key that does not exist is refused. */
  readonly struct: boolean
  readonly refuse: Refuse
  /** The value behind an interpolation that a mapping is merged onto, if it can be known. */
  readonly follow?:
    | ((root: Node, node: ScalarNode, path: ReadonlyArray<KeyId>) => Node | undefined)
    | undefined
  /** Needed if one config is merged twice; see `Aliases`. */
  readonly aliases?: Aliases | undefined
  /** Called when a value of another kind replaces a mapping, or a mapping replaces a value. */
  readonly replaced?: ((key: string, before: Node, after: Node) => void) | undefined
}

/**
 * The latest version of every mapping and list that was merged onto.
 *
 * Hydra merges configs without copying them: if the same config is merged a second time, it contains by then what other
 * configs have merged into it. The result must be the same here.
 */
export type Aliases = WeakMap<Node, { node: Node }>

const latest = (node: Node, { aliases }: MergeOptions): Node => aliases?.get(node)?.node ?? node

const renew = (before: Node, after: Node, { aliases }: MergeOptions): void => {
  if (aliases === undefined) return
  const cell = aliases.get(before) ?? { node: after }
  cell.node = after
  aliases.set(before, cell)
  aliases.set(after, cell)
}

interface Frame {
  readonly options: MergeOptions
  readonly root: Node
  readonly key: string
  readonly path: ReadonlyArray<KeyId>
}

/** `base` with `over` merged onto it. Both are whole configurations: mappings, or both lists. */
export const merge = (base: Node, over: Node, options: MergeOptions): Node =>
  mergeAt(base, over, options, "", [])

/** Merges at a key of a configuration; messages need `key`, and relative interpolations `path`. */
export const mergeAt = (
  base: Node,
  over: Node,
  options: MergeOptions,
  key: string,
  path: ReadonlyArray<KeyId>,
  root: Node = base
): Node => containers(base, over, { options, root, key, path }, () => {})

/** `attach` puts the result in its parent before its children are merged, so that interpolations see it. */
const containers = (dest: Node, src: Node, frame: Frame, attach: (node: Node) => void): Node => {
  if (isMapLike(dest) && isMapLike(src)) return maps(dest, src, frame, attach)
  if (isListLike(dest) && isListLike(src)) return lists(dest, src, frame)
  frame.options.refuse({
    subject: "merge",
    key: frame.key,
    node: src,
    problem: `a ${isMapLike(src) ? "mapping" : "list"} cannot be merged onto a ${isMapLike(dest) ? "mapping" : "list"}`
  })
  return dest
}

const lists = (dest: Node, src: Node, frame: Frame): Node => {
  if (isMissing(src)) return dest
  const result = over(convert(src, dest.type, frame.key, frame.options.refuse), dest)
  renew(dest, result, frame.options)
  return result
}

const maps = (dest: Node, src: Node, frame: Frame, attach: (node: Node) => void): Node => {
  if (isMissing(src)) return retyped(dest, src.type, frame)
  if (src._tag !== "Map") return over(convert(src, dest.type, frame.key, frame.options.refuse), dest)
  const base = dest._tag === "Map" ? dest : expand(dest)
  const entries = new Map(base.entries)
  const result: MapNode = {
    ...base,
    entries,
    origin: src.origin,
    type: base.type,
    oddKeys: mergedOddKeys(base, src),
    prior: dest
  }
  renew(dest, result, frame.options)
  attach(result)
  mergeEntries(result, entries, src, frame.root === dest ? { ...frame, root: result } : frame)
  const typed = retyped(result, src.type, frame)
  if (typed !== result) renew(result, typed, frame.options)
  return typed
}

/** Merges the entries of the source one by one into those of the result. */
const mergeEntries = (result: MapNode, entries: Map<KeyId, Node>, from: MapNode, frame: Frame): void => {
  for (const [id, given] of from.entries) {
    const node = latest(given, frame.options)
    if (node === entries.get(id)) continue
    const merged = entry(result, entries, from, id, node, frame)
    if (merged !== undefined) entries.set(id, merged)
  }
}

/** An empty mapping in the place of null, `???` or an interpolation. */
const expand = (node: Node): MapNode => map(new Map(), node.origin, undefined, node.type)

/** A value whose source is typed takes that type; values that do not fit it are refused. */
const retyped = (node: Node, type: Type, frame: Frame): Node => {
  if (type._tag === "Any" || type === node.type) return node
  if (type._tag === "Struct") return { ...node, type }
  return node.type._tag === "Any" ? convert(node, type, frame.key, frame.options.refuse) : node
}

const mergedOddKeys = (base: MapNode, from: MapNode): ReadonlyMap<KeyId, Key> | undefined => {
  if (from.oddKeys === undefined) return base.oddKeys
  const added = [...from.oddKeys].filter(([id]) => !base.entries.has(id))
  return new Map([...(base.oddKeys ?? []), ...added])
}

/** The node that a key of the source gives the result, or undefined if nothing changes. */
const entry = (
  parent: MapNode,
  entries: Map<KeyId, Node>,
  source: MapNode,
  id: KeyId,
  src: Node,
  frame: Frame
): Node | undefined => {
  const at: Frame = { ...frame, key: KeyPath.append(frame.key, source, id), path: [...frame.path, id] }
  const known = entries.get(id)
  if (known !== undefined && !mergeable(known, src, at)) return undefined
  const dest = destination(known, src, at)
  if (dest === undefined) return added(parent, source, id, src, at)
  if (isContainerLike(dest) && isContainerLike(src))
    return containers(dest, src, at, (node) => entries.set(id, node))
  return isMissing(src) && !isContainerLike(src) ? kept(dest, src, at) : replaced(parent, id, dest, src, at)
}

/** A missing value changes nothing but the type. */
const kept = (dest: Node, src: Node, { key, options }: Frame): Node | undefined => {
  if (isContainerLike(dest)) return dest
  return src.type._tag === "Any" || dest.type._tag !== "Any"
    ? undefined
    : convert(dest, src.type, key, options.refuse)
}

/** What the source merges onto: an interpolation is followed to its mapping or list. */
const destination = (known: Node | undefined, src: Node, frame: Frame): Node | undefined => {
  // A scalar takes the place of an interpolation, whatever that refers to.
  if (known === undefined || !isInterpolation(known) || (src._tag === "Scalar" && !isMissing(src)))
    return known
  return containerBehind(known, frame) ?? known
}

/** Only a value that is a single interpolation can refer to a container. */
const containerBehind = (node: ScalarNode, { options, root, path }: Frame): Node | undefined => {
  if (!/^\$\{[^]*\}$/.test(String(node.value))) return undefined
  const target = options.follow?.(root, node, path)
  return target?._tag === "Scalar" ? undefined : target
}

/** Whether the source may be merged onto what is there: a struct takes only a mapping. */
const mergeable = (dest: Node, src: Node, frame: Frame): boolean => {
  if (dest._tag !== "Map" || dest.type._tag !== "Struct" || fitsStruct(src, dest.type)) return true
  frame.options.refuse({
    subject: "value",
    key: frame.key,
    node: src,
    problem: `${Python.nodeText(src)} (${Python.typeName(src)}) cannot be merged onto ${dest.type.name}`
  })
  return false
}

/** An untyped mapping, one of the same struct, or nothing yet. */
const fitsStruct = (src: Node, { name }: Struct): boolean => {
  if (src._tag !== "Map") return isMissing(src) || isNull(src)
  return src.type._tag !== "Struct" || src.type.name === name
}

const added = (parent: MapNode, source: MapNode, id: KeyId, src: Node, frame: Frame): Node | undefined => {
  const { refuse, struct } = frame.options
  if (parent.type._tag === "Struct" && fieldOf(parent.type, id) === undefined) {
    refuse(unknownField(parent.type, id, frame.key, src))
    return undefined
  }
  if (struct) {
    refuse(unknownKey(parent, source, id, src, frame.key))
    return undefined
  }
  if (parent.type._tag === "Dict") checkKey(source, id, parent.type.key, frame.key, refuse)
  return settled(src, elementType(parent.type, id), frame)
}

const unknownKey = (parent: MapNode, source: MapNode, id: KeyId, node: Node, key: string) => ({
  subject: "field" as const,
  key,
  node,
  problem: `there is no key "${Python.keyText(keyOf(source, id))}" here`,
  known: namesOf(parent)
})

/** A typed source keeps its type; an untyped one is converted to the type of its destination. */
const settled = (src: Node, type: Type, frame: Frame): Node =>
  src.type._tag === "Any" && type._tag !== "Any" ? convert(src, type, frame.key, frame.options.refuse) : src

/** Whether a mapping replaces a value of another kind, or the reverse; special values have no kind of their own. */
export const changesKind = (before: Node, after: Node): boolean =>
  (before._tag === "Map") !== (after._tag === "Map") && !isSpecial(after) && !isSpecial(before)

const replaced = (parent: MapNode, id: KeyId, dest: Node, src: Node, frame: Frame): Node => {
  if (changesKind(dest, src)) frame.options.replaced?.(frame.key, dest, src)
  const type = dest.type._tag === "Any" ? elementType(parent.type, id) : dest.type
  return over(settled(src, type, frame), dest)
}

/** The type of the value at a key, from the type of its container. */
export const elementType = (type: Type, id: KeyId): Type => {
  if (type._tag === "Struct") return fieldOf(type, id) ?? any
  return type._tag === "Dict" || type._tag === "List" ? type.element : any
}
