/** Where an artifact came from: the stages that made it and their inputs, back to data from outside. */
import * as Effect from "effect/Effect"
import type { Artifact, CacheError } from "../stage/Artifact.ts"
import * as Fingerprint from "../stage/Fingerprint.ts"
import { StageCache } from "../stage/StageCache.ts"
import type { StageRecord } from "../stage/StageRecord.ts"
import type { Arrow, Box, Graph } from "./Graph.ts"

/** How a value was made, as far as the cache knows. */
export interface Lineage {
  /** Name and digest of the artifact. */
  readonly subject: string
  /** Each after those that its inputs came from. */
  readonly records: ReadonlyArray<StageRecord>
}

const trace = Effect.fnUntraced(function* (
  start: StageRecord
): Effect.fn.Return<ReadonlyArray<StageRecord>, CacheError, StageCache> {
  const cache = yield* StageCache
  const seen = new Set<string>()
  const visit = Effect.fnUntraced(function* (
    record: StageRecord
  ): Effect.fn.Return<ReadonlyArray<StageRecord>, CacheError> {
    if (seen.has(record.key)) return []
    seen.add(record.key)
    const keys = new Set(Object.values(record.inputs).flatMap(({ from }) => from))
    const earlier = yield* Effect.forEach(keys, (key) =>
      Effect.flatMap(cache.find(key), (found) =>
        found._tag === "Absent" ? Effect.succeed([]) : visit(found.record)
      )
    )
    return [...earlier.flat(), record]
  })
  return yield* visit(start)
})

/** The lineage of the artifact whose digest begins with `given`; undefined if no stage made it. */
export const of = Effect.fn("Lineage.of")(function* (given: string) {
  const start = given.startsWith("sha256:") ? given : `sha256:${given}`
  const cache = yield* StageCache
  const maker = yield* cache.maker(start)
  if (maker._tag === "None") return undefined
  const made = maker.value.artifacts.find(({ digest }) => digest.startsWith(start))
  const lineage: Lineage = {
    subject: `${made?.name ?? ""} ${Fingerprint.short(made?.digest ?? start)}`.trim(),
    records: yield* trace(maker.value)
  }
  return lineage
})

const parameterLines = ({ parameters }: StageRecord): ReadonlyArray<string> =>
  typeof parameters === "object" && parameters !== null
    ? Object.entries(parameters).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    : []

const recordBox = (record: StageRecord, index: number): Box => ({
  id: `s${index}`,
  title: record.stage,
  lines: [
    ...parameterLines(record),
    `version ${record.version}, ${record.started}, ${record.seconds.toFixed(1)} s`,
    ...Object.entries(record.environment).map(([name, value]) => `${name} ${value}`),
    ...record.artifacts.map(({ name, digest }) => `made ${name} ${Fingerprint.short(digest)}`)
  ],
  tone: "done"
})

/** Artifacts that no record made: data from outside. */
const outside = ({ records }: Lineage): ReadonlyMap<string, Artifact> => {
  const made = new Set(records.flatMap(({ artifacts }) => artifacts.map(({ digest }) => digest)))
  return new Map(
    records
      .flatMap(({ inputs }) => Object.values(inputs).flatMap(({ artifacts }) => artifacts))
      .filter(({ digest }) => !made.has(digest))
      .map((artifact) => [artifact.digest, artifact])
  )
}

/** The lineage as boxes and arrows, with the subject last. */
export const graph = (lineage: Lineage): Graph => {
  const data = [...outside(lineage).values()]
  const dataId = new Map(data.map(({ digest }, index) => [digest, `d${index}`]))
  const stageId = new Map(lineage.records.map(({ key }, index) => [key, `s${index}`]))
  const arrowsTo = (record: StageRecord): ReadonlyArray<Arrow> =>
    Object.entries(record.inputs).flatMap(([label, { from, artifacts }]) =>
      [...from.map((key) => stageId.get(key)), ...artifacts.map(({ digest }) => dataId.get(digest))].flatMap(
        (id) => (id === undefined ? [] : [{ from: id, to: stageId.get(record.key) ?? "", label }])
      )
    )
  return {
    boxes: [
      ...data.map(
        ({ name, digest, files, bytes }, index): Box => ({
          id: `d${index}`,
          title: name,
          lines: [`${files} files, ${bytes} bytes`, Fingerprint.short(digest)],
          tone: "outside"
        })
      ),
      ...lineage.records.map(recordBox)
    ],
    arrows: lineage.records.flatMap(arrowsTo)
  }
}
