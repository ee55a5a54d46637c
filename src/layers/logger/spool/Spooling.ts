/** Converts an entry to its form in a spool: pictures become PNG files in the run directory. */
import { createHash } from "node:crypto"
import { relative } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type { RunDirectory, RunDirectoryError } from "../../../pipeline/run/RunDirectory.ts"
import * as Png from "../sink/Png.ts"
import type { ArtifactEntry, Entry, ImageEntry } from "../sink/Sink.ts"
import type { DeliveryError } from "./Delivery.ts"
import type { SpooledEntry, SpooledImage } from "./Entry.ts"
import * as RunFiles from "./RunFiles.ts"

const safe = (name: string): string => name.replaceAll(/[^A-Za-z0-9_./-]/g, "_").replaceAll("..", "_")

/** Writes the picture under a name derived from its content, so that several trackers share one file. */
const spooledImage = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  run: RunDirectory["Service"],
  { time, step, name, image }: ImageEntry
): Effect.fn.Return<SpooledImage, PlatformError | RunDirectoryError | DeliveryError> {
  const png = Png.encode(image)
  const sha256 = createHash("sha256").update(png).digest("hex")
  const file = `media/images/${safe(name)}_${step}_${sha256.slice(0, 20)}.png`
  yield* RunFiles.locate(fs, RunFiles.folderOf(run), file)
  const path = yield* run.file(file)
  if (!(yield* fs.exists(path))) yield* fs.writeFile(path, png)
  return {
    _tag: "Image",
    time,
    step,
    name,
    file,
    sha256,
    bytes: png.length,
    width: image.width,
    height: image.height,
    ...(image.caption === undefined ? {} : { caption: image.caption }),
    ...(image.boxes === undefined ? {} : { boxes: image.boxes })
  }
})

const decodeJson = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Json))

/** Plain JSON of any value: what JSON cannot express is omitted. */
export const toJson = (value: unknown): Schema.Json => decodeJson(JSON.stringify(value) ?? "null")

/** Names the artifact relative to the run directory; one outside of it could not be delivered. */
const spooledArtifact = (
  fs: FileSystem.FileSystem,
  run: RunDirectory["Service"],
  entry: ArtifactEntry
): Effect.Effect<SpooledEntry, DeliveryError> =>
  Effect.map(RunFiles.locate(fs, RunFiles.folderOf(run), entry.path), (path) => ({
    ...entry,
    path: relative(run.path, path)
  }))

/** The entry for the spool; refused if its file is not in the run directory. */
export const spooled = (
  fs: FileSystem.FileSystem,
  run: RunDirectory["Service"],
  entry: Entry
): Effect.Effect<SpooledEntry, PlatformError | RunDirectoryError | DeliveryError> => {
  switch (entry._tag) {
    case "Image":
      return spooledImage(fs, run, entry)
    case "Histogram": {
      const { time, step, name, histogram } = entry
      const { edges, counts } = histogram
      return Effect.succeed({ _tag: "Histogram", time, step, name, edges: [...edges], counts: [...counts] })
    }
    case "Hyperparameters":
      return Effect.succeed({ ...entry, plan: toJson(entry.plan) })
    case "Artifact":
      return spooledArtifact(fs, run, entry)
    default:
      return Effect.succeed(entry)
  }
}
