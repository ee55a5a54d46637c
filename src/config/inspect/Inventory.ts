/** Everything in a config tree: its files, its groups, and which of them the defaults lists name. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Default from "../defaults/Default.ts"
import type { DefaultItem } from "../source/DefaultItem.ts"
import type { LoadError, LoadedConfig, Repository } from "../source/Repository.ts"

export interface Inventory {
  /** Configs by path, with their content or the reason why they cannot be read. */
  readonly configs: ReadonlyMap<string, Result.Result<LoadedConfig, LoadError>>
  /** Folders that contain configs, except "", each with its options. */
  readonly groups: ReadonlyMap<string, ReadonlyArray<string>>
  /** Groups that a defaults list offers a choice of. */
  readonly chosen: ReadonlySet<string>
  /** Configs that a defaults list names outright. */
  readonly named: ReadonlySet<string>
}

/** Reads the whole tree of a search path, without the built-in configs. */
export const read = (repository: Repository): Effect.Effect<Inventory, LoadError> =>
  Effect.gen(function* () {
    const configs = new Map<string, Result.Result<LoadedConfig, LoadError>>()
    const groups = new Map<string, ReadonlyArray<string>>()
    const chosen = new Set<string>()
    const named = new Set<string>()
    yield* readFolder("", repository, { configs, groups })
    for (const [name, config] of configs)
      if (Result.isSuccess(config)) note(name, config.success, chosen, named)
    return { configs, groups, chosen, named }
  })

interface Found {
  readonly configs: Map<string, Result.Result<LoadedConfig, LoadError>>
  readonly groups: Map<string, ReadonlyArray<string>>
}

const readFolder = (folder: string, repository: Repository, found: Found): Effect.Effect<void, LoadError> =>
  Effect.gen(function* () {
    const below = (name: string) => (folder === "" ? name : `${folder}/${name}`)
    const options = yield* repository.options(folder)
    const own: Array<string> = []
    for (const option of options) {
      yield* readConfig(below(option), repository, found)
      if (found.configs.has(below(option))) own.push(option)
    }
    if (folder !== "" && own.length > 0) found.groups.set(folder, own)
    for (const group of yield* repository.groups(folder)) {
      if (!group.startsWith(".")) yield* readFolder(below(group), repository, found)
    }
  })

/** Reads a config from a file; built-in ones are skipped. */
const readConfig = (name: string, repository: Repository, { configs }: Found): Effect.Effect<void> =>
  Effect.map(Effect.result(repository.load(name)), (config) => {
    if (Result.isFailure(config)) configs.set(name, Result.fail(config.failure))
    else if (config.success?.source !== undefined) configs.set(name, Result.succeed(config.success))
  })

/** What the defaults list of a config offers and names. */
const note = (name: string, config: LoadedConfig, chosen: Set<string>, named: Set<string>): void => {
  const folder = name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : ""
  const items = Result.isSuccess(config.defaults) ? config.defaults.success : []
  for (const item of items) {
    const entry = placed(item, folder)
    if (Default.isSelf(entry)) continue
    if (entry.kind === "group") chosen.add(Default.groupPath(entry))
    else named.add(Default.configPath(entry))
  }
}

const placed = (item: DefaultItem, folder: string): Default.Default => {
  const entry = Default.fromItem(item)
  Default.place(entry, folder, "")
  return entry
}
