/** A digest of a part's samples: two runs with the same one saw the same pictures and labels. */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { placeOf } from "../../../pipeline/picture/Images.ts"
import * as Fingerprint from "../../../pipeline/stage/Fingerprint.ts"
import type { DataError } from "../../../pipeline/task/Dataset.ts"
import type { Entry, IdxPart, Part } from "./Catalogue.ts"
import * as Files from "./Files.ts"
import type { Idx } from "./Idx.ts"

/** Files looked at at once. */
const concurrency = 16

/** What identifies a picture. Its bytes are counted, not read: a data set may have gigabytes of them. */
const described = Effect.fnUntraced(function* ({ name, path, label, size }: Entry) {
  const fs = yield* FileSystem.FileSystem
  const { size: bytes } = yield* fs.stat(placeOf(path).file).pipe(Effect.mapError(Files.unreadable(path)))
  return { name, label, width: size.width, height: size.height, bytes: Number(bytes) }
})

/** Covers the whole file; `indices` say which of its pictures are in the part. */
const ofIdx = ({ name, indices, labels }: IdxPart, { sides, data }: Idx): string =>
  Fingerprint.of({
    name,
    sides: [...sides],
    pixels: createHash("sha256").update(data).digest("hex"),
    indices: [...indices],
    labels: [...labels]
  })

export const ofEntries = (
  entries: ReadonlyArray<Entry>
): Effect.Effect<string, DataError, FileSystem.FileSystem> =>
  Effect.map(Effect.forEach(entries, described, { concurrency }), Fingerprint.of)

/** `idxOf` gives the content of an idx file, which the sources of batches have read. */
export const of = (
  part: Part,
  idxOf: (file: string) => Effect.Effect<Idx, DataError, FileSystem.FileSystem>
): Effect.Effect<string, DataError, FileSystem.FileSystem> => {
  if (part.kind === "pictures") return ofEntries(part.entries)
  // What the folder had that was packed.
  if (part.kind === "shards") return Effect.succeed(part.fingerprint)
  return part.indices.length === 0
    ? Effect.succeed(Fingerprint.of([]))
    : Effect.map(idxOf(part.file), (idx) => ofIdx(part, idx))
}
