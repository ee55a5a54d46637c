/** Digests of the data sets of a run: two runs with the same digests saw the same data. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as Schema from "effect/Schema"
import { placeOf } from "../../pipeline/picture/Images.ts"
import * as Fingerprint from "../../pipeline/stage/Fingerprint.ts"
import { DataError } from "../../pipeline/task/Dataset.ts"
import type { DataPlan } from "./DetectionPlan.ts"
import type { SetName } from "./DetectionSource.ts"
import type { Entry } from "./data/FolderCheck.ts"
import { GENERATOR } from "./synthetic/Names.ts"

/** Number of files that are looked up at the same time. */
const concurrency = 16

/** A picture without its content: the bytes are counted, not read, since a data set may have gigabytes of them. */
const described = Effect.fnUntraced(function* ({ name, path, size, regions }: Entry) {
  const fs = yield* FileSystem.FileSystem
  const bytes = yield* fs.stat(placeOf(path).file).pipe(
    Effect.map((info) => Number(info.size)),
    Effect.mapError(
      ({ message }) =>
        new DataError({
          where: path,
          problem: `it cannot be read (${message})`,
          cure: "Restore the picture, or remove it from the annotations."
        })
    )
  )
  const json: Schema.Json = {
    name,
    bytes,
    width: size.width,
    height: size.height,
    regions: regions.map(({ id, polygon, ignore, transcription }) => ({
      id,
      polygon: polygon.map(([x, y]) => [x, y]),
      ignore,
      transcription: transcription ?? null
    }))
  }
  return json
})

/** The digest of the pictures of a folder: their names, sizes and regions, in order. */
const ofEntries = (entries: ReadonlyArray<Entry>): Effect.Effect<string, DataError, FileSystem.FileSystem> =>
  Effect.map(Effect.forEach(entries, described, { concurrency }), Fingerprint.of)

/** The digest of a set of a plan; seed and plan determine synthetic pictures completely. */
export const ofSet = (
  plan: DataPlan,
  seed: number,
  set: SetName,
  entries: ReadonlyArray<Entry>
): Effect.Effect<string, DataError, FileSystem.FileSystem> =>
  plan.kind === "receipts"
    ? ofEntries(entries)
    : Effect.succeed(
        Fingerprint.of({
          kind: plan.kind,
          set,
          seed,
          size: plan[`${set}_size`],
          width: [...plan.width],
          height: [...plan.height],
          text_height: [...plan.text_height],
          generator: GENERATOR,
          document: typeof plan.document === "string" ? plan.document : { ...plan.document },
          level: plan.level,
          difficulty: plan.difficulty,
          languages: [...plan.languages]
        })
      )
