/** The error for a text that is not YAML, or not YAML that a configuration may contain. */
import * as Schema from "effect/Schema"
import { describe, Place, placeOf, type Source } from "../node/Source.ts"

/** The YAML is malformed, repeats a key, grows past its bounds by aliases, or has a type that configs cannot have. */
export class YamlInvalid extends Schema.TaggedError<YamlInvalid>()("YamlInvalid", {
  place: Place,
  /** What is wrong, as a sentence without the final full stop. */
  problem: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `${describe(this.place)}: ${this.problem}.${this.cure === "" ? "" : `\n${this.cure}`}`
  }
}

export const invalidAt = (source: Source, offset: number, problem: string, cure: string): YamlInvalid =>
  new YamlInvalid({
    place: placeOf({ _tag: "File", source, offset, keyOffset: offset }),
    problem,
    cure
  })
