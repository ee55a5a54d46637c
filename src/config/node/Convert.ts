/** Converts a value to the declared type of a field, as OmegaConf's typed nodes do, or reports why it does not fit. */
import * as KeyPath from "./KeyPath.ts"
import { isNull, isSpecial, type KeyId, keyOf, type MapNode, type Node, type Scalar } from "./Node.ts"
import * as Python from "./Python.ts"
import { admitsNull, any, type ScalarKind, type Struct, show, type Type } from "./Type.ts"

/** Why a key cannot have a value. */
export interface Refusal {
  /** `field`: a key that does not exist; `merge`: a list meets a mapping. */
  readonly subject: "value" | "key" | "field" | "merge"
  readonly key: string
  readonly node: Node
  readonly problem: string
  /** For an unknown field, the names that could have been meant. */
  readonly known?: ReadonlyArray<string>
}

/** Called with each refusal; conversion continues, so that everything is reported at once. */
export type Refuse = (refusal: Refusal) => void

/** The node as a value of the type; what does not fit is reported and stays as it was. */
export const convert = (node: Node, type: Type, key: string, refuse: Refuse): Node => {
  if (isNull(node) && !admitsNull(type)) {
    refuse({
      subject: "value",
      key,
      node,
      problem: `null is not allowed here: the type of the field is ${show(type)}`
    })
    return node
  }
  if (isSpecial(node)) return { ...node, type }
  switch (type._tag) {
    case "Any":
      return node
    case "List":
      return convertList(node, type, key, refuse)
    case "Dict":
      return convertDict(node, type, key, refuse)
    case "Struct":
      return convertStruct(node, type, key, refuse)
    default:
      return convertLeaf(node, type, key, refuse)
  }
}

const wrong = (node: Node, type: Type, key: string, refuse: Refuse, why = ""): Node => {
  refuse({
    subject: "value",
    key,
    node,
    problem: `${Python.nodeText(node)} (${Python.typeName(node)}) is not a valid ${show(type)}${why}`
  })
  return node
}

type LeafType = Exclude<Type, { readonly _tag: "Any" | "List" | "Dict" | "Struct" }>

const convertLeaf = (node: Node, type: LeafType, key: string, refuse: Refuse): Node => {
  if (node._tag !== "Scalar") return wrong(node, type, key, refuse)
  const value = scalarOf(type, node.value)
  if (value !== undefined) return { ...node, value, type }
  const why = type._tag === "Enum" ? `, expected one of ${type.members.map(([name]) => name).join(", ")}` : ""
  return wrong(node, type, key, refuse, why)
}

const scalarOf = (type: LeafType, value: Scalar): Scalar | undefined => {
  if (type._tag === "Scalar") return converters[type.kind](value)
  if (type._tag === "Enum") return enumMember(type.members, type.name, value)
  return type.kinds.some((kind) => kindOf(value) === kind) ? value : undefined
}

/** The converted value of a scalar field, or undefined if the value does not fit; null never fits. */
export const scalarAs = (kind: ScalarKind, value: Scalar): Scalar | undefined => converters[kind](value)

const converters: Readonly<Record<ScalarKind, (value: Scalar) => Scalar | undefined>> = {
  int: (value) => {
    if (typeof value === "bigint") return value
    return typeof value === "string" ? Python.parseInt(value) : undefined
  },
  float: (value) => {
    if (typeof value === "number") return value
    if (typeof value === "bigint") return Number(value)
    return typeof value === "string" ? Python.parseFloat(value) : undefined
  },
  bool: (value) => {
    if (typeof value === "boolean") return value
    if (typeof value === "bigint") return value !== 0n
    return typeof value === "string" ? boolOf(value) : undefined
  },
  str: (value) => (value instanceof Uint8Array || value === null ? undefined : Python.text(value)),
  bytes: (value) => (value instanceof Uint8Array ? value : undefined),
  path: (value) => (typeof value === "string" ? normalPath(value) : undefined)
}

const boolOf = (text: string): boolean | undefined => {
  const number = Python.parseInt(text)
  if (number !== undefined) return number !== 0n
  if (/^(?:yes|y|on|true)$/i.test(text)) return true
  return /^(?:no|n|off|false)$/i.test(text) ? false : undefined
}

/** As `pathlib` normalizes a path: without empty and `.` parts, `..` kept. */
const normalPath = (path: string): string => {
  const slash = path.startsWith("/") ? "/" : ""
  const root = /^\/\/(?!\/)/.test(path) ? "//" : slash
  const parts = path.split("/").filter((part) => part !== "" && part !== ".")
  return root + parts.join("/") || "."
}

const enumMember = (
  members: ReadonlyArray<readonly [string, bigint | string]>,
  enumName: string,
  value: Scalar
): string | undefined => {
  if (typeof value === "bigint") return members.find(([, number]) => number === value)?.[0]
  if (typeof value !== "string") return undefined
  const bare = value.startsWith(`${enumName}.`) ? value.slice(enumName.length + 1) : value
  return members.find(([name]) => name === bare)?.[0]
}

const kindOf = (value: Scalar): ScalarKind | undefined => {
  const name = Python.scalarTypeName(value)
  return name === "NoneType" ? undefined : name
}

const convertList = (
  node: Node,
  type: Extract<Type, { _tag: "List" }>,
  key: string,
  refuse: Refuse
): Node => {
  if (node._tag !== "List") return wrong(node, type, key, refuse)
  const items = node.items.map((item, index) => convert(item, type.element, `${key}[${index}]`, refuse))
  return { ...node, items, type }
}

const convertDict = (
  node: Node,
  type: Extract<Type, { _tag: "Dict" }>,
  key: string,
  refuse: Refuse
): Node => {
  if (node._tag !== "Map") return wrong(node, type, key, refuse)
  const entries = new Map<KeyId, Node>()
  for (const [id, child] of node.entries) {
    const path = KeyPath.append(key, node, id)
    checkKey(node, id, type.key, path, refuse)
    entries.set(id, convert(child, type.element, path, refuse))
  }
  return { ...node, entries, type }
}

/** Refuses a key that a typed mapping does not take. */
export const checkKey = (node: MapNode, id: KeyId, type: Type, path: string, refuse: Refuse): void => {
  if (type._tag !== "Scalar") return
  const key = keyOf(node, id)
  if (kindOf(key) === type.kind || (type.kind === "bool" && (id === 0 || id === 1))) return
  refuse({
    subject: "key",
    key: path,
    node: node.entries.get(id) ?? node,
    problem: `the key ${Python.repr(key)} (${Python.scalarTypeName(key)}) is not a valid ${type.kind}`
  })
}

const convertStruct = (node: Node, type: Struct, key: string, refuse: Refuse): Node => {
  if (node._tag !== "Map") return wrong(node, type, key, refuse)
  const entries = new Map<KeyId, Node>()
  for (const [id, child] of node.entries) {
    const path = KeyPath.append(key, node, id)
    entries.set(id, convert(child, fieldOf(type, id) ?? any, path, refuse))
    if (fieldOf(type, id) === undefined) refuse(unknownField(type, id, path, child))
  }
  return { ...node, entries, type }
}

/** The type of a struct's field, or undefined if it has none of that name. */
export const fieldOf = (type: Struct, id: KeyId): Type | undefined =>
  typeof id === "string" && Object.hasOwn(type.fields, id) ? type.fields[id] : undefined

export const unknownField = (type: Struct, id: KeyId, key: string, node: Node): Refusal => ({
  subject: "field",
  key,
  node,
  problem: `${type.name} has no key "${String(id)}"`,
  known: Object.keys(type.fields)
})
