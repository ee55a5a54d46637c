/** Random inputs, each of which must give a value or a typed error, never a crash. */

import { Effect, Result } from "effect"
import * as Predicate from "effect/Predicate"
import * as Config from "../../src/config/Config.ts"
import * as Resolve from "../../src/config/interpolation/Resolve.ts"
import * as InterpolationSyntax from "../../src/config/interpolation/Syntax.ts"
import type { Node } from "../../src/config/node/Node.ts"
import { Source } from "../../src/config/node/Source.ts"
import { rules } from "../../src/config/override/Grammar.ts"
import * as Override from "../../src/config/override/Override.ts"
import * as Printer from "../../src/config/override/Printer.ts"
import { nestedSweep, type OverrideValue } from "../../src/config/override/Value.ts"
import * as YamlWriter from "../../src/config/yaml/Writer.ts"
import type { Reader } from "../../src/config/yaml/Yaml.ts"
import * as NodeJson from "../vectors/NodeJson.ts"
import * as Tagged from "../vectors/Tagged.ts"
import * as tree from "./tree.ts"

/** Something that takes any text. `run` says what is wrong with how it took it, or `undefined`. */
export interface Target {
  readonly name: string
  readonly run: (text: string) => string | undefined
}

/** Quotes and the simple form of a tagged choice are ways of writing, not values. */
const meaning = (tagged: unknown): unknown => {
  if (Array.isArray(tagged)) return tagged.map(meaning)
  if (!Predicate.isObject(tagged)) return tagged
  if ("$quoted" in tagged) return tagged.$quoted
  const isTaggedChoice = "$choice" in tagged && Array.isArray(tagged.tags) && tagged.tags.length > 0
  const entries = Object.entries(isTaggedChoice ? { ...tagged, simple_form: false } : tagged)
  return Object.fromEntries(entries.map(([key, item]) => [key, meaning(item)]))
}

const hasNested = (item: OverrideValue): boolean =>
  nestedSweep(item) !== undefined ||
  (item._tag === "GlobSweep" && [...item.include, ...item.exclude].some((pattern) => !("value" in pattern)))

/** Why a value printed does not read back, or `undefined`. */
export const printsBack = (item: OverrideValue): string | undefined => {
  Printer.toHydraText(item)
  const printed = Printer.print(item)
  if (hasNested(item)) return undefined
  const again = Override.parse(`key=${printed}`, 0)
  if (Result.isFailure(again)) return `printed as ${printed}, which is refused: ${again.failure.message}`
  if (again.success.value === undefined) return `printed as ${printed}, which is no value`
  const before = meaning(Tagged.overrideValue(item))
  const after = meaning(Tagged.overrideValue(again.success.value))
  return Tagged.same(before, after)
    ? undefined
    : `printed as ${printed}, which reads as ${Tagged.show(after)}`
}

const inside = (text: string, { start, end }: { readonly start: number; readonly end: number }) =>
  0 <= start && start <= end && end <= text.length

/** The override parser: errors point into the text, values print back. */
export const overrides: Target = {
  name: "override",
  run: (text) => {
    const parsed = Override.parse(text, 0)
    if (Result.isFailure(parsed)) {
      const { failure } = parsed
      if (failure._tag !== "OverrideSyntaxError" || failure.message === "")
        return "an error without a message"
      return inside(text, failure) ? undefined : `the error points at ${failure.start} to ${failure.end}`
    }
    const { key, value: item } = parsed.success
    if (!inside(text, key.span)) return "the key's span is outside"
    if (item === undefined) return undefined
    return inside(text, item.span) ? printsBack(item) : "the value's span is outside"
  }
}

const everyRule: ReadonlyArray<(text: string) => Result.Result<unknown, Override.OverrideSyntaxError>> =
  Object.values(rules)

/** Each rule alone must cope with any text too. */
export const grammar: Target = {
  name: "grammar rules",
  run: (text) => {
    for (const rule of everyRule) {
      const parsed = rule(text)
      if (Result.isFailure(parsed) && !inside(text, parsed.failure)) return "an error points outside"
    }
    return undefined
  }
}

/** The interpolation parser. */
export const interpolations: Target = {
  name: "interpolation",
  run: (text) => {
    const parsed = InterpolationSyntax.parse(text)
    if (Result.isSuccess(parsed)) return undefined
    const { offset, problem } = parsed.failure
    if (problem === "") return "an error without a problem"
    return offset >= 0 && offset <= text.length ? undefined : `the error points at ${offset}`
  }
}

/** The YAML reader: problems have a message, and what was read can be written and read again. */
export const yaml = (read: Reader): Target => ({
  name: "yaml",
  run: (text) => {
    const parsed = read(new Source("fuzz.yaml", text))
    if (Result.isSuccess(parsed)) {
      return parsed.success === undefined ? undefined : writesBack(read, parsed.success)
    }
    return parsed.failure.every(({ message }) => message !== "") ? undefined : "an error without a message"
  }
})

/** Resolving what the YAML reader accepts: values or typed errors, all of them with a message. */
export const resolution = Effect.fnUntraced(function* (read: Reader, text: string) {
  const parsed = read(new Source("fuzz.yaml", text))
  if (Result.isFailure(parsed) || parsed.success === undefined) return undefined
  const settings = { root: parsed.success, env: { HOME: "/home" }, now: new Date(0) }
  const resolved = yield* Effect.result(Resolve.tree(settings))
  if (Result.isSuccess(resolved)) return undefined
  return resolved.failure.errors.every(({ message }) => message !== "")
    ? undefined
    : "an error without a message"
})

/** A tree with groups, an optional one, nodes of every kind, and interpolations. */
const composable = {
  "configs/config.yaml":
    "defaults: [_self_, {db: mysql}, {optional aux@extra: none}]\na: {b: {'0': 1}}\nkey: [1, {x: y}]\nn: null\nm: '???'\ni: ${a.b}\n",
  "configs/db/mysql.yaml": "# @package _group_\nhost: ${a}\nport: 3306\n",
  "configs/db/sqlite.yaml": "path: ${oc.env:HOME}/x\n",
  "configs/aux/one.yaml": "defaults: [/db@inner: sqlite]\none: 1\n"
}

/** Composing that tree with any override, and resolving it: a configuration or typed errors. */
export const composition = Effect.map(
  tree.write(composable),
  (options) => (override: string) =>
    Effect.gen(function* () {
      const composed = Config.compose({ ...options, overrides: [override] })
      const outcome = yield* Effect.result(Effect.flatMap(composed, Config.resolve))
      if (Result.isSuccess(outcome)) return undefined
      return outcome.failure.message === "" ? "an error without a message" : undefined
    })
)

const writesBack = (read: Reader, node: Node): string | undefined => {
  const written = YamlWriter.write(node)
  const again = read(new Source("written.yaml", written))
  if (Result.isFailure(again)) return `written as ${written}, which is refused: ${again.failure[0]?.message}`
  const before = NodeJson.encode(node)
  const after = again.success === undefined ? null : NodeJson.encode(again.success)
  return Tagged.same(before, after)
    ? undefined
    : `${Tagged.show(before)} written as ${written}, which reads as ${Tagged.show(after)}`
}
