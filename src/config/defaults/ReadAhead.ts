/** Reads the configs that a defaults list will most likely ask for all at once, instead of one when it is its turn. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { LoadedConfig, Repository } from "../source/Repository.ts"
import * as Default from "./Default.ts"

/**
 * Loads the entries' configs, and those that these name, unless they were asked for before. What is wrong with one is
 * said when it is its turn, which may never come.
 */
export const readAhead = (
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
