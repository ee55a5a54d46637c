/** `interp`: an interpolation as the value of one more key of the base that all cases share. */
import { Effect, Result, Schema } from "effect"
import * as Judge from "../Judge.ts"
import * as NodeJson from "../NodeJson.ts"
import { type Config, Node, Resolve } from "../subject.ts"
import { commonFields, excluded, type Section } from "../Vector.ts"

const Case = Schema.Struct({ ...commonFields, expr: Schema.String })

const origin = { _tag: "Computed", by: "a vector" } as const

/** The resolver that the cases were recorded with: its only argument, or the list of its arguments. */
export const resolvers: Resolve.ResolveOptions["resolvers"] = new Map([
  [
    "test",
    (args) => Effect.succeed(args.length === 1 && args[0] !== undefined ? args[0] : Node.list(args, origin))
  ]
])

export const now = new Date(Date.UTC(2024, 0, 2, 3, 4, 5))

export const section: Section = {
  name: "interp",
  run: Effect.fn("vectors.interp")(function* (vector, context) {
    const { expect, expect13, expr, non_hydra_error } = yield* Schema.decodeUnknownEffect(Case)(vector)
    const expected = expect13 ?? expect
    if (expected === undefined) return excluded("recorded for Hydra 1.4 only")
    const base = NodeJson.decode(context.interpolationBase)
    const entries = new Map(base._tag === "Map" ? base.entries : []).set("__x", Node.scalar(expr, origin))
    const env = Object.fromEntries(context.env)
    const result = yield* Effect.result(
      Resolve.key({ root: Node.map(entries, origin), env, now, resolvers }, "__x")
    )
    return Judge.outcome(expected, tagged(result), { anyKind: non_hydra_error === true })
  })
}

/** What resolving gave, in tagged JSON; the first error stands for all. */
export const tagged = (
  result: Result.Result<Resolve.Resolved | undefined, Config.InterpolationsInvalid>
): Result.Result<unknown, Judge.Tag> =>
  Result.isFailure(result)
    ? Result.fail(result.failure.errors[0] ?? { _tag: "none", message: "no error" })
    : Result.succeed(result.success === undefined ? null : NodeJson.encode(result.success.node))
