/** `parse`: a text by one rule of the override grammar. */
import { Effect, Result, Schema } from "effect"
import * as Judge from "../Judge.ts"
import { Override, OverrideGrammar, type OverrideValue } from "../subject.ts"
import * as Tagged from "../Tagged.ts"
import { commonFields, fail, type Section } from "../Vector.ts"

const Case = Schema.Struct({
  ...commonFields,
  rule: Schema.String,
  text: Schema.String,
  nondeterministic: Schema.optionalKey(Schema.Boolean)
})

const kinds = { change: "CHANGE", add: "ADD", forceAdd: "FORCE_ADD", delete: "DEL" } as const

const valueType = (value: OverrideValue.OverrideValue | undefined) => {
  switch (value?._tag) {
    case undefined:
      return null
    case "ChoiceSweep":
      return value.simple ? "SIMPLE_CHOICE_SWEEP" : "CHOICE_SWEEP"
    case "GlobSweep":
      return "GLOB_CHOICE_SWEEP"
    case "RangeSweep":
      return "RANGE_SWEEP"
    case "IntervalSweep":
      return "INTERVAL_SWEEP"
    default:
      return "ELEMENT"
  }
}

/** What stands right of the `=`, as typed; `undefined` for a deletion without one. */
const valueText = ({ input }: Override.Override): string | undefined => {
  const equal = input.indexOf("=")
  return equal < 0 ? undefined : input.slice(equal + 1)
}

const override = (parsed: Override.Override): unknown => {
  const type = valueType(parsed.value)
  const isElement = type === "ELEMENT"
  return {
    type: kinds[parsed.kind],
    key: parsed.key.keyOrGroup,
    package: parsed.key.package ?? null,
    value_type: type,
    value: parsed.value === undefined ? null : Tagged.overrideValue(parsed.value),
    key_element: Override.keyText(parsed),
    ...(isElement ? { value_string: valueText(parsed) } : {}),
    is_sweep: type !== null && !isElement
  }
}

const key = (parsed: Override.OverrideKey): unknown => ({
  $key: { key_or_group: parsed.keyOrGroup, package: parsed.package ?? null }
})

const parse = (rule: string, text: string) => {
  const rules = OverrideGrammar.rules
  switch (rule) {
    case "override":
      return Result.map(Override.parse(text, 0), override)
    case "key":
      return Result.map(rules.key(text), key)
    case "package":
    case "packageOrGroup":
      return rules[rule](text)
    case "value":
    case "element":
    case "simpleChoiceSweep":
    case "function":
    case "listContainer":
    case "dictContainer":
    case "dictKey":
    case "primitive":
      return Result.map(rules[rule](text), Tagged.overrideValue)
    default:
      return undefined
  }
}

export const section: Section = {
  name: "parse",
  run: Effect.fn("vectors.parse")(function* (vector) {
    const { expect, expect13, rule, text, nondeterministic, non_hydra_error } =
      yield* Schema.decodeUnknownEffect(Case)(vector)
    const expected = expect13 ?? expect ?? {}
    const actual = parse(rule, text)
    if (actual === undefined) return fail(`a rule named ${rule}`, "no such rule")
    return Judge.outcome(expected, actual, {
      unordered: nondeterministic === true,
      anyKind: non_hydra_error === true
    })
  })
}
