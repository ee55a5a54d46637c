/** `merge`: one YAML text merged onto another, interpolations left alone. */
import { Effect, Result, Schema } from "effect"
import * as Judge from "../Judge.ts"
import * as NodeJson from "../NodeJson.ts"
import { Merge, Source, Yaml } from "../subject.ts"
import { commonFields, fail, type Section } from "../Vector.ts"

const Case = Schema.Struct({ ...commonFields, base: Schema.String, over: Schema.String })

export const section: Section = {
  name: "merge",
  run: Effect.fn("vectors.merge")(function* (vector) {
    const { base, over, expect, expect13, non_hydra_error } = yield* Schema.decodeUnknownEffect(Case)(vector)
    const read = yield* Yaml.reader
    const load = (text: string) => {
      const source = new Source("vector.yaml", text)
      return Result.map(read(source), (node) => node ?? Yaml.emptyDocument(source))
    }
    const left = load(base)
    const right = load(over)
    if (Result.isFailure(left) || Result.isFailure(right))
      return fail("two YAML texts", "one of them does not parse")
    const refusals: Array<Judge.Tag> = []
    const merged = Merge.merge(left.success, right.success, {
      struct: false,
      refuse: ({ subject, problem }) => {
        refusals.push({ _tag: subject === "merge" ? "MergeRefused" : "ValueRefused", message: problem })
      }
    })
    const [refusal] = refusals
    const actual = refusal === undefined ? Result.succeed(NodeJson.encode(merged)) : Result.fail(refusal)
    return Judge.outcome(expect13 ?? expect ?? {}, actual, { anyKind: non_hydra_error === true })
  })
}
