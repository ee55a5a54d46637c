/** What can be wrong with a defaults list, reported at the place to correct. */
import * as Effect from "effect/Effect"
import { nearest } from "../node/Nearest.ts"
import { type Place, placeOf } from "../node/Source.ts"
import { ChoiceMissing, ConfigNotFound, DefaultsInvalid } from "../problem/ConfigError.ts"
import type { LoadError, Repository } from "../source/Repository.ts"
import * as Default from "./Default.ts"
import type { Tree } from "./Tree.ts"

/** What was searched. */
interface Lookup {
  readonly repository: Repository
  readonly skipMissing: boolean
}

/** The refusal of an entry in the list of `parent`. */
export const invalid = (
  parent: Default.Default,
  entry: Default.Default,
  problem: string,
  cure: string
): DefaultsInvalid =>
  new DefaultsInvalid({
    config: Default.configPath(parent),
    place: entry.origin === undefined ? undefined : placeOf(entry.origin),
    problem,
    cure
  })

/** Lists nested this deep form a cycle. */
const maxDepth = 60

/** The refusal of lists that form a cycle. */
export const cycleOf = (tree: Tree): DefaultsInvalid | undefined => {
  const names: Array<string> = []
  for (let at: Tree | undefined = tree; at !== undefined; at = at.parent)
    names.push(Default.configPath(at.entry))
  if (names.length <= maxDepth) return undefined
  const last = names[0] ?? ""
  const cycle = names.slice(0, names.indexOf(last, 1) + 1).reverse()
  return invalid(
    tree.entry,
    tree.entry,
    `the defaults lists form a cycle: ${cycle.join(" -> ")}`,
    "Remove one of the entries."
  )
}

/** The failure of `???` in place of an option, unless groups without an option are skipped. */
export const missing = (
  entry: Default.Default,
  { repository, skipMissing }: Lookup
): Effect.Effect<void, ChoiceMissing | DefaultsInvalid | LoadError> =>
  Effect.gen(function* () {
    if (skipMissing) return
    const place = placeIn(entry)
    if (entry.kind === "group") {
      const options = yield* repository.options(Default.groupPath(entry))
      return yield* new ChoiceMissing({ group: Default.overrideKey(entry), place, options })
    }
    return yield* new DefaultsInvalid({
      config: undefined,
      place,
      problem: `"${entry.path}" cannot be missing`,
      cure: "Only the option of a group can be ???."
    })
  })

/** The failure of a config that no folder has. */
export const notFound = (
  { entry, parent }: Tree,
  { repository }: Lookup
): Effect.Effect<never, ConfigNotFound | LoadError> =>
  Effect.gen(function* () {
    const group = Default.groupPath(entry)
    const options = yield* repository.options(group)
    const listed = Default.decidedAt(entry.decision) === undefined
    return yield* new ConfigNotFound({
      role: roleOf(entry),
      config: Default.configPath(entry),
      parent: entry.primary || !listed || parent === undefined ? undefined : Default.configPath(parent.entry),
      place: placeIn(entry),
      options: entry.primary || group === "" ? [] : options,
      nearest: nearest(Default.nameOf(entry) ?? "", options),
      searchPath: repository.entries.map(({ path, provider }) => `${path} (${provider})`)
    })
  })

/** Where to correct a wrong option: where it was decided. */
const placeIn = ({ decision, origin }: Default.Default): Place | undefined =>
  Default.decidedAt(decision) ?? (origin === undefined ? undefined : placeOf(origin))

const roleOf = ({ kind, primary }: Default.Default): ConfigNotFound["role"] => {
  if (primary) return "primary"
  return kind === "group" ? "option" : "config"
}
