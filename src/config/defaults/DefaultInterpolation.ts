/** Options of groups that depend on other options: `db: ${server}` in a defaults list. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { resolve } from "../interpolation/Interpolation.ts"
import { builtins } from "../interpolation/Resolvers.ts"
import * as Located from "../node/Located.ts"
import { type KeyId, map, type Node, scalar } from "../node/Node.ts"
import { type Origin, placeOf } from "../node/Source.ts"
import { DefaultsInvalid } from "../problem/ConfigError.ts"
import * as Default from "./Default.ts"

/** The pattern of Hydra 1.0, which numbered entries instead of naming groups. */
const legacy = /^\$\{defaults\.\d\./

export interface Surroundings {
  /** The config whose list it is. */
  readonly config: string
  /** The options of the groups that were met so far, by override key. */
  readonly known: ReadonlyMap<string, string | null>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: Date
}

/** Replaces the entry's interpolation by its value; its keys are groups, and their values the options. */
export const resolveEntry = (
  entry: Default.Default,
  around: Surroundings
): Effect.Effect<void, DefaultsInvalid> => {
  const { config } = around
  const isGroup = entry.kind === "group"
  const text = isGroup ? Default.nameOf(entry) : Default.configPath(entry)
  if (text === null) return Effect.void
  const origin: Origin = entry.origin ?? { _tag: "Computed", by: config }
  const refuse = (problem: string, cure: string) =>
    Effect.fail(new DefaultsInvalid({ config, place: placeOf(origin), problem, cure }))
  if (isGroup && legacy.test(text)) {
    return refuse(
      `"${text}" refers to an entry of the defaults list by its number`,
      "Name the group instead: ${db}."
    )
  }
  const value = Result.flatMap(evaluate(text, origin, around), nameIn)
  if (Result.isFailure(value)) return refuse(`"${text}" ${value.failure}`, groupsOf(around))
  if (isGroup) entry.value = value.success
  else entry.path = value.success
  return Effect.void
}

const nameIn = (node: Node): Result.Result<string, string> =>
  node._tag === "Scalar" && typeof node.value === "string"
    ? Result.succeed(node.value)
    : Result.fail("does not resolve to a name")

const groupsOf = ({ known }: Surroundings): string =>
  known.size === 0 ? "" : `Known groups: ${[...known.keys()].join(", ")}`

const evaluate = (
  text: string,
  origin: Origin,
  { known, env, now }: Surroundings
): Result.Result<Node, string> => {
  const entries = new Map<KeyId, Node>()
  for (const [key, name] of known) entries.set(key, scalar(name, origin))
  const root = Located.root(map(entries, origin))
  const outcome = resolve(
    { node: scalar(text, origin), parent: root, key: "", made: {}, literal: false },
    {
      root,
      hydra: undefined,
      env,
      now,
      builtins,
      resolvers: new Map(),
      outcomes: new Map(),
      reads: new Set(),
      warn: () => {},
      composing: false,
      active: [],
      followed: 0
    }
  )
  if (Result.isSuccess(outcome)) return Result.succeed(outcome.success.node)
  const why =
    outcome.failure._tag === "Fault"
      ? outcome.failure.problem
      : "it needs a resolver that is an effect, which cannot run here"
  return Result.fail(`has no value: ${why}`)
}
