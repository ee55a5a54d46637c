/**
 * Resolves interpolations as OmegaConf 2.3 does: references follow keys from the root or, with leading dots, from the
 * mapping that contains the value; calls run resolvers.
 *
 * Everything here is synchronous. A resolver that is an effect stops the evaluation with a pending call; Resolve.ts runs
 * it, stores its outcome in the scope and evaluates again.
 */
import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { scalarAs } from "../node/Convert.ts"
import * as KeyPath from "../node/KeyPath.ts"
import * as Located from "../node/Located.ts"
import { didYouMean } from "../node/Nearest.ts"
import {
  isInterpolation,
  isMissing,
  isNull,
  type Key,
  type KeyId,
  keyId,
  list,
  map,
  type Node,
  namesOf,
  scalar
} from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import { show } from "../node/Type.ts"
import { fault, type Outcome, type Resolver, type Scope } from "./Scope.ts"
import * as Syntax from "./Syntax.ts"

/** How many interpolations may follow one another before a value is found. */
const maxChain = 200

/** How many interpolations to follow, and how much text to build: a few lines could otherwise exhaust time and memory. */
const maxFollowed = 1_000_000
const maxText = 8_388_608

/** The value behind a node: itself unless it is an interpolation. */
export const resolve = (at: Located.Located, scope: Scope): Outcome<Located.Located> => {
  if (at.literal || !isInterpolation(at.node)) return Result.succeed(at)
  if (scope.active.some((other) => Located.same(other, at))) return cycle(at, scope)
  if (scope.active.length >= maxChain) {
    return fault("large", at, `the chain of interpolations here is longer than ${maxChain}`)
  }
  scope.followed += 1
  if (scope.followed > maxFollowed)
    return fault("large", at, `the interpolations refer to more than ${maxFollowed} others`)
  const parsed = Syntax.parse(at.node.value)
  if (Result.isFailure(parsed)) {
    return fault("syntax", at, `${parsed.failure.problem} (character ${parsed.failure.offset + 1})`)
  }
  scope.active.push(at)
  const value = evaluateText(parsed.success, at, scope)
  scope.active.pop()
  return Result.isFailure(value) ? value : typed(at, value.success)
}

const cycle = (at: Located.Located, scope: Scope): Outcome<never> => {
  const start = scope.active.findIndex((other) => Located.same(other, at))
  const keys = [...scope.active.slice(start), at].map((node) => node.key)
  return fault("cycle", at, `the interpolations form a cycle: ${keys.join(" -> ")}`)
}

/** A typed field converts its value. */
const typed = (at: Located.Located, value: Located.Located): Outcome<Located.Located> => {
  const type = at.node.type
  if (type._tag !== "Scalar" || value.node._tag !== "Scalar" || value.node.value === null)
    return Result.succeed(value)
  const converted = scalarAs(type.kind, value.node.value)
  if (converted === undefined) {
    const found = `${Python.text(value.node.value)} (${Python.typeName(value.node)})`
    return fault("invalid", at, `its value ${found} is not a valid ${show(type)}`)
  }
  return Result.succeed(
    converted === value.node.value ? value : literal(at, scalar(converted, at.node.origin, type))
  )
}

const literal = (at: Located.Located, node: Node): Located.Located => Located.made(at, node, true)

const evaluateText = (text: Syntax.Text, at: Located.Located, scope: Scope): Outcome<Located.Located> => {
  const [only] = text
  if (text.length === 1 && only !== undefined && typeof only !== "string") return evaluate(only, at, scope)
  return Result.map(join(text, at, scope), (joined) => literal(at, scalar(joined, at.node.origin)))
}

const join = (text: Syntax.Text, at: Located.Located, scope: Scope): Outcome<string> => {
  let joined = ""
  for (const part of text) {
    const piece =
      typeof part === "string"
        ? Result.succeed(part)
        : Result.map(evaluate(part, at, scope), (value) => Python.nodeText(value.node))
    if (Result.isFailure(piece)) return Result.fail(piece.failure)
    joined += piece.success
    if (joined.length > maxText) return fault("large", at, `the text has more than ${maxText} characters`)
  }
  return Result.succeed(joined)
}

const evaluate = (part: Syntax.Interpolation, at: Located.Located, scope: Scope): Outcome<Located.Located> =>
  part._tag === "Reference" ? follow(part, at, scope) : call(part, at, scope)

