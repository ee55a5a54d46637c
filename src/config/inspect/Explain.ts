/** Explains how a key got its value: what set it, what overwrote what, and why these configs were merged at all. */
import * as Result from "effect/Result"
import type { Composition } from "../compose/Compose.ts"
import type { Decision } from "../defaults/Default.ts"
import type { ResultDefault } from "../defaults/Tree.ts"
import { resolve } from "../interpolation/Interpolation.ts"
import type { Scope } from "../interpolation/Scope.ts"
import * as KeyPath from "../node/KeyPath.ts"
import * as Located from "../node/Located.ts"
import { nearest } from "../node/Nearest.ts"
import { isInterpolation, type Node } from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import { describe, type Origin, type Place, placeOf } from "../node/Source.ts"

/** One assignment of the key. */
export interface Step {
  readonly place: Place
  /** The value in one line. */
  readonly value: string
  /** The config that set it; undefined for an override or a computed value. */
  readonly config: ResultDefault | undefined
}

export interface Explanation {
  readonly key: string
  /** Whether the key has a value now. */
  readonly found: boolean
  /** Newest first: the first step has the current value. */
  readonly steps: ReadonlyArray<Step>
  /** The value behind an interpolation, if no effect is needed to know it. */
  readonly resolved: string | undefined
  /** The override that deleted the key, or the mapping that contained it. */
  readonly deleted: string | undefined
  /** A key that exists and looks like the one asked for. */
  readonly nearest: string | undefined
}

/** How the key came to be; `scope` is what interpolations resolve against. */
export const explain = (composition: Composition, key: string, scope: Scope): Explanation => {
  const located = locate(scope.root, key)
  if (located === undefined) return explainGone(composition, key)
  return {
    key,
    found: true,
    steps: stepsOf(composition, key, located.node),
    resolved: valueBehind(located, scope),
    deleted: undefined,
    nearest: undefined
  }
}

/** What a key was before it lost its value. */
const explainGone = (composition: Composition, key: string): Explanation => {
  const deletion = composition.deletions.find((item) => item.key === key || key.startsWith(`${item.key}.`))
  const node =
    deletion === undefined ? overwritten(composition.root, key) : below(deletion.node, deletion.key, key)
  return {
    key,
    found: false,
    steps: node === undefined ? [] : stepsOf(composition, key, node),
    resolved: undefined,
    deleted: deletion?.override.input,
    nearest: node === undefined ? nearKey(composition.root, key) : undefined
  }
}

const stepsOf = (composition: Composition, key: string, node: Node): ReadonlyArray<Step> =>
  history(node).map((step) => stepOf(composition, key, step))

const locate = (root: Located.Located, key: string): Located.Located | undefined =>
  Located.at(root, indexed(root.node, key))

/** The parts of a key, indices as numbers if they index a list. */
const indexed = (root: Node, key: string): ReadonlyArray<string | number> => {
  const path: Array<string | number> = []
  let node: Node | undefined = root
  for (const part of KeyPath.split(key)) {
    path.push(node?._tag === "List" ? Number(part) : part)
    node = node === undefined ? undefined : KeyPath.child(node, part)
  }
  return path
}

const below = (node: Node, at: string, key: string): Node | undefined =>
  key === at ? node : KeyPath.find(node, key.slice(at.length + 1))

