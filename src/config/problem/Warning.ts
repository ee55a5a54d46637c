/** What composes without an error and is probably not what was meant. */
import * as Schema from "effect/Schema"
import { describe, Place } from "../node/Source.ts"

const at = (place: Place): string => `${describe(place)}: `

/** An ordinary line above a `# @package` header makes Hydra read it as a comment. */
export class HeaderDisabled extends Schema.TaggedError<HeaderDisabled>()("HeaderDisabled", {
  place: Place,
  /** The package that the header asks for. */
  package: Schema.String,
  /** The line that ends the header. */
  by: Schema.String
}) {
  override get message() {
    return `${at(this.place)}the header "# @package ${this.package}" has no effect because it comes after "${this.by}". Move it to the first line.`
  }
}

/** A value replaces one of another kind: a mapping with all its keys is lost, or the reverse. */
export class KindReplaced extends Schema.TaggedError<KindReplaced>()("KindReplaced", {
  key: Schema.String,
  place: Place,
  /** Where the replaced value was. */
  before: Place,
  was: Schema.String,
  becomes: Schema.String
}) {
  override get message() {
    return `${at(this.place)}"${this.key}" becomes ${this.becomes} here and replaces ${this.was} (${describe(this.before)}).`
  }
}

/** A folder of the search path does not exist. */
export class SearchPathAbsent extends Schema.TaggedError<SearchPathAbsent>()("SearchPathAbsent", {
  path: Schema.String,
  provider: Schema.String
}) {
  override get message() {
    return `the folder ${this.path} in the config search path (${this.provider}) does not exist.`
  }
}

/** A group's option was chosen, and a config that is merged later overwrites its values. */
export class ChoiceShadowed extends Schema.TaggedError<ChoiceShadowed>()("ChoiceShadowed", {
  /** `trainer=fp16_safe` */
  choice: Schema.String,
  place: Place,
  winner: Schema.String,
  winnerPlace: Place,
  /** The keys whose values the winner sets. */
  overwritten: Schema.Array(Schema.String),
  /** The keys that keep the chosen option's value. */
  kept: Schema.Array(Schema.String)
}) {
  override get message() {
    const kept = this.kept.length === 0 ? "none of its values remain" : `only ${list(this.kept)} is kept`
    return `${at(this.place)}the choice ${this.choice} has no effect: ${this.winner} is merged later and overwrites ${list(this.overwritten)} (${describe(this.winnerPlace)}); ${kept}.`
  }
}

/** A value that the primary config sets is overwritten by one of its own defaults, because `_self_` comes too early. */
export class PrimaryDiscarded extends Schema.TaggedError<PrimaryDiscarded>()("PrimaryDiscarded", {
  config: Schema.String,
  /** Each key with the place where the primary config sets it and the place that wins. */
  keys: Schema.Array(
    Schema.Struct({ key: Schema.String, place: Place, winner: Schema.String, winnerPlace: Place })
  )
}) {
  override get message() {
    const lines = this.keys.map(
      ({ key, place, winner, winnerPlace }) =>
        `  ${at(place)}${key} is overwritten by ${winner} (${describe(winnerPlace)})`
    )
    return `values of the primary config "${this.config}" have no effect because its defaults are merged after it:\n${lines.join("\n")}\nMove _self_ to the end of its defaults list.`
  }
}

/** An override changes nothing: a later one overwrites or deletes its value, or it merges an empty mapping. */
export class OverrideWithoutEffect extends Schema.TaggedError<OverrideWithoutEffect>()(
  "OverrideWithoutEffect",
  {
    override: Schema.String,
    index: Schema.Finite,
    /** What wins, or why nothing changes. */
    reason: Schema.String
  }
) {
  override get message() {
    return `override "${this.override}" has no effect: ${this.reason}.`
  }
}

/** A key that the decoded plan does not read. */
export class KeyUnread extends Schema.TaggedError<KeyUnread>()("KeyUnread", {
  key: Schema.String,
  place: Place
}) {
  override get message() {
    return `${at(this.place)}nothing reads "${this.key}".`
  }
}

/** The configuration chooses a plugin of Hydra that is known but not available. */
export class PluginAbsent extends Schema.TaggedError<PluginAbsent>()("PluginAbsent", {
  /** `hydra/sweeper=optuna` */
  choice: Schema.String,
  place: Place,
  instead: Schema.String
}) {
  override get message() {
    return `${at(this.place)}${this.choice} has no effect: ${this.instead}.`
  }
}

/** A key that only refers to its new name. */
export class KeyDeprecated extends Schema.TaggedError<KeyDeprecated>()("KeyDeprecated", {
  key: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.key}: ${this.problem}`
  }
}

const list = (names: ReadonlyArray<string>): string => {
  const shown = names.slice(0, 5).join(", ")
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}

export type Warning =
  | HeaderDisabled
  | KindReplaced
  | SearchPathAbsent
  | ChoiceShadowed
  | PrimaryDiscarded
  | OverrideWithoutEffect
  | KeyUnread
  | PluginAbsent
  | KeyDeprecated

/** Warnings that are not allowed; with `--strict`, every warning is an error. */
export class WarningsRefused extends Schema.TaggedError<WarningsRefused>()("WarningsRefused", {
  messages: Schema.Array(Schema.String)
}) {
  override get message() {
    return this.messages.join("\n")
  }
}
