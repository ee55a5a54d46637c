/** Resolves a whole configuration, or one key of it, running the effects of user resolvers on the way. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Located from "../node/Located.ts"
import { isInterpolation, type KeyId, type MapNode, type Node } from "../node/Node.ts"
import { placeOf } from "../node/Source.ts"
import { resolve, select } from "./Interpolation.ts"
import * as InterpolationError from "./InterpolationError.ts"
import { builtins } from "./Resolvers.ts"
import type { Fault, Outcome, Pending, Resolver, Scope } from "./Scope.ts"

/** What interpolations are resolved against. */
export interface ResolveOptions {
  /** The root of absolute keys. */
  readonly root: Node
  /** The configuration whose `hydra` node `${hydra:…}` reads; interpolations inside it resolve against this root. */
  readonly hydra?: MapNode | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: Date
  readonly resolvers?: ReadonlyMap<string, Resolver> | undefined
}

/** A tree with its interpolations resolved, as far as they could be. */
export interface Resolved<A = Node> {
  readonly node: A
  readonly errors: ReadonlyArray<InterpolationError.InterpolationError>
  /** The interpolations that remain in the tree because they lead to a missing value. */
  readonly missing: ReadonlySet<Node>
  /** The full keys that interpolations have read. */
  readonly reads: ReadonlySet<string>
  /** Uses of deprecated keys, each with its warning. */
  readonly deprecated: ReadonlyArray<{ readonly key: string; readonly message: string }>
}

/** Every interpolation of the tree resolved; those that fail stay as they are. Missing values stay `???`. */
export const attempt = (options: ResolveOptions): Effect.Effect<Resolved> =>
  run(options, (scope) => copy(scope.root, scope))

/** Every interpolation of the tree resolved; all that fail are reported. Missing values stay `???`. */
export const tree = (
  options: ResolveOptions
): Effect.Effect<Resolved, InterpolationError.InterpolationsInvalid> =>
  Effect.flatMap(attempt(options), failing)

/** The resolved value at a dotted key, `undefined` if there is none. A missing value stays `???`. */
export const key = (
  options: ResolveOptions,
  path: string
): Effect.Effect<Resolved | undefined, InterpolationError.InterpolationsInvalid> =>
  run<Node | undefined>(options, (scope) => {
    const found = select(scope.root, path, scope.root, scope, false)
    if (Result.isFailure(found)) return stopped(found.failure)
    return found.success === undefined
      ? { node: undefined, missing: new Set<Node>(), faults: [], pending: [] }
      : copy(found.success, scope)
  }).pipe(
    Effect.flatMap(failing),
    Effect.map(({ node, ...rest }) => (node === undefined ? undefined : { node, ...rest }))
  )

const failing = <A>(
  attempted: Resolved<A>
): Effect.Effect<Resolved<A>, InterpolationError.InterpolationsInvalid> =>
  attempted.errors.length === 0
    ? Effect.succeed(attempted)
    : Effect.fail(new InterpolationError.InterpolationsInvalid({ errors: attempted.errors }))

/** The node behind an interpolation of a tree that is still being merged, if no effect is needed to know it. */
export const peek = (options: ResolveOptions, path: ReadonlyArray<KeyId>): Node | undefined => {
  const scope = scopeOf(options)
  const at = Located.at(scope.root, path)
  if (at === undefined) return undefined
  const value: Outcome<Located.Located> = resolve(at, scope)
  return Result.isSuccess(value) && !value.success.literal ? value.success.node : undefined
}

interface Pass<A> {
  readonly node: A
  readonly missing: ReadonlySet<Node>
  readonly faults: ReadonlyArray<Fault>
  readonly pending: ReadonlyArray<Pending>
}

const copy = (at: Located.Located, scope: Scope): Pass<Node> => {
  const resolution = new Resolution(scope)
  const node = resolution.copy(at)
  const { faults, missing, pending } = resolution
  return { node, missing, faults, pending }
}

const stopped = (failure: Fault | Pending): Pass<undefined> => ({
  node: undefined,
  missing: new Set(),
  ...(failure._tag === "Fault" ? { faults: [failure], pending: [] } : { faults: [], pending: [failure] })
})

