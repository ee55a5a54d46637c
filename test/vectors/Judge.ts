/** Compares an outcome with what a case expects of it. */
import { Result } from "effect"
import * as Tagged from "./Tagged.ts"
import { type Expectation, fail, pass, type Verdict } from "./Vector.ts"

/** The tags of ours that stand for an error class of Hydra or OmegaConf. */
export const errorTags: Readonly<Record<string, ReadonlyArray<string>>> = {
  // Hydra
  HydraException: ["OverrideSyntaxError", "SweepError"],
  OverrideParseException: ["OverrideSyntaxError"],
  MissingConfigException: ["ConfigNotFound"],
  ConfigCompositionException: [
    "SearchPathInvalid",
    "FileInvalid",
    "DefaultsInvalid",
    "ChoiceMissing",
    "OverrideRefused",
    "MergeRefused",
    "ValueRefused",
    "KeyRefused"
  ],
  // OmegaConf
  GrammarParseError: ["InterpolationSyntax"],
  InterpolationKeyError: ["InterpolationKeyMissing"],
  InterpolationToMissingValueError: ["InterpolationToMissing"],
  InterpolationResolutionError: ["InterpolationFailed", "InterpolationCycle"],
  InterpolationValidationError: ["InterpolationInvalid"],
  UnsupportedInterpolationType: ["ResolverUnknown"],
  MissingMandatoryValue: ["ValueMissing"],
  ValidationError: ["ValueRefused"],
  KeyValidationError: ["KeyRefusedByType"],
  ConfigTypeError: ["MergeRefused"],
  // PyYAML
  ScannerError: ["YamlInvalid"],
  ParserError: ["YamlInvalid"],
  ComposerError: ["YamlInvalid"],
  ConstructorError: ["YamlInvalid"]
}

/** What is looked at in an error of ours. */
export interface Tag {
  readonly _tag: string
  readonly message: string
}

/** Whether an error of ours is of the kind expected; any typed error will do for one that is no Hydra error. */
export const error = (expected: Expectation, anyKind: boolean, actual: Tag): Verdict => {
  const tags = errorTags[expected.error ?? ""]
  if (anyKind && expected.error !== undefined) return pass
  if (tags?.includes(actual._tag)) return pass
  return fail(describe(expected), `${actual._tag}: ${actual.message}`)
}

const describe = (expected: Expectation): string =>
  expected.error === undefined
    ? Tagged.show("ok" in expected ? expected.ok : expected)
    : `${expected.error}: ${expected.message ?? ""}`

export interface Options {
  /** Any typed error will do. */
  readonly anyKind?: boolean
  /** Lists are compared as multisets. */
  readonly unordered?: boolean
}

/** Judges a value in tagged JSON, or a typed error, against the expectation. */
export const outcome = (
  expected: Expectation,
  actual: Result.Result<unknown, Tag>,
  options: Options = {}
): Verdict => {
  if (Result.isFailure(actual)) return error(expected, options.anyKind === true, actual.failure)
  const view = options.unordered === true ? Tagged.unordered : (value: unknown) => value
  const equal = expected.error === undefined && Tagged.same(view(expected.ok), view(actual.success))
  return equal ? pass : fail(describe(expected), Tagged.show(actual.success))
}
