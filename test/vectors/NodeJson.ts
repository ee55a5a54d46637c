/** Configuration trees to the vectors' tagged JSON and back. */
import { Node, Python } from "./subject.ts"
import * as Tagged from "./Tagged.ts"

const computed = { _tag: "Computed", by: "a vector" } as const

const scalar = (value: Node.Scalar): unknown => {
  if (typeof value === "bigint") return Tagged.int(Python.narrow(value))
  if (typeof value === "number") return Tagged.float(value)
  return value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString("hex") } : value
}

/** Paths and enumeration members are text in our trees; the type of their field distinguishes them. */
const typedScalar = ({ type, value }: Node.ScalarNode): unknown => {
  if (typeof value !== "string" || value === "???") return scalar(value)
  if (type._tag === "Enum") return { $enum: value }
  return type._tag === "Scalar" && type.kind === "path" ? { $path: value } : value
}

export const encode = (node: Node.Node): unknown => {
  if (node._tag === "Scalar") return typedScalar(node)
  if (node._tag === "List") return node.items.map(encode)
  return Tagged.dict([...node.entries].map(([id, child]) => [scalar(Node.keyOf(node, id)), encode(child)]))
}

const decodeScalar = (value: unknown): Node.Scalar => {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value
  if (value === null || typeof value === "boolean" || typeof value === "string") return value
  throw new TypeError(`no scalar in tagged JSON: ${JSON.stringify(value)}`)
}

const decodeDict = (pairs: Iterable<readonly [unknown, unknown]>): Node.Node => {
  const entries = new Map<Node.KeyId, Node.Node>()
  const oddKeys = new Map<Node.KeyId, Node.Key>()
  for (const [written, child] of pairs) {
    const key = decodeKey(written)
    const id = Node.keyId(key)
    if (typeof key !== "string") oddKeys.set(id, key)
    entries.set(id, decode(child))
  }
  return Node.map(entries, computed, oddKeys.size === 0 ? undefined : oddKeys)
}

const decodeKey = (key: unknown): Node.Key => {
  const node = decode(key)
  if (node._tag !== "Scalar") throw new TypeError(`no key in tagged JSON: ${JSON.stringify(key)}`)
  return node.value
}

const isPair = (pair: unknown): pair is readonly [unknown, unknown] =>
  Array.isArray(pair) && pair.length === 2

/** A tree from tagged JSON; throws on a tag that is not in the format. */
export const decode = (value: unknown): Node.Node => {
  if (Array.isArray(value)) return Node.list(value.map(decode), computed)
  if (!Tagged.isRecord(value)) return Node.scalar(decodeScalar(value), computed)
  if (typeof value.$float === "string")
    return Node.scalar(Python.parseFloat(value.$float) ?? Number.NaN, computed)
  if (typeof value.$int === "string") return Node.scalar(BigInt(value.$int), computed)
  if (typeof value.$bytes === "string")
    return Node.scalar(new Uint8Array(Buffer.from(value.$bytes, "hex")), computed)
  if (Array.isArray(value.$dict)) return decodeDict(value.$dict.filter(isPair))
  return decodeDict(Object.entries(value))
}