/** The pieces of a key or a resolver's name as one string; an interpolation among them must give a string. */
const spell = (
  pieces: ReadonlyArray<string | Syntax.Interpolation>,
  at: Located.Located,
  scope: Scope,
  separator: string
): Outcome<string> => {
  const parts: Array<string> = []
  for (const piece of pieces) {
    if (typeof piece === "string") {
      parts.push(piece)
      continue
    }
    const value = evaluate(piece, at, scope)
    if (Result.isFailure(value)) return Result.fail(value.failure)
    const node = value.success.node
    if (node._tag !== "Scalar" || typeof node.value !== "string") {
      return fault(
        "failed",
        at,
        `a key must be a string, but the nested interpolation gives ${Python.nodeText(node)} (${Python.typeName(node)})`
      )
    }
    parts.push(node.value)
  }
  return Result.succeed(parts.join(separator))
}

const follow = (reference: Syntax.Reference, at: Located.Located, scope: Scope): Outcome<Located.Located> => {
  const spelled = spell(reference.path, at, scope, "")
  if (Result.isFailure(spelled)) return Result.fail(spelled.failure)
  const start = startOf(spelled.success, at, scope)
  if (start === undefined)
    return fault("key", at, `"${spelled.success}" goes above the root of the configuration`)
  const found = select(start.from, start.key, at, scope, true)
  if (Result.isFailure(found)) return Result.fail(found.failure)
  if (found.success === undefined)
    return fault(
      "key",
      at,
      `there is no key "${spelled.success}"${didYouMean(KeyPath.split(start.key).at(-1) ?? "", namesBeside(start.from, start.key))}`
    )
  if (isAncestor(found.success, at))
    return fault("cycle", at, `"${spelled.success}" is the mapping that contains this value`)
  return Result.succeed(found.success)
}

/** The keys beside the one that was not found. */
const namesBeside = (from: Located.Located, key: string): ReadonlyArray<string> => {
  const parent = KeyPath.find(from.node, KeyPath.split(key).slice(0, -1).join("."))
  return parent?._tag === "Map" ? namesOf(parent) : []
}

const isAncestor = (node: Located.Located, of: Located.Located): boolean => {
  for (let parent = of.parent; parent !== undefined; parent = parent.parent)
    if (Located.same(parent, node)) return true
  return false
}

/** Where a key starts: the root, or as many mappings up as it has dots. Undefined above the root. */
export const startOf = (
  key: string,
  at: Located.Located,
  scope: Scope
): { readonly from: Located.Located; readonly key: string } | undefined => {
  if (!key.startsWith(".")) return { from: scope.root, key }
  const dots = /^\.*/.exec(key)?.[0].length ?? 0
  let from = at.parent
  for (let step = 1; step < dots; step += 1) from = from?.parent
  return from === undefined ? undefined : { from, key: key.slice(dots) }
}

/** The resolved node at a dotted key, undefined if there is none. `strict` makes a missing value a fault. */
export const select = (
  from: Located.Located,
  key: string,
  at: Located.Located,
  scope: Scope,
  strict: boolean
): Outcome<Located.Located | undefined> => {
  if (key === "") return Result.succeed(from)
  const parts = KeyPath.split(key)
  let here = from
  for (const [index, part] of parts.entries()) {
    const next = enter(here, part, at, scope, strict)
    if (Result.isFailure(next) || next.success === undefined) return next
    here = next.success
    if (index < parts.length - 1 && !hasKeys(here)) return below(here, parts, index, at)
  }
  scope.reads.add(here.key)
  return Result.succeed(here)
}

/** The resolved node one step down. */
const enter = (
  here: Located.Located,
  part: string,
  at: Located.Located,
  scope: Scope,
  strict: boolean
): Outcome<Located.Located | undefined> => {
  const next = step(here, part, at)
  if (Result.isFailure(next) || next.success === undefined) return next
  if (strict && isMissing(next.success.node))
    return fault("missing", at, `"${next.success.key}" has no value yet (???)`)
  return resolve(next.success, scope)
}

/** What a resolver returned has no keys, unless the resolver made it a configuration. */
const hasKeys = ({ node, literal }: Located.Located): boolean => node._tag !== "Scalar" && !literal

/** The result for a key that continues below a value without keys. */
const below = (
  { node }: Located.Located,
  parts: ReadonlyArray<string>,
  index: number,
  at: Located.Located
): Outcome<undefined> => {
  if (isNull(node) && node.type._tag !== "Any") return Result.succeed(undefined)
  const problem = `"${parts.slice(0, index + 1).join(".")}" is ${Python.nodeText(node)}, which has no key "${parts[index + 1]}"`
  return Result.fail({ _tag: "Fault", kind: "failed", at, problem, throughScalar: true })
}

