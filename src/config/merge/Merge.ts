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
  over,
  type ScalarNode,
  scalar
} from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import { admitsNull, any, type Struct, type Type } from "../node/Type.ts"

export interface MergeOptions {
  /** Struct mode: a key that does not exist is refused. */
  readonly struct: boolean
  readonly refuse: Refuse
  /** The value behind an interpolation that a mapping is merged onto, where it can be known. */
  readonly follow?:
    | ((root: Node, node: ScalarNode, path: ReadonlyArray<KeyId>) => Node | undefined)
    | undefined
  /** Given where one config is merged twice; see `Aliases`. */
  readonly aliases?: Aliases | undefined
  /** Told when a value of another kind takes a mapping's place, or a mapping a value's. */
  readonly replaced?: ((key: string, before: Node, after: Node) => void) | undefined
}

/**
 * The latest version of every mapping and list that was merged onto.
 *
 * Hydra merges configs without copying them: when the same config comes a second time, what it holds by then is what
 * the configuration has made of it in between. Whoever merges one config twice must see the same.
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

/** Merges at a key of a configuration; `key` and `path` say where, for messages and relative interpolations. */
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
  if (src._tag === "Scalar" && !isMissing(src))
    return over(convert(src, dest.type, frame.key, frame.options.refuse), dest)
  const from = src._tag === "Map" ? src : prototype(src)
  if (from._tag !== "Map") return retyped(dest, from.type, frame)
  const base = dest._tag === "Map" ? dest : expand(dest)
  const entries = new Map(base.entries)
  const result: MapNode = {
    ...base,
    entries,
    origin: from.origin,
    type: base.type,
    oddKeys: mergedOddKeys(base, from),
    prior: dest
  }
  renew(dest, result, frame.options)
  attach(result)
  mergeEntries(result, entries, from, frame.root === dest ? { ...frame, root: result } : frame)
  const typed = retyped(result, from.type, frame)
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

/** A missing mapping of a struct type still brings its fields' types. */
const prototype = (src: Node): Node => (src.type._tag === "Struct" ? structOf(src.type, src) : src)

const structOf = (type: Struct, from: Node): MapNode => {
  const entries = new Map<KeyId, Node>()
  for (const [name, field] of Object.entries(type.fields))
    entries.set(name, scalar("???", from.origin, field))
  return map(entries, from.origin, undefined, type)
}

/** An empty mapping in the place of null, `???` or an interpolation. */
const expand = (node: Node): MapNode =>
  node.type._tag === "Struct" ? structOf(node.type, node) : map(new Map(), node.origin, undefined, node.type)

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

/** The node that a key of the source gives the result, or undefined where nothing changes. */
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

/** A missing value leaves what is there, and gives it its type. */
const kept = (dest: Node, src: Node, { key, options }: Frame): Node | undefined => {
  if (isContainerLike(dest)) return dest
  return src.type._tag === "Any" || dest.type._tag !== "Any"
    ? undefined
    : convert(dest, src.type, key, options.refuse)
}

/** What the source merges onto: null of a typed mapping opens up, an interpolation is followed to its mapping. */
const destination = (known: Node | undefined, src: Node, frame: Frame): Node | undefined => {
  if (known === undefined) return undefined
  if (isNull(known)) return opened(known, src)
  // A scalar takes its place whatever it refers to.
  if (!isInterpolation(known) || (src._tag === "Scalar" && !isMissing(src))) return known
  return containerBehind(known, frame) ?? known
}

const opened = (known: Node, src: Node): Node =>
  isMapLike(known) && !isMissing(src) && !isNull(src) ? expand(known) : known

/** Only a whole value that is one interpolation can stand for a container. */
const containerBehind = (node: ScalarNode, { options, root, path }: Frame): Node | undefined => {
  if (!/^\$\{[^]*\}$/.test(String(node.value))) return undefined
  const target = options.follow?.(root, node, path)
  return target?._tag === "Scalar" ? undefined : target
}

/** Whether the source may be merged onto what is there: onto a mapping, not null where null is not allowed, nothing but a mapping onto a struct. */
const mergeable = (dest: Node, src: Node, frame: Frame): boolean => {
  if (!isMapLike(dest)) return true
  if (isNull(src) && !admitsNull(dest.type)) {
    convert(src, dest.type, frame.key, frame.options.refuse)
    return false
  }
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
  known: [...parent.entries.keys()].filter((name) => typeof name === "string")
})

/** A typed source keeps its type; an untyped one is converted to the type of its new place. */
const settled = (src: Node, type: Type, frame: Frame): Node =>
  src.type._tag === "Any" && type._tag !== "Any" ? convert(src, type, frame.key, frame.options.refuse) : src

/** Whether a value takes a mapping's place, or a mapping a value's; what has no kind of its own does not count. */
export const changesKind = (before: Node, after: Node): boolean =>
  (before._tag === "Map") !== (after._tag === "Map") && !isSpecial(after) && !isSpecial(before)

const replaced = (parent: MapNode, id: KeyId, dest: Node, src: Node, frame: Frame): Node => {
  if (changesKind(dest, src)) frame.options.replaced?.(frame.key, dest, src)
  const type = dest.type._tag === "Any" ? elementType(parent.type, id) : dest.type
  return over(settled(src, type, frame), dest)
}

/** The type that a container's type gives the value under a key. */
export const elementType = (type: Type, id: KeyId): Type => {
  if (type._tag === "Struct") return fieldOf(type, id) ?? any
  return type._tag === "Dict" || type._tag === "List" ? type.element : any
}
