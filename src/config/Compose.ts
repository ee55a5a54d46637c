/** Composes a configuration: reads the primary config and its defaults, merges them, applies the overrides. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as ApplyOverrides from "./ApplyOverrides.ts"
import * as Choices from "./Choices.ts"
import {
  type ConfigError,
  DefaultsInvalid,
  KeyRefused,
  MergeRefused,
  OverrideRefused,
  SearchPathInvalid,
  ValueRefused
} from "./ConfigError.ts"
import type { Refusal } from "./Convert.ts"
import * as Defaults from "./Defaults.ts"
import type { ResultDefault } from "./DefaultsTree.ts"
import * as HydraNode from "./HydraNode.ts"
import * as KeyPath from "./KeyPath.ts"
import { type Aliases, merge } from "./Merge.ts"
import { nearest } from "./Nearest.ts"
import { emptyMap, type MapNode, map, type Node } from "./Node.ts"
import * as Override from "./Override.ts"
import { isSweep, nestedSweep } from "./OverrideValue.ts"
import * as Repository from "./Repository.ts"
import * as Resolve from "./Resolve.ts"
import type { Resolver, Scope } from "./Scope.ts"
import * as SearchPath from "./SearchPath.ts"
import { placeOf, type Source } from "./Source.ts"

export interface Runtime {
  /** The folder that relative paths are relative to. */
  readonly cwd: string
  /** The moment the run began; `${now:…}` is this everywhere. */
  readonly now: Date
  readonly env: Readonly<Record<string, string | undefined>>
  /** `hydra.job.name` unless the configuration gives one. */
  readonly jobName: string
}

export interface ComposeOptions {
  /** Folders with configs; the first that has a config wins. */
  readonly searchPath: ReadonlyArray<string>
  /** Folders that `pkg://name` of a search path is looked up in, such as `node_modules`; none without it. */
  readonly packageFolders?: ReadonlyArray<string>
  /** Name of the primary config, with or without `.yaml`; undefined composes from overrides alone. */
  readonly configName: string | undefined
  readonly overrides: ReadonlyArray<string>
  readonly runtime: Runtime
  /** `multirun` lets sweeps pass, which are left out here, and groups without option. Default `run`. */
  readonly mode?: "run" | "multirun"
  readonly resolvers?: ReadonlyMap<string, Resolver>
  /** Configs that earlier compositions have read; files that changed since are not read again. */
  readonly cache?: Repository.Cache
}

/** A value of one kind that took the place of another. */
export interface Replacement {
  readonly key: string
  readonly before: Node
  readonly after: Node
}

/** One config of the list, embedded in its package. */
export interface Part {
  readonly result: ResultDefault
  readonly node: Node
  /** The text it was read from; undefined for a built-in config. */
  readonly source: Source | undefined
}

/** What composition gives before anything is said about it. */
export interface Composition {
  /** The whole tree, `hydra` included; interpolations unresolved. */
  readonly root: MapNode
  readonly defaults: Defaults.DefaultsList
  readonly overrides: ReadonlyArray<Override.Override>
  readonly repository: Repository.Repository
  /** The content of each config of the list as it was merged, in its package. */
  readonly parts: ReadonlyArray<Part>
  readonly replacements: ReadonlyArray<Replacement>
  readonly deletions: ReadonlyArray<{
    readonly key: string
    readonly node: Node
    readonly override: Override.Override
  }>
}

export const compose = (
  options: ComposeOptions
): Effect.Effect<Composition, ConfigError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const overrides = yield* Effect.fromResult(parseAll(options.overrides))
    const scopeOf = scopeIn(options)
    const repository = yield* open(options, overrides)
    yield* Effect.fromResult(checkSweeps(overrides, options.mode ?? "run"))
    const choices = yield* Choices.make(repository, overrides)
    const { env, now } = options.runtime
    const skipMissing = options.mode === "multirun"
    const defaults = yield* Defaults.build(repository, options.configName, choices, { skipMissing, env, now })
    const replacements: Array<Replacement> = []
    const replaced = (key: string, before: Node, after: Node) => replacements.push({ key, before, after })
    const parts = yield* loadParts(repository, defaults.list)
    const merged = yield* Effect.fromResult(mergeParts(parts, options, replaced))
    const deletions: Array<Composition["deletions"][number]> = []
    const applied = yield* Effect.fromResult(
      ApplyOverrides.apply(merged, choices.values, {
        scope: scopeOf,
        follow: followIn(options),
        replaced,
        deleted: (key, node, override) => deletions.push({ key, node, override })
      })
    )
    const facts = {
      overrides,
      choices: choices.known,
      searchPath: repository.entries,
      configName: options.configName,
      ...options.runtime
    }
    const root = yield* Effect.fromResult(HydraNode.fill(applied, facts, scopeOf))
    return { root, defaults, overrides, repository, parts, replacements, deletions }
  })

