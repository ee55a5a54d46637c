/** What of a data set never comes apart: the groups that `data.split.group` names. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { DataError } from "../task/Dataset.ts"

export interface Groups {
  /** Of each name; a sample without a group has its name. */
  readonly keys: ReadonlyMap<string, string>
  readonly warnings: ReadonlyArray<string>
}

/** Spellings of one merchant: case, white space and Unicode form make no difference. */
const folded = (text: string): string => text.normalize("NFC").toLowerCase().trim().replace(/\s+/g, " ")

const refused = (group: string, problem: string) =>
  new DataError({
    where: `data.split.group=${group}`,
    problem,
    cure: "It is folder, /pattern/ with a group in parentheses, or file.json:key."
  })

/** The key of a name, if it has one. */
type KeyOf = (name: string) => string | undefined

const byFolder: KeyOf = (name) => {
  const end = name.lastIndexOf("/")
  return end < 0 ? undefined : name.slice(0, end)
}

const byPattern = (group: string): Effect.Effect<KeyOf, DataError> => {
  const compiled = Result.try(() => new RegExp(group.slice(1, -1), "u"))
  return Result.isSuccess(compiled)
    ? Effect.succeed((name: string) => {
        const found = compiled.success.exec(name)
        return found?.[1] ?? found?.[0]
      })
    : Effect.fail(refused(group, `the pattern is no regular expression: ${String(compiled.failure)}`))
}

/** The record of names: the whole document, or what an annotation file has at `images`. */
const recordIn = (value: unknown): { readonly [name: string]: unknown } | undefined => {
  if (!Predicate.isObject(value)) return undefined
  return Predicate.isObject(value["images"]) ? value["images"] : value
}

const wordOf = (value: unknown): string | undefined => {
  const text = typeof value === "number" ? String(value) : value
  return typeof text === "string" && folded(text) !== "" ? folded(text) : undefined
}

const readJson = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const bad = (problem: string) =>
    new DataError({
      where: file,
      problem,
      cure: 'It holds the groups by name: {"a.jpg": {"company": "..."}}, for data.split.group=<file>:company.'
    })
  const text = yield* fs
    .readFileString(file)
    .pipe(Effect.mapError(({ message }) => bad(`it cannot be read (${message})`)))
  const parsed = Result.try((): unknown => JSON.parse(text))
  if (Result.isFailure(parsed)) return yield* bad(`it is not JSON (${String(parsed.failure)})`)
  const record = recordIn(parsed.success)
  return record ?? (yield* bad("it is no record of names"))
})

const byFile = Effect.fnUntraced(function* (root: string, group: string) {
  const [, name = "", key] = /^(.+?\.json)(?::(.+))?$/.exec(group) ?? []
  const record = yield* readJson((yield* Path.Path).resolve(root, name))
  const keyOf: KeyOf = (sample) => {
    const value = Object.hasOwn(record, sample) ? record[sample] : undefined
    return wordOf(key !== undefined && Predicate.isObject(value) ? value[key] : value)
  }
  return keyOf
})

const keyer = (
  root: string,
  group: string
): Effect.Effect<KeyOf, DataError, FileSystem.FileSystem | Path.Path> => {
  if (group === "folder") return Effect.succeed(byFolder)
  if (/^\/.+\/$/.test(group)) return byPattern(group)
  if (/\.json(:.+)?$/.test(group)) return byFile(root, group)
  return Effect.fail(refused(group, "nothing groups samples by this"))
}

/** The groups of samples by their names; files are looked for in `root`. */
export const of = Effect.fn("Groups.of")(function* (
  root: string,
  group: string | null,
  names: ReadonlyArray<string>
): Effect.fn.Return<Groups, DataError, FileSystem.FileSystem | Path.Path> {
  if (group === null) return { keys: new Map(names.map((name) => [name, name])), warnings: [] }
  const keyOf = yield* keyer(root, group)
  const found = names.map((name) => [name, keyOf(name)] as const)
  const alone = found.flatMap(([name, key]) => (key === undefined ? [name] : []))
  if (alone.length === names.length && names.length > 0) {
    return yield* refused(group, `none of the ${names.length} samples has a group, as ${names[0]}`)
  }
  return {
    keys: new Map(found.map(([name, key]) => [name, key ?? name])),
    warnings:
      alone.length === 0
        ? []
        : [
            `data.split.group=${group}: ${alone.length} of ${names.length} samples have no group and are alone, as ${alone[0]}`
          ]
  }
})
