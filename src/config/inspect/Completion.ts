/** Shell completion of groups, options, keys, values and files on a command line. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Compose from "../compose/Compose.ts"
import { resolve, select } from "../interpolation/Interpolation.ts"
import * as Resolve from "../interpolation/Resolve.ts"
import type { Scope } from "../interpolation/Scope.ts"
import * as Located from "../node/Located.ts"
import { isContainerLike, isMissing, keyOf, type MapNode, type Scalar } from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import * as Override from "../override/Override.ts"
import type { ConfigError } from "../problem/ConfigError.ts"
import type { Repository } from "../source/Repository.ts"

/** The options of the composition that the line would run; its overrides come from the line. */
export type CompletionOptions = Omit<Compose.ComposeOptions, "overrides" | "mode">

/** A command line without the command, as far as completion reads it. */
export interface Line {
  readonly multirun: boolean
  /** The overrides before the word that is being typed. */
  readonly before: ReadonlyArray<string>
  /** The word that is being typed; empty after a space. */
  readonly word: string
}

/**
 * The candidates for the last word of a command line, sorted, each a whole word.
 *
 * A line that is being typed need not compose: what cannot be read has no candidates, because a shell cannot show an
 * error.
 */
export const candidates = Effect.fn("Completion.candidates")(function* (
  { multirun, before, word }: Line,
  options: CompletionOptions
) {
  const file = fileOf(word)
  if (file !== undefined) return yield* files(file.prefix, file.name, options.runtime.cwd)
  const groups = yield* inRepository(word, before, options)
  if (groups.isOption) return sorted(groups.found)
  const composeOptions = { ...options, overrides: before, mode: multirun ? "multirun" : "run" } as const
  const composed = yield* orNothing(Compose.compose(composeOptions))
  const keys = composed === undefined ? [] : keysFor(word, composed.root, options)
  return sorted([...groups.found, ...keys])
})

const sorted = (words: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(words)].sort((one, other) => (one < other ? -1 : 1))

const orNothing = <A, R>(effect: Effect.Effect<A, ConfigError, R>): Effect.Effect<A | undefined, never, R> =>
  Effect.map(Effect.result(effect), (result) => (Result.isSuccess(result) ? result.success : undefined))

// ---- files

/** A value that begins like a path: `key=./model`, `key=/data`. */
const fileOf = (word: string): { readonly prefix: string; readonly name: string } | undefined => {
  const start = word.lastIndexOf("=") + 1
  const name = word.slice(start)
  return start > 0 && /^[./\\]/.test(name) ? { prefix: word.slice(0, start), name } : undefined
}

/** The content of a folder, or the names that complete the one after the last slash. */
const files = Effect.fnUntraced(function* (prefix: string, name: string, cwd: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const list = (folder: string) => Effect.option(fs.readDirectory(path.resolve(cwd, folder)))
  const inside = yield* list(name)
  const slash = name.lastIndexOf("/")
  if (Option.isSome(inside)) return inFolder(prefix + name, inside.value)
  const beside = slash < 0 ? Option.none() : yield* list(name.slice(0, slash + 1))
  const start = name.slice(slash + 1)
  const matching = Option.getOrElse(beside, () => []).filter((each) => each.startsWith(start))
  return inFolder(prefix + name.slice(0, slash + 1), matching)
})

const inFolder = (folder: string, names: ReadonlyArray<string>) =>
  sorted(names.map((name) => (folder.endsWith("/") ? folder + name : `${folder}/${name}`)))

// ---- groups and their options

interface InGroups {
  readonly found: ReadonlyArray<string>
  /** Whether the word names a group that has options, so that it cannot be a key. */
  readonly isOption: boolean
}

const nothing: InGroups = { found: [], isOption: false }

const inRepository = Effect.fnUntraced(function* (
  word: string,
  before: ReadonlyArray<string>,
  options: CompletionOptions
) {
  const overrides = before.flatMap((text, index) => {
    const parsed = Override.parse(text, index)
    return Result.isSuccess(parsed) ? [parsed.success] : []
  })
  const [prefix = "", rest = ""] = /^([+~]?)(.*)$/s.exec(word)?.slice(1) ?? []
  const find = Effect.flatMap(Compose.open({ ...options, overrides: before }, overrides), (repository) =>
    rest.includes("=") ? optionsOf(repository, rest) : groupsBelow(repository, rest, prefix === "~")
  )
  const { found, isOption } = (yield* orNothing(find)) ?? nothing
  return { found: found.map((name) => prefix + name), isOption }
})

