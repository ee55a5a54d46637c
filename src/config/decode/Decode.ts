/** Decodes a composed configuration with a Schema and reports every problem with its place. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { type Composed, resolveOptions } from "../compose/Composed.ts"
import * as Resolve from "../interpolation/Resolve.ts"
import * as KeyPath from "../node/KeyPath.ts"
import { isMissing, type KeyId, type MapNode, type Node } from "../node/Node.ts"
import * as Plain from "../node/Plain.ts"
import { placeOf } from "../node/Source.ts"
import { ConfigInvalid, type Problem } from "../problem/ConfigInvalid.ts"
import { KeyDeprecated, KeyUnread, type Warning } from "../problem/Warning.ts"
import * as FloatText from "./FloatText.ts"
import * as Problems from "./Problems.ts"

export interface Decoded<A> {
  readonly value: A
  /** Helper keys that nothing reads, and keys that have a new name. */
  readonly warnings: ReadonlyArray<Warning>
}

const options = { errors: "all", onExcessProperty: "error" } as const

/**
 * Decodes a configuration; every problem is reported at once, each with its place. The warnings are those of the
 * composition and of decoding.
 */
export const decode = <S extends Schema.Constraint>(
  schema: S,
  composed: Composed
): Effect.Effect<Decoded<S["Type"]>, ConfigInvalid, S["DecodingServices"]> =>
  Effect.flatMap(Resolve.attempt(resolveOptions(composed, composed.config)), (resolved) =>
    Effect.map(decodeResolved(schema, resolved), ({ value, warnings }) => ({
      value,
      warnings: [...composed.warnings, ...warnings]
    }))
  )

/**
 * A key that the schema does not know is refused, unless an interpolation reads it. Then it is a helper, and only the
 * keys below it that nothing reads are warned about.
 */
const decodeResolved = <S extends Schema.Constraint>(
  schema: S,
  resolved: Resolve.Resolved
): Effect.Effect<Decoded<S["Type"]>, ConfigInvalid, S["DecodingServices"]> =>
  Effect.gen(function* () {
    const missing: Array<string> = []
    const present = without(resolved.node, "", (node, key) => isMissing(node) && missing.push(key) > 0)
    const parse = SchemaParser.decodeUnknownEffect(schema, options)
    const first = yield* Effect.result(parse(FloatText.fromNode(present, schema.ast)))
    const refused = Result.isSuccess(first) ? [] : Problems.of(first.failure, valueIn(present))
    const helpers = refused.filter(
      ({ kind, path }) => kind === "unknown" && isRead(keyOf(present, path), resolved.reads)
    )
    const helperKeys = new Set(helpers.map(({ path }) => keyOf(present, path)))
    const plan = without(present, "", (_, key) => helperKeys.has(key))
    const second =
      helpers.length === 0 ? first : yield* Effect.result(parse(FloatText.fromNode(plan, schema.ast)))
    const rest = Result.isSuccess(second) ? [] : Problems.of(second.failure, valueIn(plan))
    const problems = problemsOf(resolved, missing, rest, plan)
    if (problems.length > 0 || Result.isFailure(second))
      return yield* new ConfigInvalid({ problems: [...problems] })
    return { value: second.success, warnings: warningsOf(resolved, helperKeys) }
  })

/** The tree without the nodes that `drop` selects; items of lists stay, so that indices do not change. */
const without = (node: Node, key: string, drop: (node: Node, key: string) => boolean): Node => {
  if (node._tag === "Scalar") return node
  if (node._tag === "List") {
    const items = node.items.map((item, index) => {
      const at = `${key}[${index}]`
      drop(item, at)
      return without(item, at, drop)
    })
    return { ...node, items }
  }
  const entries = new Map<KeyId, Node>()
  for (const [id, child] of node.entries) {
    const at = KeyPath.append(key, node, id)
    if (!drop(child, at)) entries.set(id, without(child, at, drop))
  }
  return { ...node, entries }
}

