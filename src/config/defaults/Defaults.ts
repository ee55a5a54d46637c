/**
 * Builds the defaults tree of a primary config as Hydra 1.3 does, and reads from it the list of configs to merge.
 *
 * Lists are walked from their end, so that `override` entries of later configs reach the earlier ones; entries whose
 * option is an interpolation are read last, when all other options are known.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { placeOf } from "../node/Source.ts"
import {
  type ChoiceMissing,
  type ConfigNotFound,
  DefaultsInvalid,
  type FileUnreadable,
  type OverrideRefused
} from "../problem/ConfigError.ts"
import type { LoadError, LoadedConfig, Repository } from "../source/Repository.ts"
import * as Choices from "./Choices.ts"
import * as Default from "./Default.ts"
import { resolveEntry } from "./DefaultInterpolation.ts"
import * as DefaultsProblems from "./Problems.ts"
import { emptyName, firstDuplicate, flatten, type ResultDefault, type Tree } from "./Tree.ts"

export interface DefaultsList {
  readonly tree: Tree
  readonly list: ReadonlyArray<ResultDefault>
  readonly choices: Choices.Choices
}

export type DefaultsError =
  | ChoiceMissing
  | ConfigNotFound
  | DefaultsInvalid
  | FileUnreadable
  | OverrideRefused
  | LoadError

interface Build extends BuildOptions {
  readonly repository: Repository
  readonly choices: Choices.Choices
  /** Configs that reading ahead has asked for. */
  readonly asked: Set<string>
}

export interface BuildOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: Date
  /** Whether a group without an option is skipped instead of refused, as when a sweep is prepared. */
  readonly skipMissing: boolean
}

type Step<A> = Effect.Effect<A, DefaultsError>

/** The defaults of a primary config, after those of the run itself. Without a name, the primary config is empty. */
export const build = (
  repository: Repository,
  name: string | undefined,
  choices: Choices.Choices,
  options: BuildOptions
): Step<DefaultsList> =>
  Effect.gen(function* () {
    const root: Tree = { entry: Default.config("<root>"), parent: undefined, children: undefined }
    const state: Build = { repository, choices, asked: new Set(), ...options }
    const primary: Tree = { entry: Default.primary(name ?? emptyName), parent: root, children: undefined }
    const hydra: Tree = { entry: Default.config("hydra/config"), parent: root, children: undefined }
    // The primary config comes first here, because it may override the groups of the run's own configuration.
    yield* grow(primary, state, name === undefined ? emptyConfig : undefined, false)
    yield* grow(hydra, state, undefined, false)
    root.children = [hydra, primary]
    const list = flatten(root)
    const duplicate = firstDuplicate(list)
    if (duplicate !== undefined) return yield* duplicate
    const unused = Choices.unused(choices)
    if (unused !== undefined) return yield* unused
    return { tree: root, list, choices }
  })

type Content = Pick<LoadedConfig, "node" | "defaults" | "header">
const emptyConfig: Content = {
  node: {
    _tag: "Map",
    entries: new Map(),
    oddKeys: undefined,
    origin: { _tag: "Computed", by: "nothing" },
    type: { _tag: "Any" },
    prior: undefined
  },
  defaults: Result.succeed([]),
  header: { package: undefined, disabled: undefined, problem: undefined }
}

/** Reads the entry's config and grows the tree below it. `interpolated` is set below an entry whose option is an interpolation. */
const grow = (tree: Tree, state: Build, given: Content | undefined, interpolated: boolean): Step<void> =>
  Effect.gen(function* () {
    const { entry } = tree
    const cycle = DefaultsProblems.cycleOf(tree)
    if (cycle !== undefined) return yield* cycle
    const loaded = given ?? (yield* loadEntry(tree, state))
    if (Choices.deletes(state.choices, entry)) {
      entry.deleted = true
      return
    }
    yield* Effect.fromResult(Choices.record(state.choices, entry))
    if (Default.nameOf(entry) === null) return
    if (Default.configPath(entry).endsWith("???")) return yield* DefaultsProblems.missing(entry, state)
    if (loaded !== undefined) return yield* growList(tree, loaded, state, interpolated)
    if (!entry.optional) return yield* DefaultsProblems.notFound(tree, state)
    entry.deleted = true
  })

const loadEntry = (tree: Tree, state: Build): Step<Content | undefined> =>
  Effect.gen(function* () {
    const { entry } = tree
    if (Default.isMissing(entry) || Default.nameOf(entry) === null) return undefined
    const loaded = yield* state.repository.load(Default.configPath(entry))
    if (loaded === undefined && entry.primary) return yield* DefaultsProblems.notFound(tree, state)
    Default.setHeader(entry, loaded?.header.package)
    return loaded
  })

const growList = (tree: Tree, loaded: Content, state: Build, interpolated: boolean): Step<void> =>
  Effect.gen(function* () {
    const { entry } = tree
    const items = yield* Effect.mapError(
      Effect.fromResult(loaded.defaults),
      ({ origin, problem, cure }) =>
        new DefaultsInvalid({ config: Default.configPath(entry), place: placeOf(origin), problem, cure })
    )
    const entries = items.map(Default.fromItem)
    const external = entry.primary ? state.choices.appended : []
    if (entries.length > 0 || external.length > 0) yield* Effect.fromResult(completeSelf(entry, entries))
    entries.push(...external)
    yield* Effect.fromResult(checkOverrides(entry, entries, state, interpolated))
    yield* readAhead(entries, state.repository, state.asked)
    const children = yield* growChildren(tree, entries, state, interpolated)
    if (children.length > 0) tree.children = children
  })

