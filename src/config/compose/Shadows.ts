/** Finds choices and primary configs whose values later configs overwrite. */

import { decidedAt } from "../defaults/Default.ts"
import { describe, type Origin, type Place, placeOf } from "../node/Source.ts"
import { ChoiceShadowed, PrimaryDiscarded, type Warning } from "../problem/Warning.ts"
import type { Composition } from "./Compose.ts"
import * as KeyOutcome from "./KeyOutcome.ts"
import type { Part } from "./Parts.ts"

/** A config that overwrote values, with the outcomes of those values. */
interface Winner {
  readonly part: Part
  readonly outcomes: ReadonlyArray<KeyOutcome.KeyOutcome>
}

/** A warning for every chosen option that has no effect, and for a primary config that its own defaults overwrite. */
export const of = (composition: Composition): ReadonlyArray<Warning> =>
  composition.parts.flatMap((part, index) => {
    if (part.result.config.startsWith("hydra/")) return []
    if (part.result.primary) return discarded(composition, part, index)
    return part.result.decision._tag === "Listed" ? [] : shadowed(composition, part, index)
  })

/** The later configs that overwrote values, except those that the command line set or brought in. */
const winnersOf = (
  { parts }: Composition,
  outcomes: ReadonlyArray<KeyOutcome.KeyOutcome>,
  index: number
): ReadonlyArray<Winner> => {
  const later = parts.slice(index + 1).filter(({ result }) => !result.asked)
  return later
    .map((part) => ({
      part,
      outcomes: outcomes.filter((outcome) => !outcome.kept && isFrom(part, outcome.now?.origin))
    }))
    .filter((winner) => winner.outcomes.length > 0)
}

const isFrom = (part: Part, origin: Origin | undefined): boolean =>
  origin?._tag === "File" && part.source !== undefined && origin.source === part.source

/**
 * An option counts as shadowed if none of its values remains, or if one later config overwrote at least half of them:
 * the rest is a remnant, not what was chosen.
 */
const shadowed = (composition: Composition, part: Part, index: number): ReadonlyArray<Warning> => {
  const outcomes = KeyOutcome.of(part.node, composition.root)
  const kept = outcomes.filter((outcome) => outcome.kept)
  const winners = [...winnersOf(composition, outcomes, index)].sort(
    (one, other) => other.outcomes.length - one.outcomes.length
  )
  const [winner] = winners
  const now = winner?.outcomes[0]?.now
  if (winner === undefined || now === undefined) return []
  const lost = winners.flatMap((one) => one.outcomes).length
  if (lost < outcomes.length && winner.outcomes.length * 2 < outcomes.length) return []
  const { result } = part
  return [
    new ChoiceShadowed({
      choice: `${result.overrideKey ?? result.config}=${String(result.entry.value)}`,
      place: placeIn(result),
      winner: winner.part.result.config,
      winnerPlace: placeOf(now.origin),
      overwritten: winner.outcomes.map(({ key }) => key),
      kept: kept.map(({ key }) => key)
    })
  ]
}

const placeIn = ({ decision, config }: Part["result"]): Place =>
  decidedAt(decision) ?? { _tag: "Computed", by: config }

const discarded = (composition: Composition, part: Part, index: number): ReadonlyArray<Warning> => {
  const winners = winnersOf(composition, KeyOutcome.of(part.node, composition.root), index)
  if (winners.length === 0) return []
  const keys = winners.flatMap(({ part: { result }, outcomes }) =>
    outcomes.map(({ key, set, now }) => ({
      key,
      place: placeOf(set.origin),
      winner: result.config,
      winnerPlace: placeOf((now ?? set).origin)
    }))
  )
  keys.sort((one, other) => (describe(one.place) < describe(other.place) ? -1 : 1))
  return [new PrimaryDiscarded({ config: part.result.config, keys })]
}