const nodeAt = (root: Node, path: Problems.Path): Node | undefined => {
  let node: Node | undefined = root
  for (const part of path) node = node === undefined ? undefined : KeyPath.child(node, String(part))
  return node
}

const valueIn =
  (root: Node) =>
  (path: Problems.Path): unknown => {
    const node = nodeAt(root, path)
    return node === undefined ? undefined : Plain.fromNode(node)
  }

/** A path as OmegaConf shows it: `a.b[0].c`. */
const keyOf = (root: Node, path: Problems.Path): string => {
  let key = ""
  let node: Node | undefined = root
  for (const part of path) {
    const name = String(part)
    if (node?._tag === "List") key = `${key}[${name}]`
    else key = key === "" ? name : `${key}.${name}`
    node = node === undefined ? undefined : KeyPath.child(node, String(part))
  }
  return key
}

/** Whether an interpolation reads the key, or something below it. */
const isRead = (key: string, reads: ReadonlySet<string>): boolean =>
  [...reads].some((read) => read === key || read.startsWith(`${key}.`) || read.startsWith(`${key}[`))

const problemsOf = (
  resolved: Resolve.Resolved,
  missing: ReadonlyArray<string>,
  refused: ReadonlyArray<Problems.Refused>,
  root: Node
): ReadonlyArray<Problem> => {
  const unresolved = resolved.errors.map(({ _tag, key, place, expression, problem }) => ({
    kind: _tag === "InterpolationToMissing" ? ("missing" as const) : ("interpolation" as const),
    key,
    place,
    problem: `${expression}: ${problem}`,
    cure: ""
  }))
  const reported = new Set([...missing, ...unresolved.map(({ key }) => key)])
  const values = missing.map((key) => missingValue(resolved.node, key))
  const rest = refused
    .filter(({ path }) => !reported.has(keyOf(root, path)))
    .map((item) => problemOf(item, root))
  return [...unresolved, ...values, ...rest]
}

const missingValue = (root: Node, key: string): Problem => ({
  kind: "missing",
  key,
  place: placeOf((KeyPath.find(root, key) ?? root).origin),
  problem: "it has no value yet (???)",
  cure: `Set it with ${key}=VALUE.`
})

/** A refusal with its place: the key itself if it is unknown, its mapping if it is absent. */
const problemOf = ({ path, kind, problem, cure }: Problems.Refused, root: Node): Problem => {
  const holder = nodeAt(root, path) ?? nearestHolder(root, path)
  return {
    kind,
    key: keyOf(root, path),
    place: placeOf(holder.origin, kind === "unknown" ? "key" : "value"),
    problem,
    cure
  }
}

const nearestHolder = (root: Node, path: Problems.Path): Node => {
  for (let length = path.length - 1; length > 0; length -= 1) {
    const node = nodeAt(root, path.slice(0, length))
    if (node !== undefined) return node
  }
  return root
}

const warningsOf = (
  { node, reads, deprecated }: Resolve.Resolved,
  helpers: ReadonlySet<string>
): ReadonlyArray<Warning> => {
  const unread = [...helpers].flatMap((key) => {
    const helper = KeyPath.find(node, key)
    return helper === undefined ? [] : unreadIn(helper, key, reads)
  })
  return [...unread, ...deprecated.map(({ key, message }) => new KeyDeprecated({ key, problem: message }))]
}

const unreadIn = (node: Node, key: string, reads: ReadonlySet<string>): ReadonlyArray<Warning> => {
  if (!isRead(key, reads)) return [new KeyUnread({ key, place: placeOf(node.origin, "key") })]
  if (reads.has(key) || node._tag !== "Map") return []
  return childrenOf(node).flatMap(([id, child]) => unreadIn(child, KeyPath.append(key, node, id), reads))
}

const childrenOf = (node: MapNode): ReadonlyArray<readonly [KeyId, Node]> => [...node.entries]
