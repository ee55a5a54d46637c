/** What interpolations are evaluated against, and what an evaluation gives. */
import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Located from "../node/Located.ts"
import type { Node } from "../node/Node.ts"
import type { Kind } from "./InterpolationError.ts"

/** Why an interpolation has no value, and at which node. */
export interface Fault {
  readonly _tag: "Fault"
  readonly kind: Kind
  readonly at: Located.Located
  readonly problem: string
  /** Whether the key goes through a scalar, which some callers treat as a key that does not exist. */
  readonly throughScalar?: boolean
}

/** A resolver's effect that must run before evaluation can go on. */
export interface Pending {
  readonly _tag: "Pending"
  readonly id: string
  readonly run: Effect.Effect<Node, string>
}

export type Outcome<A> = Result.Result<A, Fault | Pending>

/** What a resolver receives besides its arguments. */
export interface CallSite {
  /** The node whose value contains the call. */
  readonly at: Located.Located
  readonly scope: Scope
}

/** A resolver built into the library; a failure may be a sentence. */
export type Builtin = (
  args: ReadonlyArray<Located.Located>,
  site: CallSite
) => Result.Result<Located.Located, Fault | Pending | string>

/** A resolver of the user: an effect from values to a value, which fails with a sentence. */
export type Resolver = (args: ReadonlyArray<Node>) => Effect.Effect<Node, string>

export interface Scope {
  readonly root: Located.Located
  /** The `hydra` node that `${hydra:…}` selects from. */
  readonly hydra: Located.Located | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: Date
  readonly builtins: ReadonlyMap<string, Builtin>
  readonly resolvers: ReadonlyMap<string, Resolver>
  /** Outcomes of effects that have run, by call. */
  readonly outcomes: Map<string, Result.Result<Node, string>>
  /** The keys that interpolations have read. */
  readonly reads: Set<string>
  /** Called for each use of a deprecated key. */
  readonly warn: (at: Located.Located, message: string) => void
  /** Whether the configuration is still being composed: its run is not known, and `${hydra:…}` is an arbitrary value. */
  readonly composing: boolean
  /** The nodes that are being resolved, outermost first. */
  readonly active: Array<Located.Located>
  /** Interpolations followed so far. */
  followed: number
}

export const fault = (kind: Kind, at: Located.Located, problem: string): Result.Result<never, Fault> =>
  Result.fail({ _tag: "Fault", kind, at, problem })