const optionsOf = (repository: Repository, word: string) => {
  const group = word.slice(0, word.lastIndexOf("="))
  return Effect.map(repository.options(group), (names) => ({
    found: names.map((name) => `${group}=${name}`).filter((name) => name.startsWith(word)),
    isOption: names.length > 0
  }))
}

const groupsBelow = Effect.fnUntraced(function* (repository: Repository, word: string, isDeletion: boolean) {
  const slash = word.lastIndexOf("/")
  const parent = slash < 0 ? "" : word.slice(0, slash)
  const names = (yield* repository.groups(parent)).map((name) => (parent === "" ? name : `${parent}/${name}`))
  const found: Array<string> = []
  // A hidden folder is not offered unless the word begins with its dot.
  const shown = (name: string) => !/(?:^|\/)\./.test(name) || word.slice(slash + 1).startsWith(".")
  for (const name of names.filter((each) => each.startsWith(word) && shown(each))) {
    const hasOptions = (yield* repository.options(name)).length > 0
    const hasGroups = (yield* repository.groups(name)).length > 0
    found.push(name + suffix(hasOptions, hasGroups, isDeletion))
  }
  return { found, isOption: false }
})

/** A group with options is completed with `=`, a group with groups with `/`, and a group with both with neither. */
const suffix = (hasOptions: boolean, hasGroups: boolean, isDeletion: boolean): string => {
  if (hasGroups) return hasOptions ? "" : "/"
  return hasOptions && !isDeletion ? "=" : ""
}

// ---- keys and values of the composed configuration

/** Keys that complete the word; after `.`, the keys below; after `=`, the current value. */
const keysFor = (
  word: string,
  root: MapNode,
  { runtime, resolvers }: Pick<Compose.ComposeOptions, "runtime" | "resolvers">
): ReadonlyArray<string> => {
  const { env, now } = runtime
  const scope = Resolve.scopeOf({ root, hydra: root, env, now, resolvers })
  const last = word.at(-1)
  if (last === "." || last === "=") return valueAt(word, scope)
  const dot = word.lastIndexOf(".")
  const parent = dot < 0 ? scope.root : find(word.slice(0, dot), scope)
  const prefix = word.slice(0, dot + 1)
  return parent === undefined ? [] : children(parent, word.slice(dot + 1), scope).map((name) => prefix + name)
}

/** The node at a key; undefined if there is none, or if knowing it takes effects. */
const find = (key: string, scope: Scope): Located.Located | undefined => {
  const found = select(scope.root, key, scope.root, scope, false)
  return Result.isSuccess(found) ? found.success : undefined
}

/** After `.`, the keys of a container; after `=`, a scalar. */
const valueAt = (word: string, scope: Scope): ReadonlyArray<string> => {
  const found = find(word.slice(0, -1), scope)
  if (found === undefined) return []
  if (word.endsWith(".")) return children(found, "", scope).map((name) => word + name)
  if (found.node._tag !== "Scalar" || found.node.value === null) return []
  return [isMissing(found.node) ? word : word + text(found.node.value)]
}

const text = (value: Scalar): string => {
  if (value instanceof Uint8Array) return ""
  return typeof value === "number" ? Python.floatText(value) : String(value)
}

/** The keys of a node that begin with `start`, followed by `.` for a container and `=` for a value. */
const children = (parent: Located.Located, start: string, scope: Scope): ReadonlyArray<string> => {
  const { node } = parent
  if (node._tag === "Scalar") return []
  if (node._tag === "Map") {
    return [...node.entries]
      .map(([id, child]) => text(keyOf(node, id)) + (isContainerLike(child) ? "." : "="))
      .filter((name) => name.startsWith(start))
  }
  // A missing item is always offered, as in Hydra; the shell drops what does not fit.
  return node.items.flatMap((item, index) => {
    const name = index + (isContainer(Located.child(parent, index, item), scope) ? "." : "=")
    return name.startsWith(start) || isMissing(item) ? [name] : []
  })
}

/** An index does not reveal what its item is, so interpolations are followed. */
const isContainer = (at: Located.Located, scope: Scope): boolean => {
  const value = resolve(at, scope)
  return Result.isSuccess(value) && isContainerLike(value.success.node)
}