/** The last value of a key that was lost with the mapping that contained it. */
const overwritten = (root: Node, key: string): Node | undefined => {
  const parts = KeyPath.split(key)
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const holder = KeyPath.find(root, parts.slice(0, length).join("."))
    for (let past = holder?.prior; past !== undefined; past = past.prior) {
      const found = KeyPath.find(past, parts.slice(length).join("."))
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** A node and what it overwrote, newest first; a mapping counts once per place that added to it. */
const history = (node: Node): ReadonlyArray<Node> => {
  const nodes: Array<Node> = []
  for (let past: Node | undefined = node; past !== undefined; past = past.prior) {
    if (!samePlace(nodes.at(-1)?.origin, past.origin)) nodes.push(past)
  }
  return nodes
}

const samePlace = (one: Origin | undefined, other: Origin): boolean =>
  one !== undefined && describe(placeOf(one)) === describe(placeOf(other))

const stepOf = (composition: Composition, key: string, node: Node): Step => ({
  place: placeOf(node.origin),
  value: oneLine(node),
  config: configOf(composition, key, node.origin)
})

const oneLine = (node: Node): string => {
  if (node._tag === "Map")
    return node.entries.size === 0 ? "{}" : `a mapping with ${[...node.entries.keys()].join(", ")}`
  return node._tag === "List" ? Python.nodeText(node) : Python.repr(node.value)
}

/** The merged config that contains the place; if a file is merged more than once, the one whose package has the key. */
export const configOf = (
  composition: Composition,
  key: string,
  origin: Origin
): ResultDefault | undefined => {
  if (origin._tag !== "File") return undefined
  const holders = composition.parts.filter(({ source }) => source === origin.source)
  const fits = holders.find(
    ({ result }) => result.package === "" || key === result.package || key.startsWith(`${result.package}.`)
  )
  return (fits ?? holders[0])?.result
}

const valueBehind = (at: Located.Located, scope: Scope): string | undefined => {
  if (!isInterpolation(at.node)) return undefined
  const value = resolve(at, scope)
  return Result.isSuccess(value) ? oneLine(value.success.node) : undefined
}

const nearKey = (root: Node, key: string): string | undefined => {
  const parts = KeyPath.split(key)
  for (let length = parts.length - 1; length >= 0; length -= 1) {
    const path = parts.slice(0, length).join(".")
    const holder = KeyPath.find(root, path)
    if (holder?._tag !== "Map") continue
    const name = nearest(parts[length] ?? "", [...holder.entries.keys()].map(String))
    return name === undefined
      ? undefined
      : [path, name, ...parts.slice(length + 1)].filter((part) => part !== "").join(".")
  }
  return undefined
}

/** Why a config is merged: its list, another config's override, or the command line. */
export const reason = (result: ResultDefault): string => {
  const name =
    result.overrideKey === undefined ? result.config : `${result.overrideKey}=${result.entry.value ?? ""}`
  return `${name}, ${decided(result.decision, result)}`
}

const decided = (decision: Decision, { parent, primary, entry }: ResultDefault): string => {
  if (primary) return "the primary config"
  if (decision._tag === "CommandLine") return `chosen by override "${decision.override.input}"`
  if (decision._tag === "Config")
    return `chosen by ${decision.config} (${describe(placeOf(decision.origin))})`
  const place = entry.origin === undefined ? "" : ` (${describe(placeOf(entry.origin))})`
  return `in the defaults of ${parent ?? "nothing"}${place}`
}

/** The explanation as plain text. */
export const render = (explanation: Explanation): string => {
  const { key, found, steps, resolved, deleted } = explanation
  const [first, ...older] = steps
  if (first === undefined) {
    const near = explanation.nearest === undefined ? "" : ` Did you mean "${explanation.nearest}"?`
    return `There is no key "${key}".${near}`
  }
  const lines = found ? [`${key} = ${first.value}`] : [`The key "${key}" no longer exists.`]
  if (resolved !== undefined) lines.push(`  which gives ${resolved}`)
  if (deleted !== undefined) lines.push(`  deleted by override "${deleted}"`)
  lines.push(`  ${found ? "set" : "was set"} ${stepText(first)}`)
  for (const step of older) lines.push(`  over ${step.value}, set ${stepText(step)}`)
  return lines.join("\n")
}

const stepText = ({ place, config }: Step): string => {
  const where = place._tag === "File" ? `at ${describe(place)}` : `by ${describe(place)}`
  return config === undefined ? where : `${where} (${reason(config)})`
}