/** Repeats the pass with the outcomes of the effects that the last one asked for, until it asks for none. */
const run = <A>(options: ResolveOptions, pass: (scope: Scope) => Pass<A>): Effect.Effect<Resolved<A>> =>
  Effect.gen(function* () {
    const outcomes: Scope["outcomes"] = new Map()
    while (true) {
      const deprecated: Array<{ readonly key: string; readonly message: string }> = []
      const scope = scopeOf(options, outcomes, deprecated)
      const { node, missing, faults, pending } = pass(scope)
      if (pending.length === 0) {
        return { node, missing, errors: faults.map(toError), reads: scope.reads, deprecated }
      }
      for (const { id, run } of pending) if (!outcomes.has(id)) outcomes.set(id, yield* Effect.result(run))
    }
  })

/** The scope of the interpolations in a tree; `outcomes` has the results of effects so far. */
export const scopeOf = (
  options: ResolveOptions,
  outcomes: Scope["outcomes"] = new Map(),
  deprecated: Array<{ readonly key: string; readonly message: string }> = []
): Scope => {
  const hydra = options.hydra?.entries.get("hydra")
  return {
    root: Located.root(options.root),
    hydra:
      hydra === undefined || options.hydra === undefined
        ? undefined
        : Located.child(Located.root(options.hydra), "hydra", hydra),
    env: options.env,
    now: options.now,
    builtins,
    resolvers: options.resolvers ?? new Map(),
    outcomes,
    reads: new Set(),
    warn: (at, message) => deprecated.push({ key: at.key, message }),
    composing: false,
    active: [],
    followed: 0
  }
}

const toError = (fault: Fault): InterpolationError.InterpolationError => {
  const node = fault.at.node
  return InterpolationError.make(fault.kind, {
    key: fault.at.key,
    expression: node._tag === "Scalar" ? String(node.value) : "",
    place: placeOf(node.origin),
    problem: fault.problem
  })
}

/** Interpolations may copy this many nodes; a few lines could otherwise fill any memory. */
const maxNodes = 1_000_000

/** One pass over a tree that replaces interpolations by their values. */
class Resolution {
  readonly faults: Array<Fault> = []
  readonly pending: Array<Pending> = []
  /** The interpolations that were left as they were because they lead to a missing value. */
  readonly missing = new Set<Node>()
  readonly #scope: Scope
  /** The mappings and lists that are being copied, outermost first. */
  readonly #open: Array<Located.Located> = []
  #count = 0

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** The node with every interpolation below it resolved; those that fail are collected and left as they were. */
  copy(at: Located.Located): Node {
    this.#count += 1
    if (this.#count > maxNodes) return this.#tooLarge(at)
    if (at.literal) return at.node
    if (isInterpolation(at.node)) return this.#follow(at)
    return at.node._tag === "Scalar" ? at.node : this.#children(at)
  }

  #follow(at: Located.Located): Node {
    const value = resolve(at, this.#scope)
    if (Result.isFailure(value)) {
      this.#left(at, value.failure)
      return at.node
    }
    const copied =
      value.success.node._tag === "Scalar" ? value.success.node : this.#children(value.success, at)
    return { ...copied, origin: at.node.origin, prior: at.node }
  }

  #left(at: Located.Located, failure: Fault | Pending) {
    if (failure._tag === "Pending") return void this.pending.push(failure)
    this.faults.push(failure)
    if (failure.kind === "missing") this.missing.add(at.node)
  }

  #children(at: Located.Located, asked = at): Node {
    if (at.literal) return at.node
    if (this.#open.some((other) => Located.same(other, at))) {
      const problem = `"${at.key}" contains itself through an interpolation`
      this.faults.push({ _tag: "Fault", kind: "cycle", at: asked, problem })
      return at.node
    }
    this.#open.push(at)
    const node = this.#copyChildren(at)
    this.#open.pop()
    return node
  }

  #copyChildren(at: Located.Located): Node {
    const node = at.node
    if (node._tag === "Scalar") return node
    if (node._tag === "List") {
      return { ...node, items: node.items.map((item, index) => this.copy(Located.child(at, index, item))) }
    }
    const entries = new Map<KeyId, Node>()
    for (const [id, item] of node.entries) entries.set(id, this.copy(Located.child(at, id, item)))
    return { ...node, entries }
  }

  #tooLarge(at: Located.Located): Node {
    if (this.#count === maxNodes + 1) {
      const problem = `the interpolations copy more than ${maxNodes} values`
      this.faults.push({ _tag: "Fault", kind: "large", at, problem })
    }
    return at.node
  }
}
