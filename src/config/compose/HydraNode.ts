/** Fills the `hydra` node with what is known once a configuration is composed: overrides, choices, runtime, job. */
import * as Result from "effect/Result"
import { select } from "../interpolation/Interpolation.ts"
import type { Scope } from "../interpolation/Scope.ts"
import { set } from "../merge/Update.ts"
import { isMissing, type MapNode, type Node } from "../node/Node.ts"
import * as Plain from "../node/Plain.ts"
import * as Python from "../node/Python.ts"
import type { Origin } from "../node/Source.ts"
import type { Override } from "../override/Override.ts"
import { OverrideRefused } from "../problem/ConfigError.ts"
import type { SearchPathEntry } from "../source/Repository.ts"

/** The version of Hydra that this behaves as. */
export const hydraVersion = "1.3.2"

export interface RunFacts {
  readonly overrides: ReadonlyArray<Override>
  readonly choices: ReadonlyMap<string, string | null>
  readonly searchPath: ReadonlyArray<SearchPathEntry>
  readonly configName: string | undefined
  readonly jobName: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const origin: Origin = { _tag: "Computed", by: "the run" }

/** Whether an override belongs to the configuration of the run itself rather than of the task. */
export const isHydraOverride = ({ key }: Override): boolean =>
  key.keyOrGroup.startsWith("hydra.") || key.keyOrGroup.startsWith("hydra/")

/** The configuration with its `hydra` node filled; `scopeOf` gives the scope of its interpolations. */
export const fill = (
  root: MapNode,
  facts: RunFacts,
  scopeOf: (root: MapNode) => Scope
): Result.Result<MapNode, OverrideRefused> => {
  const own = facts.overrides.filter(isHydraOverride).map(({ input }) => input)
  const task = facts.overrides.filter((override) => !isHydraOverride(override))
  const values: Array<readonly [string, Plain.Input]> = [
    ["hydra.overrides.hydra", [...strings(root, "hydra.overrides.hydra", scopeOf), ...own]],
    [
      "hydra.overrides.task",
      [...strings(root, "hydra.overrides.task", scopeOf), ...task.map(({ input }) => input)]
    ],
    ["hydra.runtime.choices", Object.fromEntries(facts.choices)],
    ...environment(root, facts, scopeOf),
    ["hydra.runtime.version", hydraVersion],
    ["hydra.runtime.version_base", "1.3"],
    ["hydra.runtime.cwd", facts.cwd],
    [
      "hydra.runtime.config_sources",
      [...facts.searchPath.map(sourceInfo), { path: "", schema: "structured", provider: "schema" }]
    ],
    ["hydra.job.override_dirname", overrideDirname(root, task, scopeOf)],
    ["hydra.job.config_name", facts.configName ?? null]
  ]
  if (valueAt(root, "hydra.job.name", scopeOf) === undefined) values.push(["hydra.job.name", facts.jobName])
  let current: Node = root
  for (const [key, value] of values) {
    const next: ReturnType<typeof set> = set(current, key, Plain.toNode(value, origin), {
      create: true,
      follow: undefined,
      replaced: undefined
    })
    if (Result.isFailure(next)) return Result.fail(spoiled(key))
    current = next.success
  }
  return current._tag === "Map" ? Result.succeed(current) : Result.fail(spoiled("hydra"))
}

const spoiled = (key: string): OverrideRefused =>
  new OverrideRefused({
    override: key,
    index: -1,
    problem: `"${key}" has been replaced by a value that the run cannot write to`,
    cure: "Remove the value that replaces it."
  })

const valueAt = (root: MapNode, key: string, scopeOf: (root: MapNode) => Scope): Node | undefined => {
  const scope = scopeOf(root)
  const found = select(scope.root, key, scope.root, scope, false)
  if (Result.isFailure(found) || found.success === undefined) return undefined
  return isMissing(found.success.node) ? undefined : found.success.node
}

const strings = (root: MapNode, key: string, scopeOf: (root: MapNode) => Scope): ReadonlyArray<string> => {
  const node = valueAt(root, key, scopeOf)
  return node?._tag === "List" ? node.items.map(Python.nodeText) : []
}

/** `hydra.job.env_copy` names variables whose values go to `hydra.job.env_set`. */
const environment = (
  root: MapNode,
  facts: RunFacts,
  scopeOf: (root: MapNode) => Scope
): ReadonlyArray<readonly [string, Plain.Input]> =>
  strings(root, "hydra.job.env_copy", scopeOf).map((name) => [
    `hydra.job.env_set.${name}`,
    facts.env[name] ?? ""
  ])

const sourceInfo = ({ path, provider }: SearchPathEntry): Plain.Input => {
  const scheme = path.indexOf("://")
  if (scheme === -1) return { path, schema: "file", provider }
  return { path: path.slice(scheme + 3), schema: path.slice(0, scheme), provider }
}

/** The task's overrides as one name for a folder: sorted, joined, `=` and `,` as configured. */
const overrideDirname = (
  root: MapNode,
  task: ReadonlyArray<Override>,
  scopeOf: (root: MapNode) => Scope
): string => {
  const config = "hydra.job.config.override_dirname"
  const text = (key: string, fallback: string): string => {
    const node = valueAt(root, `${config}.${key}`, scopeOf)
    return node?._tag === "Scalar" && node.value !== null ? Python.nodeText(node) : fallback
  }
  const excluded = strings(root, `${config}.exclude_keys`, scopeOf)
  const lines = task.filter(({ key }) => !excluded.includes(key.keyOrGroup)).map(({ input }) => input)
  return lines.sort().join(text("item_sep", ",")).replaceAll("=", text("kv_sep", "="))
}
