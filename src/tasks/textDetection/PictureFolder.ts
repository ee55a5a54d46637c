/** Pictures without annotations, to predict on: one file, or those of a folder by name. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { DataError } from "../../pipeline/Dataset.ts"
import { ImageCodec, type ImageError } from "../../pipeline/Images.ts"
import { unreadable } from "./FolderCheck.ts"
import type { ImageSource } from "./TextImage.ts"

export interface PictureFolder extends ImageSource {
  /** Absolute, in the order of the source. */
  readonly paths: ReadonlyArray<string>
}

const isPicture = (name: string): boolean => /\.(jpe?g|png|webp|tiff?|avif)$/i.test(name)

const asData = (error: ImageError) =>
  new DataError({ where: error.path, problem: error.problem, cure: error.cure })

const listed = Effect.fnUntraced(function* (root: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const info = yield* fs.stat(root).pipe(
    Effect.catchReason("PlatformError", "NotFound", () =>
      Effect.fail(
        new DataError({
          where: root,
          problem: "no such file or folder",
          cure: "Name a picture or a folder of pictures: image_dir=<folder>"
        })
      )
    ),
    Effect.catchTag("PlatformError", (error) => Effect.fail(unreadable(root)(error)))
  )
  if (info.type === "File") return [root]
  const names = yield* fs.readDirectory(root).pipe(Effect.mapError(unreadable(root)))
  return names
    .filter(isPicture)
    .toSorted()
    .map((name) => path.join(root, name))
})

/** Every picture is decoded at its own size, so that predictions are in its own pixels. */
export const open = Effect.fn("PictureFolder.open")(function* (
  folder: string
): Effect.fn.Return<PictureFolder, DataError, FileSystem.FileSystem | Path.Path | ImageCodec> {
  const path = yield* Path.Path
  const codec = yield* ImageCodec
  const root = path.resolve(folder)
  const paths = yield* listed(root)
  if (paths.length === 0) {
    return yield* new DataError({
      where: root,
      problem: "there is no picture in it (.jpg, .png, .webp, .tiff, .avif)",
      cure: "Name another folder: image_dir=<folder>"
    })
  }
  // Headers now, so that a broken file is named before the first prediction.
  yield* Effect.forEach(paths, (file) => codec.probe(file).pipe(Effect.mapError(asData)), { discard: true })
  return {
    name: root,
    size: paths.length,
    paths,
    image: (_epoch, index) => {
      const file = paths[index]
      if (file === undefined) return Effect.die(new RangeError(`${root} has ${paths.length} pictures`))
      return codec.read(file).pipe(
        Effect.map(({ rgb, width, height }) => ({
          name: path.basename(file),
          width,
          height,
          rgb,
          regions: []
        })),
        Effect.mapError(asData)
      )
    }
  }
})
