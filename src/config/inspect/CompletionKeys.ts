/** Completion of keys and values out of a composed configuration. */
import * as Result from "effect/Result"
import type { ComposeOptions } from "../compose/Compose.ts"
import { resolve, select } from "../interpolation/Interpolation.ts"
import * as Resolve from "../interpolation/Resolve.ts"
import type { Scope } from "../interpolation/Scope.ts"
import * as Located from "../node/Located.ts"
import { isContainerLike, isMissing, keyOf, type MapNode, type Scalar } from "../node/Node.ts"
import * as Python from "../node/Python.ts"

/** Keys that begin like the word; after `.` the keys below, after `=` the value that stands there. */
export const candidates = (
  word: string,
  root: MapNode,
  { runtime, resolvers }: Pick<ComposeOptions, "runtime" | "resolvers">
): ReadonlyArray<string> => {
  const { env, now } = runtime
  const scope = Resolve.scopeOf({ root, hydra: root, env, now, resolvers })
  const last = word.at(-1)
  if (last === "." || last === "=") return valueAt(word, scope)
  const dot = word.lastIndexOf(".")
  const parent = dot < 0 ? scope.root : find(word.slice(0, dot), scope)
  const prefix = word.slice(0, dot + 1)
  return parent === undefined ? [] : children(parent, word.slice(dot + 1), scope).map((name) => prefix + name)
}

/** The node at a key; undefined where there is none, or none that can be known without running effects. */
const find = (key: string, scope: Scope): Located.Located | undefined => {
  const found = select(scope.root, key, scope.root, scope, false)
  return Result.isSuccess(found) ? found.success : undefined
}

/** Below a container come its keys; after `=`, only a single value can be offered. */
const valueAt = (word: string, scope: Scope): ReadonlyArray<string> => {
  const found = find(word.slice(0, -1), scope)
  if (found === undefined) return []
  if (word.endsWith(".")) return children(found, "", scope).map((name) => word + name)
  if (found.node._tag !== "Scalar" || found.node.value === null) return []
  return [isMissing(found.node) ? word : word + text(found.node.value)]
}

const text = (value: Scalar): string => {
  if (value instanceof Uint8Array) return ""
  return typeof value === "number" ? Python.floatText(value) : String(value)
}

/** The keys of a node that begin with `start`, with `.` where more follows and `=` where a value does. */
const children = (parent: Located.Located, start: string, scope: Scope): ReadonlyArray<string> => {
  const { node } = parent
  if (node._tag === "Scalar") return []
  if (node._tag === "Map") {
    return [...node.entries]
      .map(([id, child]) => text(keyOf(node, id)) + (isContainerLike(child) ? "." : "="))
      .filter((name) => name.startsWith(start))
  }
  // A missing item wants a value whatever was begun, and the shell drops what does not fit.
  return node.items.flatMap((item, index) => {
    const name = index + (isContainer(Located.child(parent, index, item), scope) ? "." : "=")
    return name.startsWith(start) || isMissing(item) ? [name] : []
  })
}

/** An item of a list has no name to tell what it is, so an interpolation is followed. */
const isContainer = (at: Located.Located, scope: Scope): boolean => {
  const value = resolve(at, scope)
  return Result.isSuccess(value) && isContainerLike(value.success.node)
}
