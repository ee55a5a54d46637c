/** Collects, over many compositions, which values of the files ever count. */
import type { Composition } from "../compose/Compose.ts"
import * as Fate from "../compose/KeyOutcome.ts"
import { type Place, placeOf, type Source } from "../node/Source.ts"
import { KeyDead } from "./Finding.ts"

interface Record {
  readonly key: string
  readonly place: Place
  kept: boolean
  winner: Place | undefined
}

export type Ledger = Map<Source, Map<number, Record>>

/** Notes what became of every value of a composition that no override touched. */
export const note = (ledger: Ledger, composition: Composition): void => {
  for (const { node, source, result } of composition.parts) {
    if (source === undefined || result.config.startsWith("hydra/")) continue
    const records = ledger.get(source) ?? new Map<number, Record>()
    ledger.set(source, records)
    for (const fate of Fate.of(node, composition.root)) noteFate(records, fate)
  }
}

const noteFate = (records: Map<number, Record>, { key, set, now, kept }: Fate.Fate): void => {
  if (set.origin._tag !== "File") return
  const { offset } = set.origin
  const record = records.get(offset) ?? {
    key,
    place: placeOf(set.origin, "key"),
    kept: false,
    winner: undefined
  }
  records.set(offset, record)
  const winner = kept ? undefined : winnerOf(now)
  if (winner === undefined) record.kept = true
  else record.winner ??= winner
}

/** Only another config can make a value dead; what a person overrides or deletes is their choice. */
const winnerOf = (now: Fate.Fate["now"]): Place | undefined =>
  now?.origin._tag === "File" ? placeOf(now.origin) : undefined

export const dead = (ledger: Ledger): ReadonlyArray<KeyDead> =>
  [...ledger.values()]
    .flatMap((records) => [...records.values()])
    .flatMap(({ kept, key, place, winner }) =>
      kept || winner === undefined ? [] : [new KeyDead({ key, place, winnerPlace: winner })]
    )
