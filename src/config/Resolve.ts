/** Resolves a whole configuration, or one key of it, running the effects of user resolvers on the way. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import {
  type Fault,
  type Outcome,
  type Pending,
  type Resolver,
  resolve,
  type Scope,
  select
} from "./Interpolation.ts"
import * as InterpolationError from "./InterpolationError.ts"
import * as Located from "./Located.ts"
import type { KeyId, MapNode, Node } from "./Node.ts"
import { Resolution } from "./Resolution.ts"
import { builtins } from "./Resolvers.ts"
import { placeOf } from "./Source.ts"

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

/** A resolved tree, and what was said on the way. */
export interface Resolved {
  readonly node: Node
  /** Uses of deprecated keys, in words. */
  readonly deprecated: ReadonlyArray<{ readonly key: string; readonly message: string }>
}

export type ResolveErrors = ReadonlyArray<InterpolationError.InterpolationError>

/** Every interpolation of the tree resolved; all that fail are reported. Missing values stay `???`. */
export const tree = (options: ResolveOptions): Effect.Effect<Resolved, ResolveErrors> =>
  run(options, (scope) => copy(scope.root, scope))

/** The resolved value at a dotted key; undefined where there is none. A missing value stays `???`. */
export const key = (
  options: ResolveOptions,
  path: string
): Effect.Effect<Resolved | undefined, ResolveErrors> =>
  Effect.map(
    run<Node | undefined>(options, (scope) => {
      const found = select(scope.root, path, scope.root, scope, false)
      if (Result.isFailure(found)) return stopped(found.failure)
      return found.success === undefined ? { _tag: "Done", node: undefined } : copy(found.success, scope)
    }),
    ({ node, deprecated }) => (node === undefined ? undefined : { node, deprecated })
  )

const copy = (at: Located.Located, scope: Scope): Attempt<Node> => {
  const resolution = new Resolution(scope)
  const node = resolution.copy(at)
  if (resolution.pending.length > 0) return { _tag: "Pending", pending: resolution.pending }
  return resolution.faults.length > 0 ? { _tag: "Faults", faults: resolution.faults } : { _tag: "Done", node }
}

/** The node behind an interpolation of a tree that is still being merged; only what needs no effect. */
export const peek = (options: ResolveOptions, path: ReadonlyArray<KeyId>): Node | undefined => {
  const scope = scopeOf(options)
  const at = Located.at(scope.root, path)
  if (at === undefined) return undefined
  const value: Outcome<Located.Located> = resolve(at, scope)
  return Result.isSuccess(value) ? value.success.node : undefined
}

type Attempt<A> =
  | { readonly _tag: "Done"; readonly node: A }
  | { readonly _tag: "Faults"; readonly faults: ReadonlyArray<Fault> }
  | { readonly _tag: "Pending"; readonly pending: ReadonlyArray<Pending> }

const stopped = (failure: Fault | Pending): Attempt<never> =>
  failure._tag === "Fault" ? { _tag: "Faults", faults: [failure] } : { _tag: "Pending", pending: [failure] }

/** Attempts again with the outcomes of the effects that the last attempt asked for, until none are asked for. */
const run = <A extends Node | undefined>(
  options: ResolveOptions,
  attempt: (scope: Scope) => Attempt<A>
): Effect.Effect<{ readonly node: A; readonly deprecated: Resolved["deprecated"] }, ResolveErrors> =>
  Effect.gen(function* () {
    const outcomes: Scope["outcomes"] = new Map()
    while (true) {
      const deprecated: Array<{ readonly key: string; readonly message: string }> = []
      const result = attempt(scopeOf(options, outcomes, deprecated))
      if (result._tag === "Done") return { node: result.node, deprecated }
      if (result._tag === "Faults") return yield* Effect.fail(result.faults.map(toError))
      for (const pending of result.pending) {
        if (!outcomes.has(pending.id)) outcomes.set(pending.id, yield* Effect.result(pending.run))
      }
    }
  })

/** What interpolations mean in a tree; `outcomes` holds what effects have given so far. */
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
    warn: (at, message) => deprecated.push({ key: at.key, message }),
    composing: false,
    active: []
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
