/** `to_yaml`: a value as YAML, to the byte. */
import { Effect, Schema } from "effect"
import * as NodeJson from "../NodeJson.ts"
import { YamlWriter } from "../subject.ts"
import { fail, pass, type Section } from "../Vector.ts"

const Case = Schema.Struct({ value: Schema.Unknown, yaml: Schema.String })

export const section: Section = {
  name: "to_yaml",
  run: Effect.fn("vectors.toYaml")(function* (vector) {
    const { value, yaml } = yield* Schema.decodeUnknownEffect(Case)(vector)
    const written = YamlWriter.write(NodeJson.decode(value))
    return written === yaml ? pass : fail(yaml, written)
  })
}