/** A list without `_self_` has it at its end. */
const completeSelf = (
  parent: Default.Default,
  entries: Array<Default.Default>
): Result.Result<void, DefaultsInvalid> => {
  const selves = entries.filter(Default.isSelf)
  const second = selves[1]
  if (second !== undefined) {
    return Result.fail(
      DefaultsProblems.invalid(
        parent,
        second,
        `_self_ appears twice in the defaults list of "${Default.configPath(parent)}"`,
        "Keep one of them."
      )
    )
  }
  if ((selves.length === 0 && entries.some((entry) => !entry.override)) || entries.length === 0) {
    entries.push(Default.config("_self_"))
  }
  return Result.succeed(undefined)
}

/** `override` entries come last in their list and decide their groups. */
const checkOverrides = (
  parent: Default.Default,
  entries: ReadonlyArray<Default.Default>,
  state: Build,
  interpolated: boolean
): Result.Result<void, DefaultsInvalid> => {
  let seen: Default.Default | undefined
  for (const entry of entries) {
    if (Default.isSelf(entry)) continue
    Default.place(entry, Default.groupPath(parent), Default.finalPackage(parent))
    if (seen !== undefined && !entry.override && !entry.external) {
      const problem = `the override of "${Default.overrideKey(seen)}" comes before "${Default.overrideKey(entry)}"`
      return Result.fail(
        DefaultsProblems.invalid(parent, seen, problem, "Overrides belong at the end of a defaults list.")
      )
    }
    if (!entry.override) continue
    seen = entry
    if (interpolated) {
      const problem = `"${Default.overrideKey(entry)}" is overridden below an entry whose option is an interpolation`
      return Result.fail(
        DefaultsProblems.invalid(
          parent,
          entry,
          problem,
          "Options that are interpolations are resolved last, when groups can no longer change."
        )
      )
    }
    Choices.decide(state.choices, Default.configPath(parent), entry)
  }
  return Result.succeed(undefined)
}

const growChildren = (
  tree: Tree,
  entries: ReadonlyArray<Default.Default>,
  state: Build,
  interpolated: boolean
): Step<ReadonlyArray<Tree>> =>
  Effect.gen(function* () {
    const children: Array<Tree> = []
    const last: Array<Tree> = []
    for (const entry of [...entries].reverse()) {
      if (entry.override) continue
      const child: Tree = { entry, parent: tree, children: undefined }
      if (Default.isSelf(entry)) {
        placeSelf(entry, tree.entry)
        children.push(child)
        continue
      }
      Choices.apply(state.choices, entry)
      if (typeof entry.value === "object" && entry.value !== null) {
        children.push(...(yield* growOptions(tree, entry, entry.value, state, interpolated)))
        continue
      }
      children.push(child)
      if (Default.isInterpolation(entry)) last.push(child)
      else yield* grow(child, state, undefined, interpolated)
    }
    const known = new Map(state.choices.known)
    for (const child of last) {
      yield* resolveEntry(child.entry, {
        config: Default.configPath(tree.entry),
        known,
        env: state.env,
        now: state.now
      })
      yield* grow(child, state, undefined, true)
    }
    return children.reverse()
  })

/** `_self_` goes where its config goes. */
const placeSelf = (self: Default.Default, parent: Default.Default): void =>
  Default.place(self, parent.parentFolder, parent.package ?? parent.header ?? "")

/** A group with several options: one config each. */
const growOptions = (
  tree: Tree,
  group: Default.Default,
  names: ReadonlyArray<string>,
  state: Build,
  interpolated: boolean
): Step<ReadonlyArray<Tree>> =>
  Effect.gen(function* () {
    const children: Array<Tree> = []
    for (const name of [...names].reverse()) {
      if (name.includes("${")) {
        return yield* DefaultsProblems.invalid(
          tree.entry,
          group,
          `"${name}" in a list of options is an interpolation`,
          "Only a single option can be an interpolation."
        )
      }
      const entry = Default.option(group, name)
      Default.place(entry, Default.groupPath(tree.entry), Default.finalPackage(tree.entry))
      const child: Tree = { entry, parent: tree, children: undefined }
      yield* grow(child, state, undefined, interpolated)
      children.push(child)
    }
    return children
  })

/**
 * Loads the entries' configs, and those that these name, at once instead of each in its turn. Problems are reported when
 * it is a config's turn, which may never come.
 */
const readAhead = (
  entries: ReadonlyArray<Default.Default>,
  repository: Repository,
  asked: Set<string>
): Effect.Effect<void> => {
  const names = entries.flatMap(likely).filter((name) => !asked.has(name) && asked.add(name).size > 0)
  return Effect.forEach(
    names,
    (name) =>
      Effect.ignore(
        Effect.flatMap(repository.load(name), (loaded) =>
          loaded === undefined ? Effect.void : readAhead(entriesOf(name, loaded), repository, asked)
        )
      ),
    { discard: true, concurrency: "unbounded" }
  )
}

/** The config that an entry asks for, unless its option is changed. */
const likely = (entry: Default.Default): ReadonlyArray<string> => {
  if (entry.override || Default.isSelf(entry) || Default.isInterpolation(entry)) return []
  return entry.kind === "config" || typeof entry.value === "string" ? [Default.configPath(entry)] : []
}

const entriesOf = (name: string, { defaults }: LoadedConfig): ReadonlyArray<Default.Default> => {
  const entries = Result.isSuccess(defaults) ? defaults.success.map(Default.fromItem) : []
  const folder = name.slice(0, Math.max(0, name.lastIndexOf("/")))
  for (const entry of entries) Default.place(entry, folder, "")
  return entries
}
