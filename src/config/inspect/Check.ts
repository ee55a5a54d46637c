/**
 * Checks a whole config tree: composes every primary config, each with every option of every group it offers, and
 * reports what does not compose or decode, what composes with warnings, and what nothing ever uses.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { ComposeOptions, Composition } from "../compose/Compose.ts"
import { type Composed, compose } from "../compose/Composed.ts"
import * as KeyOutcome from "../compose/KeyOutcome.ts"
import * as Decode from "../decode/Decode.ts"
import { type Place, placeOf, type Source } from "../node/Source.ts"
import { ConfigInvalid } from "../problem/ConfigInvalid.ts"
import * as Repository from "../source/Repository.ts"
import {
  CompositionBroken,
  CompositionDoubtful,
  FileDead,
  type Finding,
  GroupUnreachable,
  KeyDead
} from "./Finding.ts"
import * as Inventory from "./Inventory.ts"

export interface CheckOptions
  extends Pick<ComposeOptions, "searchPath" | "packageFolders" | "runtime" | "resolvers"> {
  /** Names of the primary configs; by default, the configs at the top that no defaults list names. */
  readonly primaries?: ReadonlyArray<string>
  /** Groups to try although no defaults list offers them. Default: all of them. */
  readonly additions?: ReadonlyArray<string>
  /** What the primary configs must decode to, by name; the others are only composed. */
  readonly schemas?: Readonly<Record<string, Schema.Codec<unknown, unknown>>>
}

type Environment = FileSystem.FileSystem | Path.Path

/** All findings; none if all is well. */
export const check = (
  options: CheckOptions
): Effect.Effect<ReadonlyArray<Finding>, Repository.LoadError, Environment> =>
  Effect.gen(function* () {
    const entries = options.searchPath.map((path) => ({ provider: "main", path }))
    const places = { cwd: options.runtime.cwd, packageFolders: options.packageFolders }
    const inventory = yield* Inventory.read(yield* Repository.make([Repository.builtIn, ...entries], places))
    const unreadable = unreadableIn(inventory)
    if (unreadable.length > 0) return unreadable
    const trial: Trial = { options, cache: new Map(), ledger: new Map(), findings: [] }
    for (const name of options.primaries ?? primariesOf(inventory)) yield* tryPrimary(name, inventory, trial)
    return unique([...trial.findings, ...unusedIn(inventory), ...deadKeys(trial.ledger)])
  })

interface Trial {
  readonly options: CheckOptions
  readonly cache: Repository.Cache
  readonly ledger: Ledger
  readonly findings: Array<Finding>
}

const unreadableIn = ({ configs }: Inventory.Inventory): ReadonlyArray<Finding> =>
  [...configs].flatMap(([config, loaded]) =>
    Result.isFailure(loaded)
      ? [new CompositionBroken({ config, overrides: [], problem: loaded.failure.message })]
      : []
  )

const primariesOf = ({ configs, named }: Inventory.Inventory): ReadonlyArray<string> =>
  [...configs.keys()].filter((name) => !name.includes("/") && !named.has(name))

/** The primary config as it is, with each other option of its groups, and with each option of the groups that it can add. */
const tryPrimary = (
  name: string,
  inventory: Inventory.Inventory,
  trial: Trial
): Effect.Effect<void, never, Environment> =>
  Effect.gen(function* () {
    const composed = yield* tryOne(name, [], trial)
    if (composed === undefined) return
    for (const overrides of alternatives(composed, inventory, trial.options))
      yield* tryOne(name, overrides, trial)
  })

const alternatives = (
  composed: Composed,
  { groups, chosen }: Inventory.Inventory,
  { additions }: CheckOptions
): ReadonlyArray<ReadonlyArray<string>> => {
  const offered = [...composed.choices].filter(([key]) => !key.startsWith("hydra/"))
  const others = offered.flatMap(([key, current]) => {
    const options = groups.get(key.split("@")[0] ?? "") ?? []
    return options.filter((option) => option !== current).map((option) => [`${key}=${option}`])
  })
  const added = [...groups].filter(
    ([group]) =>
      !chosen.has(group) &&
      !group.startsWith("hydra/") &&
      (additions === undefined || additions.includes(group))
  )
  return [...others, ...added.flatMap(([group, options]) => options.map((option) => [`+${group}=${option}`]))]
}

