/** A picture with its predictions drawn over it, in the run directory. */
import * as Effect from "effect/Effect"
import { ImageCodec } from "../pipeline/Images.ts"
import { RunDirectory } from "../pipeline/RunDirectory.ts"
import * as Pictures from "../tasks/textDetection/Pictures.ts"
import type { Detection } from "../tasks/textDetection/PostProcess.ts"
import type { TextImage } from "../tasks/textDetection/TextImage.ts"

export const write = Effect.fnUntraced(function* (
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
  const name = image.name.replace(/\.[^.]*$/, "")
  yield* directory.write(`predictions/overlays/${name}.png`, yield* codec.encode(drawn, "png"))
})
