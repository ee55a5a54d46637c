/** From an entry to what lies in a spool: pictures become PNG files of the run directory. */
import { createHash } from "node:crypto"
import { isAbsolute, join } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type { RunDirectory, RunDirectoryError } from "../../pipeline/RunDirectory.ts"
import * as Png from "./Png.ts"
import type { Entry, ImageEntry } from "./Sink.ts"
import type { SpooledEntry, SpooledImage } from "./SpooledEntry.ts"

const safe = (name: string): string => name.replaceAll(/[^A-Za-z0-9_./-]/g, "_").replaceAll("..", "_")

/** Writes the picture under a name that tells its content, so that several trackers share one file. */
const spooledImage = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  run: RunDirectory["Service"],
  { time, step, name, image }: ImageEntry
): Effect.fn.Return<SpooledImage, PlatformError | RunDirectoryError> {
  const png = Png.encode(image)
  const sha256 = createHash("sha256").update(png).digest("hex")
  const file = `media/images/${safe(name)}_${step}_${sha256.slice(0, 20)}.png`
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

/** Plain JSON of any value: what JSON has no word for is left out. */
export const toJson = (value: unknown): Schema.Json => decodeJson(JSON.stringify(value) ?? "null")

/** The entry for the spool. */
export const spooled = (
  fs: FileSystem.FileSystem,
  run: RunDirectory["Service"],
  entry: Entry
): Effect.Effect<SpooledEntry, PlatformError | RunDirectoryError> => {
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
      return Effect.succeed({
        ...entry,
        path: isAbsolute(entry.path) ? entry.path : join(run.path, entry.path)
      })
    default:
      return Effect.succeed(entry)
  }
}