const step = (
  here: Located.Located,
  part: string,
  at: Located.Located
): Outcome<Located.Located | undefined> => {
  if (here.node._tag === "List") {
    const index = Python.parseInt(part)
    if (index === undefined) return fault("failed", at, `"${part}" is not an index of the list "${here.key}"`)
    const item = index < 0n ? undefined : here.node.items[Number(index)]
    return Result.succeed(item === undefined ? undefined : Located.child(here, Number(index), item))
  }
  const node = here.node._tag === "Map" ? here.node.entries.get(part) : undefined
  return Result.succeed(node === undefined ? undefined : Located.child(here, part, node))
}

const call = (node: Syntax.Call, at: Located.Located, scope: Scope): Outcome<Located.Located> => {
  const name = spell(node.name, at, scope, ".")
  if (Result.isFailure(name)) return Result.fail(name.failure)
  const args: Array<Located.Located> = []
  for (const element of node.args) {
    const arg = evaluateElement(element, at, scope)
    if (Result.isFailure(arg)) return arg
    args.push(arg.success)
  }
  const resolver = scope.resolvers.get(name.success)
  if (resolver !== undefined) return callEffect(name.success, resolver, args, at, scope)
  const builtin = scope.builtins.get(name.success)
  if (builtin === undefined) return fault("resolver", at, `there is no resolver "${name.success}"`)
  const result = builtin(args, { at, scope })
  if (Result.isSuccess(result)) return Result.succeed(result.success)
  return typeof result.failure === "string"
    ? fault("failed", at, `${name.success}: ${result.failure}`)
    : Result.fail(result.failure)
}

const callEffect = (
  name: string,
  resolver: Resolver,
  args: ReadonlyArray<Located.Located>,
  at: Located.Located,
  scope: Scope
): Outcome<Located.Located> => {
  const nodes = args.map((arg) => arg.node)
  return suspend(
    `${name}(${nodes.map((arg) => `${Python.typeName(arg)} ${Python.nodeText(arg)}`).join(", ")})`,
    () => resolver(nodes),
    at,
    scope,
    name
  )
}

/** The outcome of an effect that has run, or the request to run it. */
export const suspend = (
  id: string,
  run: () => Effect.Effect<Node, string>,
  at: Located.Located,
  scope: Scope,
  name: string
): Outcome<Located.Located> => {
  const unique = `${at.key}\u0000${id}`
  const outcome = scope.outcomes.get(unique)
  if (outcome === undefined) return Result.fail({ _tag: "Pending", id: unique, run: run() })
  if (Result.isFailure(outcome)) return fault("failed", at, `${name}: ${outcome.failure}`)
  return Result.succeed(literal(at, outcome.success))
}

/** The value of one argument of a resolver. */
export const evaluateElement = (
  element: Syntax.Element,
  at: Located.Located,
  scope: Scope
): Outcome<Located.Located> => {
  switch (element._tag) {
    case "Value":
      return Result.succeed(literal(at, scalar(element.value, at.node.origin)))
    case "Joined":
    case "Quoted":
      return Result.map(join(element.parts, at, scope), (text) => literal(at, scalar(text, at.node.origin)))
    case "List":
      return evaluateList(element.items, at, scope)
    case "Dict":
      return evaluateDict(element.entries, at, scope)
    default:
      return evaluate(element, at, scope)
  }
}

const evaluateList = (
  items: ReadonlyArray<Syntax.Element>,
  at: Located.Located,
  scope: Scope
): Outcome<Located.Located> => {
  const nodes: Array<Node> = []
  for (const item of items) {
    const value = evaluateElement(item, at, scope)
    if (Result.isFailure(value)) return value
    nodes.push(value.success.node)
  }
  return Result.succeed(literal(at, list(nodes, at.node.origin)))
}

const evaluateDict = (
  entries: ReadonlyArray<readonly [Key, Syntax.Element]>,
  at: Located.Located,
  scope: Scope
): Outcome<Located.Located> => {
  const nodes = new Map<KeyId, Node>()
  const odd = new Map<KeyId, Key>()
  for (const [key, item] of entries) {
    const value = evaluateElement(item, at, scope)
    if (Result.isFailure(value)) return value
    const id = keyId(key)
    if (!nodes.has(id) && typeof key !== "string") odd.set(id, key)
    nodes.set(id, value.success.node)
  }
  return Result.succeed(literal(at, map(nodes, at.node.origin, odd.size === 0 ? undefined : odd)))
}
