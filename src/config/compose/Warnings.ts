/** Finds what composed without an error and is probably not what was meant. */
import * as Effect from "effect/Effect"
import type { Node } from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import { placeOf } from "../node/Source.ts"
import type { FileInvalid, FileUnreadable } from "../problem/ConfigError.ts"
import { HeaderDisabled, KindReplaced, SearchPathAbsent, type Warning } from "../problem/Warning.ts"
import type { Composition } from "./Compose.ts"
import * as IneffectiveOverrides from "./IneffectiveOverrides.ts"
import * as Shadows from "./Shadows.ts"

/** All warnings of a composition, in the order of the configs that cause them. */
export const of = (
  composition: Composition
): Effect.Effect<ReadonlyArray<Warning>, FileInvalid | FileUnreadable> =>
  Effect.gen(function* () {
    const headers = yield* disabledHeaders(composition)
    const folders = yield* absentFolders(composition)
    return [
      ...folders,
      ...headers,
      ...replacedKinds(composition),
      ...Shadows.of(composition),
      ...IneffectiveOverrides.of(composition)
    ]
  })

const disabledHeaders = ({ defaults, repository }: Composition) =>
  Effect.gen(function* () {
    const found: Array<Warning> = []
    for (const name of new Set(defaults.list.map(({ config }) => config))) {
      const loaded = yield* repository.load(name)
      const disabled = loaded?.header.disabled
      if (loaded?.source === undefined || disabled === undefined) continue
      const place = placeOf({
        _tag: "File",
        source: loaded.source,
        offset: disabled.offset,
        keyOffset: disabled.offset
      })
      found.push(new HeaderDisabled({ place, package: disabled.package, by: disabled.by }))
    }
    return found
  })

const absentFolders = ({ repository }: Composition) =>
  Effect.gen(function* () {
    const found: Array<Warning> = []
    for (const entry of repository.entries) {
      if (entry.provider === "hydra" || (yield* repository.isFolder(entry))) continue
      found.push(new SearchPathAbsent({ path: entry.path, provider: entry.provider }))
    }
    return found
  })

const replacedKinds = ({ replacements }: Composition): ReadonlyArray<Warning> =>
  replacements.map(
    ({ key, before, after }) =>
      new KindReplaced({
        key,
        place: placeOf(after.origin),
        before: placeOf(before.origin),
        was: kindOf(before),
        becomes: kindOf(after)
      })
  )

const kindOf = (node: Node): string => {
  if (node._tag === "Map") return "a mapping"
  return node._tag === "List" ? "a list" : Python.repr(node.value)
}
