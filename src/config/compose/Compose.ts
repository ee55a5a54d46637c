/** Composes a configuration: reads the primary config and its defaults, merges them, applies the overrides. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Choices from "../defaults/Choices.ts"
import * as Defaults from "../defaults/Defaults.ts"
import * as Resolve from "../interpolation/Resolve.ts"
import type { Resolver, Scope } from "../interpolation/Scope.ts"
import type { MapNode, Node } from "../node/Node.ts"
import * as Plain from "../node/Plain.ts"
import * as Override from "../override/Override.ts"
import { isSweep, nestedSweep, type OverrideValue } from "../override/Value.ts"
import { type ConfigError, OverrideRefused, SearchPathInvalid } from "../problem/ConfigError.ts"
import * as Repository from "../source/Repository.ts"
import * as SearchPath from "../source/SearchPath.ts"
import * as ApplyOverrides from "./ApplyOverrides.ts"
import * as HydraNode from "./HydraNode.ts"
import * as Parts from "./Parts.ts"

export interface Runtime {
  /** The folder that relative paths are relative to. */
  readonly cwd: string
  /** When the run began; `${now:…}` is this moment everywhere. */
  readonly now: Date
  readonly env: Readonly<Record<string, string | undefined>>
  /** `hydra.job.name` unless the configuration gives one. */
  readonly jobName: string
}

export type Mode = "run" | "multirun" | "values"

export interface ComposeOptions {
  /** Folders with configs; the first that has a config wins. */
  readonly searchPath: ReadonlyArray<string>
  /** Folders in which `pkg://name` of a search path is looked up, such as `node_modules`. Default: none. */
  readonly packageFolders?: ReadonlyArray<string>
  /** Name of the primary config, with or without `.yaml`; if undefined, only overrides are composed. */
  readonly configName: string | undefined
  readonly overrides: ReadonlyArray<string>
  readonly runtime: Runtime
  /**
   * `multirun` skips sweeps and groups without an option instead of refusing them; `values` is for `base` and overrides
   * alone, whose keys the Schema knows: nothing can be swept, and `key=value` adds what is not there yet. Default: `run`.
   */
  readonly mode?: Mode
  readonly resolvers?: ReadonlyMap<string, Resolver>
  /** Values beneath all configs, whose keys overrides may set: what Hydra calls a structured config. */
  readonly base?: { readonly [key: string]: Plain.Input } | undefined
  /** Configs that earlier compositions have read; files that changed since are not read again. */
  readonly cache?: Repository.Cache
}

/** A value that replaced a value of another kind. */
export interface Replacement {
  readonly key: string
  readonly before: Node
  readonly after: Node
}

/** The result of composition, before its warnings. */
export interface Composition {
  /** The whole tree, `hydra` included; interpolations unresolved. */
  readonly root: MapNode
  readonly defaults: Defaults.DefaultsList
  readonly overrides: ReadonlyArray<Override.Override>
  readonly repository: Repository.Repository
  /** The content of each config of the list as it was merged, in its package. */
  readonly parts: ReadonlyArray<Parts.Part>
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
    const replaced = (key: string, before: Node, after: Node) => {
      if (!isDefault(before)) replacements.push({ key, before, after })
    }
    const parts = yield* Parts.load(repository, defaults.list)
    const merged = yield* Effect.fromResult(
      Parts.mergeAll(parts, { base: baseOf(options), follow: followIn(options), replaced })
    )
    const deletions: Array<Composition["deletions"][number]> = []
    const applied = yield* Effect.fromResult(
      ApplyOverrides.apply(merged, choices.values, {
        scope: scopeOf,
        adds: options.mode === "values",
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

const planDefaults = "the defaults of the plan"

/** Whether nobody wrote any of a value: what the plan itself says may have several kinds, and decoding knows them. */
const isDefault = (node: Node): boolean => {
  if (node._tag === "Map") return [...node.entries.values()].every(isDefault)
  return node.origin._tag === "Computed" && node.origin.by === planDefaults
}

const baseOf = ({ base, mode }: ComposeOptions): Node | undefined => {
  const by = mode === "values" ? "the parameters" : planDefaults
  return base === undefined ? undefined : Plain.toNode(base, { _tag: "Computed", by })
}

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
    // A folder that the options name must exist; those of `hydra.searchpath` come later, and may be absent as in Hydra.
    for (const entry of repository.entries.slice(1)) {
      if (yield* repository.isFolder(entry)) continue
      return yield* new SearchPathInvalid({
        place: undefined,
        problem: `the config folder ${entry.path} does not exist`,
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

/** Sweeps need a multirun, and even then cannot change the configuration of the run itself. */
const checkSweeps = (
  overrides: ReadonlyArray<Override.Override>,
  mode: Mode
): Result.Result<void, OverrideRefused> => {
  for (const override of overrides) {
    const problem = sweepProblem(override, mode)
    if (problem !== undefined) {
      return Result.fail(OverrideRefused.of(override, problem.problem, problem.cure))
    }
  }
  return Result.succeed(undefined)
}

interface SweepProblem {
  readonly problem: string
  readonly cure: string
}

const sweepProblem = (override: Override.Override, mode: Mode): SweepProblem | undefined => {
  const value = override.value
  if (value === undefined) return undefined
  if (!isSweep(value)) {
    const nested = nestedSweep(value) !== undefined
    return nested
      ? {
          problem: "a sweep cannot be inside another value",
          cure: "Sweep over whole values: key=[1,2],[3,4]"
        }
      : undefined
  }
  if (mode !== "multirun") return sweepWithoutMultirun(override, value, mode)
  if (!HydraNode.isHydraOverride(override)) return undefined
  return { problem: "the configuration of hydra itself cannot be swept", cure: "Give it one value." }
}

const sweepWithoutMultirun = (
  override: Override.Override,
  value: OverrideValue,
  mode: Exclude<Mode, "multirun">
): SweepProblem => {
  if (value._tag !== "ChoiceSweep" || !value.simple) {
    return mode === "values"
      ? { problem: "a sweep is not possible here", cure: "Give it one value." }
      : { problem: "a sweep needs --multirun", cure: "Add --multirun (-m), or give one value." }
  }
  const { keyOrGroup } = override.key
  const values = override.input.slice(value.span.start, value.span.end)
  return {
    problem: "several values are ambiguous here",
    cure: [
      `For a list, write ${keyOrGroup}=[${values}]`,
      `For a string, quote it: ${keyOrGroup}='${values}'`,
      ...(mode === "values" ? [] : ["To run once for each, add --multirun (-m)"])
    ].join("\n")
  }
}