const parseAll = (
  inputs: ReadonlyArray<string>
): Result.Result<ReadonlyArray<Override.Override>, ConfigError> => {
  const parsed: Array<Override.Override> = []
  for (const [index, input] of inputs.entries()) {
    const override = Override.parse(input, index)
    if (Result.isFailure(override)) return Result.fail(override.failure)
    parsed.push(override.success)
  }
  return Result.succeed(parsed)
}

/** The folders that the options, the primary config and the overrides name. */
export const open = (
  options: ComposeOptions,
  overrides: ReadonlyArray<Override.Override>
): Effect.Effect<Repository.Repository, ConfigError, FileSystem.FileSystem | Path.Path> =>
  Effect.flatMap(openFolders(options), (folders) =>
    SearchPath.extend(folders, options.configName, overrides, scopeIn(options))
  )

const openFolders = (options: ComposeOptions) =>
  Effect.gen(function* () {
    const entries = options.searchPath.map((path, index) => ({
      provider: index === 0 ? "main" : "command-line",
      path
    }))
    const places = { cwd: options.runtime.cwd, packageFolders: options.packageFolders }
    const repository = yield* Repository.make([Repository.builtIn, ...entries], places, options.cache)
    const main = repository.entries[1]
    if (main !== undefined && !(yield* repository.isFolder(main))) {
      return yield* new SearchPathInvalid({
        place: undefined,
        problem: `the config folder ${main.path} does not exist`,
        cure: "Check the path; a relative one is relative to the working directory."
      })
    }
    return repository
  })

const scopeIn =
  (options: ComposeOptions) =>
  (root: MapNode): Scope => ({
    ...Resolve.scopeOf({
      root,
      env: options.runtime.env,
      now: options.runtime.now,
      resolvers: options.resolvers
    }),
    composing: true
  })

const followIn =
  (options: ComposeOptions) => (root: Node, _: Node, path: ReadonlyArray<string | number | bigint>) =>
    Resolve.peek({ root, env: options.runtime.env, now: options.runtime.now }, path)

/** Sweeps need a multirun, and even there may not touch the run's own configuration. */
const checkSweeps = (
  overrides: ReadonlyArray<Override.Override>,
  mode: "run" | "multirun"
): Result.Result<void, OverrideRefused> => {
  for (const override of overrides) {
    const problem = sweepProblem(override, mode)
    if (problem !== undefined) {
      return Result.fail(new OverrideRefused({ override: override.input, index: override.index, ...problem }))
    }
  }
  return Result.succeed(undefined)
}

const sweepProblem = (
  override: Override.Override,
  mode: "run" | "multirun"
): { readonly problem: string; readonly cure: string } | undefined => {
  const value = override.value
  if (value === undefined) return undefined
  if (!isSweep(value)) {
    const nested = nestedSweep(value) !== undefined
    return nested
      ? {
          problem: "a sweep cannot stand inside another value",
          cure: "Sweep over whole values: key=[1,2],[3,4]"
        }
      : undefined
  }
  if (mode === "multirun") {
    if (!HydraNode.isHydraOverride(override)) return undefined
    return { problem: "the configuration of hydra itself cannot be swept over", cure: "Give it one value." }
  }
  if (value._tag !== "ChoiceSweep" || !value.simple) {
    return { problem: "a sweep needs --multirun", cure: "Add --multirun (-m), or give one value." }
  }
  const { keyOrGroup } = override.key
  const values = override.input.slice(value.span.start, value.span.end)
  return {
    problem: "several values are ambiguous here",
    cure: [
      `For a list, write ${keyOrGroup}=[${values}]`,
      `For a string, quote it: ${keyOrGroup}='${values}'`,
      "To run once for each, add --multirun (-m)"
    ].join("\n")
  }
}

