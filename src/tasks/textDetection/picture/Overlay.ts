/** Pictures with their predictions drawn on them, in the run directory. */
import { basename } from "node:path"
import * as Effect from "effect/Effect"
import { ImageCodec } from "../../../pipeline/picture/Images.ts"
import { RunDirectory } from "../../../pipeline/run/RunDirectory.ts"
import type { TextImage } from "../data/TextImage.ts"
import type { Detection } from "../postprocess/PostProcess.ts"
import * as Pictures from "./Pictures.ts"

const stemOf = (name: string): string => name.replace(/\.[^.]*$/, "")

/**
 * The file names of overlays by picture, for the pictures of one folder: `a.png` for `a.jpg`, but `a.jpg.png` if another
 * picture would have the same name. Some file systems ignore case, so names that differ only in case count as the same.
 */
export const names = (paths: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const pictures = paths.map((path) => basename(path))
  const claims = new Map<string, number>()
  for (const name of pictures.flatMap((one) => [one, stemOf(one)])) {
    const key = name.toLowerCase()
    claims.set(key, (claims.get(key) ?? 0) + 1)
  }
  const isFree = (stem: string) => claims.get(stem.toLowerCase()) === 1
  return new Map(pictures.map((name) => [name, `${isFree(stemOf(name)) ? stemOf(name) : name}.png`]))
}

export const write = Effect.fnUntraced(function* (
  file: string,
  image: TextImage,
  predictions: ReadonlyArray<Detection>,
  confidences: boolean
) {
  const codec = yield* ImageCodec
  const directory = yield* RunDirectory
  const drawn = yield* Pictures.overlay(
    image,
    predictions.map(({ polygon, score }) => ({ polygon, confidence: score })),
    { confidences }
  )
  yield* directory.write(`predictions/overlays/${file}`, yield* codec.encode(drawn, "png"))
})
