/** Turns what a Schema refuses into problems at keys, in plain words. */
import * as Predicate from "effect/Predicate"
import * as SchemaIssue from "effect/SchemaIssue"
import { didYouMean, nearest } from "../node/Nearest.ts"
import { discriminatorOf, namesOf } from "./SchemaKeys.ts"

export type Path = ReadonlyArray<PropertyKey>

/** A refusal at a path of the decoded value. */
export interface Refused {
  readonly path: Path
  readonly kind: "unknown" | "required" | "value"
  readonly problem: string
  readonly cure: string
}

/** `valueAt` gives the refused value as the configuration has it, or undefined if there is none. */
export const of = (issue: SchemaIssue.Issue, valueAt: (path: Path) => unknown): ReadonlyArray<Refused> =>
  flatten(issue, [], valueAt)

const flatten = (
  issue: SchemaIssue.Issue,
  path: Path,
  valueAt: (path: Path) => unknown
): ReadonlyArray<Refused> => {
  switch (issue._tag) {
    case "Pointer":
      return flatten(issue.issue, [...path, ...issue.path], valueAt)
    case "Composite":
      return issue.issues.flatMap((inner) => flatten(inner, path, valueAt))
    case "Encoding":
      return flatten(issue.issue, path, valueAt)
    case "AnyOf":
      return alternatives(issue, path, valueAt)
    case "UnexpectedKey":
      return [unknownKey(issue.ast, path)]
    case "MissingKey":
      return [{ path, kind: "required", problem: "this key is required", cure: "" }]
    default:
      return [{ path, kind: "value", problem: sentence(issue, valueAt(path)), cure: "" }]
  }
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** `Expected an integer` becomes `expected an integer, but found 1.5`. */
const sentence = (issue: SchemaIssue.Issue, value: unknown): string => {
  const message = format(issue).issues[0]?.message ?? "invalid value"
  return `${message.slice(0, 1).toLowerCase()}${message.slice(1)}, but found ${show(value)}`
}

const show = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value)
  if (Array.isArray(value)) return "a list"
  return typeof value === "object" && value !== null ? "a mapping" : String(value)
}

const unknownKey = (ast: Parameters<typeof namesOf>[0], path: Path): Refused => {
  const name = String(path.at(-1))
  const known = namesOf(ast)
  const all = known.length === 0 ? "" : `Known keys: ${known.join(", ")}.`
  if (name === "_target_") return targetAt(path, "Remove the key.")
  return { path, kind: "unknown", problem: `there is no such key${didYouMean(name, known)}`, cure: all }
}

const targetAt = (path: Path, cure: string): Refused => ({
  path,
  kind: "unknown",
  problem: "Python targets are not used here",
  cure
})

/** If one alternative nearly fits, it is explained in full; if several do, the key that distinguishes them is. */
const alternatives = (
  issue: SchemaIssue.AnyOf,
  path: Path,
  valueAt: (path: Path) => unknown
): ReadonlyArray<Refused> => {
  const [only, ...more] = issue.issues
  const value = valueAt(path)
  const discriminator = discriminatorOf(issue.ast)
  if (only !== undefined && more.length === 0) {
    const refused = flatten(only, path, valueAt)
    if (discriminator === undefined || !Predicate.isObject(value)) return refused
    const target = targetBeside(discriminator.key, discriminator.options, path, value)
    return refused.map((one) => (target !== undefined && isAt(one, target.path) ? target : one))
  }
  if (discriminator === undefined || !Predicate.isObject(value)) {
    return [{ path, kind: "value", problem: sentence(issue, value), cure: "" }]
  }
  return [wrongKind(discriminator.key, discriminator.options, path, value)]
}

const wrongKind = (
  key: string,
  options: ReadonlyArray<string>,
  path: Path,
  value: Readonly<Record<string, unknown>>
): Refused => {
  const cure = `Allowed: ${options.join(", ")}.`
  if (value[key] !== undefined) {
    const found = String(value[key])
    return {
      path: [...path, key],
      kind: "value",
      problem: `${show(value[key])} is not allowed here${didYouMean(found, options)}`,
      cure
    }
  }
  return (
    targetBeside(key, options, path, value) ?? {
      path,
      kind: "required",
      problem: `the key "${key}" is required`,
      cure
    }
  )
}

const isAt = (refused: Refused, path: Path): boolean =>
  refused.path.length === path.length && path.every((name, i) => refused.path[i] === name)

/** The refusal of a Python target instead of, or beside, the key that distinguishes the kinds, with what to write. */
const targetBeside = (
  key: string,
  options: ReadonlyArray<string>,
  path: Path,
  value: Readonly<Record<string, unknown>>
): Refused | undefined => {
  const target = value["_target_"]
  if (typeof target !== "string") return undefined
  const replacement = replacementOf(target, options)
  return targetAt([...path, "_target_"], targetCure(key, options, replacement, value[key]))
}

const targetCure = (
  key: string,
  options: ReadonlyArray<string>,
  replacement: string | undefined,
  present: unknown
): string => {
  const possible = `Allowed: ${options.join(", ")}.`
  if (present === undefined)
    return replacement === undefined
      ? `Write ${key}: instead. ${possible}`
      : `Write ${key}: ${replacement} instead.`
  const here = `${key}: ${String(present)}`
  if (replacement === present) return `Remove the key: ${here} already says so.`
  if (replacement !== undefined) return `Write ${key}: ${replacement} in place of both it and ${here}.`
  return `Remove the key, or change ${here}. ${possible}`
}

/** The option that a Python target stands for: `torch.optim.AdamW` is `adamw`. */
const replacementOf = (target: string, options: ReadonlyArray<string>): string | undefined => {
  const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "")
  const name = plain(target.split(".").at(-1) ?? "")
  const exact = options.find((option) => plain(option) === name)
  return (
    exact ??
    options.find((option) => name.startsWith(plain(option)) && plain(option).length > 2) ??
    nearest(name, options)
  )
}