const loadParts = (
  repository: Repository.Repository,
  list: ReadonlyArray<ResultDefault>
): Effect.Effect<ReadonlyArray<Part>, ConfigError> =>
  Effect.forEach(list, (result) =>
    Effect.flatMap(repository.load(result.config), (loaded) => {
      const node = embed(loaded?.node ?? emptyMap({ _tag: "Computed", by: result.config }), result.package)
      const foreign = !result.primary && result.config !== "hydra/config" && setsSearchPath(node)
      if (!foreign) return Effect.succeed({ result, node, source: loaded?.source })
      return new DefaultsInvalid({
        config: result.config,
        place: placeOf((KeyPath.find(node, "hydra.searchpath") ?? node).origin),
        problem: `"${result.config}" sets hydra.searchpath, which only the primary config may`,
        cure: "Move it there."
      })
    })
  )

const setsSearchPath = (node: Node): boolean => {
  const found = KeyPath.find(node, "hydra.searchpath")
  return found !== undefined && !(found._tag === "Scalar" && (found.value === null || found.value === "???"))
}

/** The content under the keys of its package. */
const embed = (node: Node, pkg: string): Node =>
  pkg === ""
    ? node
    : KeyPath.split(pkg).reduceRight((inner: Node, key) => map(new Map([[key, inner]]), inner.origin), node)

const mergeParts = (
  parts: ReadonlyArray<Part>,
  options: ComposeOptions,
  replaced: (key: string, before: Node, after: Node) => void
): Result.Result<MapNode, ConfigError> => {
  let root: Node = emptyMap({ _tag: "Computed", by: "the defaults list" })
  const aliases = aliasesFor(parts)
  const refusals: Array<Refusal> = []
  const refuse = (refusal: Refusal) => refusals.push(refusal)
  for (const { node, result } of parts) {
    const part = aliases !== undefined && result.package !== "" ? copyOf(node, aliases) : node
    root = merge(root, part, { struct: false, refuse, follow: followIn(options), replaced, aliases })
    const [first] = refusals
    if (first !== undefined) return Result.fail(toError(first, root))
  }
  return root._tag === "Map" ? Result.succeed(root) : Result.succeed(emptyMap(root.origin))
}

/** Only a config that goes to the root, and comes again, can meet what became of it. */
const aliasesFor = (parts: ReadonlyArray<Part>): Aliases | undefined => {
  const names = parts.map(({ result }) => result.config)
  const again = parts.some(
    ({ result }, index) => result.package === "" && names.includes(result.config, index + 1)
  )
  return again ? new WeakMap() : undefined
}

/** A copy of what a config holds by now; a package's content is copied before it is merged. */
const copyOf = (node: Node, aliases: Aliases): Node => {
  const current = aliases.get(node)?.node ?? node
  if (current._tag === "Scalar") return current
  if (current._tag === "List")
    return { ...current, items: current.items.map((item) => copyOf(item, aliases)) }
  return {
    ...current,
    entries: new Map([...current.entries].map(([id, child]) => [id, copyOf(child, aliases)]))
  }
}

/** A refusal of a merge as an error with its places. */
export const toError = (refusal: Refusal, root: Node): MergeRefused | KeyRefused | ValueRefused => {
  const { key, problem, subject } = refusal
  const about = subject === "field" || subject === "key" ? "key" : "value"
  const place = placeOf(refusal.node.origin, about)
  if (subject === "field") {
    const name = KeyPath.split(key).at(-1) ?? key
    return new KeyRefused({
      key,
      place,
      problem: `${key}: ${problem}`,
      nearest: nearest(name, refusal.known ?? [])
    })
  }
  if (subject !== "merge") return new ValueRefused({ key, place, subject: about, problem })
  const onto = KeyPath.find(root, key)
  return new MergeRefused({
    key,
    place,
    onto: onto === undefined ? undefined : placeOf(onto.origin),
    problem
  })
}
