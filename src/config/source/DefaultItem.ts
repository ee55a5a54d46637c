/** The items of a defaults list, as a config's `defaults` key spells them. */
import * as Result from "effect/Result"
import { keyOf, type MapNode, type Node } from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import type { Origin } from "../node/Source.ts"

/** `- db: mysql`, `- override /db@pkg: [a, b]`, `- base@pkg`, `- _self_`. */
export type DefaultItem =
  | {
      readonly _tag: "Group"
      readonly group: string
      readonly package: string | undefined
      readonly value: string | null | ReadonlyArray<string>
      readonly optional: boolean
      readonly override: boolean
      readonly origin: Origin
    }
  | {
      readonly _tag: "Config"
      readonly path: string
      readonly package: string | undefined
      readonly origin: Origin
    }

export interface ItemProblem {
  readonly origin: Origin
  readonly problem: string
  readonly cure: string
}

type Read<A> = Result.Result<A, ItemProblem>

const refuse = (node: Node, problem: string, cure: string): Read<never> =>
  Result.fail({ origin: node.origin, problem, cure })

const shape = "An item is the name of a config, or one group with its option: `- db: mysql`."

/** Reads a config's defaults list; `undefined` means a config without one. */
export const readList = (defaults: Node | undefined): Read<ReadonlyArray<DefaultItem>> => {
  if (defaults === undefined) return Result.succeed([])
  if (defaults._tag !== "List") {
    const kind = defaults._tag === "Map" ? "mapping" : Python.typeName(defaults)
    return refuse(defaults, `defaults must be a list, not a ${kind}`, shape)
  }
  const items: Array<DefaultItem> = []
  for (const node of defaults.items) {
    const item = readItem(node)
    if (Result.isFailure(item)) return Result.fail(item.failure)
    items.push(item.success)
  }
  return Result.succeed(items)
}

const readItem = (node: Node): Read<DefaultItem> => {
  if (node._tag === "Map") return readGroup(node)
  if (node._tag === "Scalar" && typeof node.value === "string") return readConfig(node.value, node)
  return refuse(
    node,
    `${Python.nodeText(node)} (${Python.typeName(node)}) is not allowed in a defaults list`,
    shape
  )
}

const readConfig = (text: string, node: Node): Read<DefaultItem> => {
  const { name, pkg } = splitPackage(text)
  if (name === "_self_" && pkg !== undefined) {
    return refuse(
      node,
      "_self_ cannot have a package",
      "Give the whole config a package with a header: # @package …"
    )
  }
  return Result.succeed({ _tag: "Config", path: name, package: here(pkg), origin: node.origin })
}

const readGroup = (node: MapNode): Read<DefaultItem> => {
  const [entry, ...more] = node.entries
  if (entry === undefined || more.length > 0) {
    return refuse(
      node,
      `an item of a defaults list names one group, but this one names ${node.entries.size}`,
      shape
    )
  }
  const [id, child] = entry
  const key = keyOf(node, id)
  if (typeof key !== "string")
    return refuse(node, `a group's name must be a string, not ${Python.repr(key)}`, shape)
  const { name, pkg } = splitPackage(key)
  const words = keywords(name)
  if (words.group === "") return refuse(node, "the group's name is empty", shape)
  return Result.map(readValue(child), (value) => ({
    _tag: "Group",
    ...words,
    package: here(pkg),
    value,
    origin: child.origin
  }))
}

const readValue = (node: Node): Read<string | null | ReadonlyArray<string>> => {
  const cure = "An option is a name, a list of names, or null."
  if (node._tag === "List") {
    const wrong = node.items.find((item) => item._tag !== "Scalar" || typeof item.value !== "string")
    if (wrong !== undefined)
      return refuse(wrong, `${Python.nodeText(wrong)} is not the name of an option`, cure)
    return Result.succeed(node.items.map((item) => (item._tag === "Scalar" ? String(item.value) : "")))
  }
  if (node._tag === "Scalar" && (node.value === null || typeof node.value === "string"))
    return Result.succeed(node.value)
  return refuse(
    node,
    `${Python.nodeText(node)} (${Python.typeName(node)}) is not the name of an option`,
    cure
  )
}

/** `db@pkg` is `db` in the package `pkg`; of `pkg:new` only the first part counts. */
const splitPackage = (text: string): { readonly name: string; readonly pkg: string | undefined } => {
  const at = text.indexOf("@")
  if (at === -1) return { name: text, pkg: undefined }
  const pkg = text.slice(at + 1)
  const colon = pkg.indexOf(":")
  return { name: text.slice(0, at), pkg: colon === -1 ? pkg : pkg.slice(0, colon) }
}

const here = (pkg: string | undefined): string | undefined => (pkg === "_here_" ? "" : pkg)

/** `override`, `optional`, or both in front of a group; the first word that is neither ends them. */
const keywords = (
  text: string
): { readonly group: string; readonly optional: boolean; readonly override: boolean } => {
  const words = text.split(" ")
  const group = words.pop() ?? ""
  const stop = words.findIndex((word) => word !== "optional" && word !== "override")
  const leading = stop === -1 ? words : words.slice(0, stop)
  return { group, optional: leading.includes("optional"), override: leading.includes("override") }
}