const tryOne = (
  config: string,
  overrides: ReadonlyArray<string>,
  trial: Trial
): Effect.Effect<Composed | undefined, never, Environment> =>
  Effect.gen(function* () {
    const { options, cache, ledger, findings } = trial
    const { runtime, searchPath } = options
    const composed = yield* Effect.result(
      compose({ ...options, searchPath, runtime, cache, configName: config, overrides })
    )
    if (Result.isFailure(composed)) {
      findings.push(new CompositionBroken({ config, overrides, problem: composed.failure.message }))
      return undefined
    }
    note(ledger, composed.success.composition)
    for (const { message } of yield* decodeOne(config, overrides, composed.success, trial))
      findings.push(new CompositionDoubtful({ config, overrides, warning: message }))
    return composed.success
  })

/** Decodes a composition that has a schema. The result is its warnings, or those of the composition if decoding fails. */
const decodeOne = (
  config: string,
  overrides: ReadonlyArray<string>,
  composed: Composed,
  { options, findings }: Trial
): Effect.Effect<Composed["warnings"]> => {
  const schema = options.schemas?.[config]
  if (schema === undefined) return Effect.succeed(composed.warnings)
  return Effect.map(Effect.result(Decode.decode(schema, composed)), (decoded) => {
    if (Result.isSuccess(decoded)) return decoded.success.warnings
    findings.push(...brokenBy(decoded.failure, config, overrides))
    return composed.warnings
  })
}

/** A value that must be given later is not a fault of the tree. */
const brokenBy = ({ problems }: ConfigInvalid, config: string, overrides: ReadonlyArray<string>) => {
  const faults = problems.filter(({ kind }) => kind !== "missing")
  if (faults.length === 0) return []
  return [
    new CompositionBroken({
      config,
      overrides,
      problem: new ConfigInvalid({ problems: faults }).message
    })
  ]
}

const unusedIn = ({ configs, groups, chosen, named }: Inventory.Inventory): ReadonlyArray<Finding> => {
  const findings: Array<Finding> = []
  for (const [group, options] of groups) {
    if (chosen.has(group) || group.startsWith("hydra/")) continue
    const unnamed = options.filter((option) => !named.has(`${group}/${option}`))
    if (unnamed.length === options.length) findings.push(new GroupUnreachable({ group, options }))
    else for (const option of unnamed) findings.push(fileDead(`${group}/${option}`, configs))
  }
  return findings
}

const fileDead = (config: string, configs: Inventory.Inventory["configs"]): FileDead => {
  const loaded = configs.get(config)
  const path = loaded !== undefined && Result.isSuccess(loaded) ? loaded.success.source?.path : undefined
  return new FileDead({ config, path: path ?? config })
}

/** Each finding once: a disabled header shows up in every composition. */
const unique = (findings: ReadonlyArray<Finding>): ReadonlyArray<Finding> => {
  const seen = new Set<string>()
  return findings.filter((finding) => {
    const text = finding._tag === "CompositionDoubtful" ? finding.warning : finding.message
    return seen.has(text) ? false : seen.add(text).size > 0
  })
}

// ---- which values of the files have an effect in any composition

/** What is known of one value in a file. */
interface Standing {
  readonly key: string
  readonly place: Place
  kept: boolean
  winner: Place | undefined
}

type Ledger = Map<Source, Map<number, Standing>>

/** Notes what became of every value of a composition that no override touched. */
const note = (ledger: Ledger, composition: Composition): void => {
  for (const { node, source, result } of composition.parts) {
    if (source === undefined || result.config.startsWith("hydra/")) continue
    const standings = ledger.get(source) ?? new Map<number, Standing>()
    ledger.set(source, standings)
    for (const outcome of KeyOutcome.of(node, composition.root)) noteOutcome(standings, outcome)
  }
}

const noteOutcome = (
  standings: Map<number, Standing>,
  { key, set, now, kept }: KeyOutcome.KeyOutcome
): void => {
  if (set.origin._tag !== "File") return
  const { offset } = set.origin
  const standing = standings.get(offset) ?? {
    key,
    place: placeOf(set.origin, "key"),
    kept: false,
    winner: undefined
  }
  standings.set(offset, standing)
  const winner = kept ? undefined : winnerOf(now)
  if (winner === undefined) standing.kept = true
  else standing.winner ??= winner
}

/** Only another config makes a value dead; an override or a deletion is a choice. */
const winnerOf = (now: KeyOutcome.KeyOutcome["now"]): Place | undefined =>
  now?.origin._tag === "File" ? placeOf(now.origin) : undefined

/** The values that have no effect in any composition. */
const deadKeys = (ledger: Ledger): ReadonlyArray<KeyDead> =>
  [...ledger.values()]
    .flatMap((standings) => [...standings.values()])
    .flatMap(({ kept, key, place, winner }) =>
      kept || winner === undefined ? [] : [new KeyDead({ key, place, winnerPlace: winner })]
    )
