/** `resolve`: a YAML text, and one key of it or all of it resolved. */
import { Effect, Result, Schema } from "effect"
import * as Judge from "../Judge.ts"
import { Resolve, Source, Yaml } from "../subject.ts"
import { commonFields, type Section } from "../Vector.ts"
import { now, resolvers, tagged } from "./interp.ts"

const Case = Schema.Struct({ ...commonFields, yaml: Schema.String, select: Schema.String })

export const section: Section = {
  name: "resolve",
  run: Effect.fn("vectors.resolve")(function* (vector, context) {
    const { expect, expect13, yaml, select, non_hydra_error } =
      yield* Schema.decodeUnknownEffect(Case)(vector)
    const expected = expect13 ?? expect ?? {}
    const options = { anyKind: non_hydra_error === true }
    const read = yield* Yaml.reader
    const source = new Source("vector.yaml", yaml)
    const parsed = read(source)
    if (Result.isFailure(parsed)) {
      const problem = parsed.failure[0] ?? { _tag: "none", message: "no problem" }
      return Judge.outcome(expected, Result.fail(problem), options)
    }
    const root = parsed.success ?? Yaml.emptyDocument(source)
    const settings = { root, env: Object.fromEntries(context.env), now, resolvers }
    const resolved = select === "" ? Resolve.tree(settings) : Resolve.key(settings, select)
    return Judge.outcome(expected, tagged(yield* Effect.result(resolved)), options)
  })
}
