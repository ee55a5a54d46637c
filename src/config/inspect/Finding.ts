/** What a check of a whole config tree reports besides errors and warnings of compositions. */
import * as Schema from "effect/Schema"
import { describe, Place } from "../node/Source.ts"

/** No defaults list names the config or offers its folder as a group. */
export class FileDead extends Schema.TaggedError<FileDead>()("FileDead", {
  config: Schema.String,
  path: Schema.String
}) {
  override get message() {
    return `${this.path}: no defaults list names "${this.config}".`
  }
}

/** A folder of configs that can only be added on the command line. */
export class GroupUnreachable extends Schema.TaggedError<GroupUnreachable>()("GroupUnreachable", {
  group: Schema.String,
  options: Schema.Array(Schema.String)
}) {
  override get message() {
    return `no defaults list offers the group "${this.group}" (${this.options.join(", ")}); it can only be added with +${this.group}=OPTION. To offer it, add "- ${this.group}: null" to a defaults list.`
  }
}

/** A value that some other config overwrites in every configuration it is part of. */
export class KeyDead extends Schema.TaggedError<KeyDead>()("KeyDead", {
  key: Schema.String,
  place: Place,
  winnerPlace: Place
}) {
  override get message() {
    return `${describe(this.place)}: ${this.key} has no effect anywhere; it is always overwritten (${describe(this.winnerPlace)}).`
  }
}

/** One configuration of the tree does not compose, or does not decode. */
export class CompositionBroken extends Schema.TaggedError<CompositionBroken>()("CompositionBroken", {
  config: Schema.String,
  overrides: Schema.Array(Schema.String),
  problem: Schema.String
}) {
  override get message() {
    return `${[this.config, ...this.overrides].join(" ")}: ${this.problem}`
  }
}

/** One configuration of the tree composes with a warning. */
export class CompositionDoubtful extends Schema.TaggedError<CompositionDoubtful>()("CompositionDoubtful", {
  config: Schema.String,
  overrides: Schema.Array(Schema.String),
  warning: Schema.String
}) {
  override get message() {
    return `${[this.config, ...this.overrides].join(" ")}: ${this.warning}`
  }
}

export type Finding = FileDead | GroupUnreachable | KeyDead | CompositionBroken | CompositionDoubtful
