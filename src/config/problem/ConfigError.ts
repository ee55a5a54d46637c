/** The errors of composing a configuration, each with its place. */
import * as Schema from "effect/Schema"
import { describe, Place } from "../node/Source.ts"
import type { Override } from "../override/Override.ts"
import type { OverrideSyntaxError } from "../override/Problem.ts"
import type { YamlInvalid } from "../yaml/Invalid.ts"

const lines = (...parts: ReadonlyArray<string>): string => parts.filter((part) => part !== "").join("\n")
const at = (place: Place | undefined): string => (place === undefined ? "" : `${describe(place)}: `)
const optionLines = (options: ReadonlyArray<string>): string =>
  options.length === 0 ? "" : `Available options:\n${options.map((option) => `  ${option}`).join("\n")}`

/** A primary config, a group's option or an included config is not on the search path. */
export class ConfigNotFound extends Schema.TaggedError<ConfigNotFound>()("ConfigNotFound", {
  role: Schema.Literals(["primary", "option", "config"]),
  /** Path below the search path, without `.yaml`: `db/mysql`. */
  config: Schema.String,
  /** The config whose defaults list names it. */
  parent: Schema.UndefinedOr(Schema.String),
  place: Schema.UndefinedOr(Place),
  /** What its group offers instead. */
  options: Schema.Array(Schema.String),
  nearest: Schema.UndefinedOr(Schema.String),
  searchPath: Schema.Array(Schema.String)
}) {
  override get message() {
    const what =
      this.role === "primary" ? `there is no config named "${this.config}"` : `there is no "${this.config}"`
    const wanted = this.parent === undefined ? "" : `, which the defaults list of "${this.parent}" asks for`
    const near = this.nearest === undefined ? "" : ` Did you mean "${this.nearest}"?`
    return lines(
      `${at(this.place)}${what}${wanted}.${near}`,
      optionLines(this.options),
      `Config search path:\n${this.searchPath.map((path) => `  ${path}`).join("\n")}`
    )
  }
}

/** A folder that must hold the primary config does not exist. */
export class SearchPathInvalid extends Schema.TaggedError<SearchPathInvalid>()("SearchPathInvalid", {
  place: Schema.UndefinedOr(Place),
  problem: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return lines(`${at(this.place)}${this.problem}.`, this.cure)
  }
}

/** A file exists but cannot be read. */
export class FileUnreadable extends Schema.TaggedError<FileUnreadable>()("FileUnreadable", {
  path: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `${this.path} could not be read. Check its permissions and that it is UTF-8 text.`
  }
}

/** All the problems of a file's YAML. */
export class FileInvalid extends Schema.TaggedError<FileInvalid>()("FileInvalid", {
  path: Schema.String,
  problems: Schema.Array(Schema.Struct({ place: Place, problem: Schema.String, cure: Schema.String }))
}) {
  static of(path: string, problems: ReadonlyArray<YamlInvalid>): FileInvalid {
    return new FileInvalid({
      path,
      problems: problems.map(({ place, problem, cure }) => ({ place, problem, cure }))
    })
  }
  override get message() {
    return this.problems
      .map(({ place, problem, cure }) => lines(`${describe(place)}: ${problem}.`, cure))
      .join("\n")
  }
}

/** A defaults list, or its combination with others and with the overrides, makes no sense. */
export class DefaultsInvalid extends Schema.TaggedError<DefaultsInvalid>()("DefaultsInvalid", {
  /** The config whose list it is; undefined for the command line. */
  config: Schema.UndefinedOr(Schema.String),
  place: Schema.UndefinedOr(Place),
  problem: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return lines(`${at(this.place)}${this.problem}.`, this.cure)
  }
}

/** The defaults list has `???` for a group, and no option was chosen. */
export class ChoiceMissing extends Schema.TaggedError<ChoiceMissing>()("ChoiceMissing", {
  group: Schema.String,
  place: Schema.UndefinedOr(Place),
  options: Schema.Array(Schema.String)
}) {
  override get message() {
    return lines(
      `${at(this.place)}an option of "${this.group}" must be chosen: add ${this.group}=OPTION.`,
      optionLines(this.options)
    )
  }
}

/** A well-formed override that cannot be applied. */
export class OverrideRefused extends Schema.TaggedError<OverrideRefused>()("OverrideRefused", {
  override: Schema.String,
  /** Its place in the list of overrides, 0-based. */
  index: Schema.Finite,
  problem: Schema.String,
  cure: Schema.String
}) {
  static of({ input, index }: Override, problem: string, cure = ""): OverrideRefused {
    return new OverrideRefused({ override: input, index, problem, cure })
  }
  override get message() {
    return lines(`override "${this.override}": ${this.problem}.`, this.cure)
  }
}

/** Two values that cannot be merged: a list and a mapping, or a value of the wrong type. */
export class MergeRefused extends Schema.TaggedError<MergeRefused>()("MergeRefused", {
  key: Schema.String,
  place: Place,
  /** The place of the value that was there before. */
  onto: Schema.UndefinedOr(Place),
  problem: Schema.String
}) {
  override get message() {
    const onto = this.onto === undefined ? "" : ` (defined at ${describe(this.onto)})`
    return `${at(this.place)}${this.key === "" ? "" : `${this.key}: `}${this.problem}${onto}.`
  }
}

/** A value that does not fit the type of its field. */
export class ValueRefused extends Schema.TaggedError<ValueRefused>()("ValueRefused", {
  key: Schema.String,
  place: Place,
  /** Whether the mapping's key is refused rather than the value. */
  subject: Schema.Literals(["value", "key"]),
  problem: Schema.String
}) {
  override get message() {
    return `${at(this.place)}${this.key}: ${this.problem}.`
  }
}

/** A field of a typed configuration is unknown, or struct mode forbids a new key. */
export class KeyRefused extends Schema.TaggedError<KeyRefused>()("KeyRefused", {
  key: Schema.String,
  place: Place,
  problem: Schema.String,
  nearest: Schema.UndefinedOr(Schema.String)
}) {
  override get message() {
    const near = this.nearest === undefined ? "" : ` Did you mean "${this.nearest}"?`
    return `${at(this.place)}${this.problem}.${near}`
  }
}

/** Everything that composing a configuration can fail with. */
export type ConfigError =
  | OverrideSyntaxError
  | ConfigNotFound
  | SearchPathInvalid
  | FileUnreadable
  | FileInvalid
  | DefaultsInvalid
  | ChoiceMissing
  | OverrideRefused
  | MergeRefused
  | ValueRefused
  | KeyRefused
