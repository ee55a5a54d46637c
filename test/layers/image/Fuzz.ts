/** Reads damaged pictures with the codec: each must give pixels, or an error that names the file, the problem and a cure. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import { ImageCodec } from "../../../src/pipeline/picture/Images.ts"
import * as Mutation from "./Mutation.ts"
import type { Kind } from "./PictureKinds.ts"

export interface Seen {
  readonly kind: string
  /** What must not be; absent where all is well. */
  readonly wrong?: string
  /** Whether the damaged file was still a picture. */
  readonly read: boolean
}

const readAt = Effect.fnUntraced(function* (path: string, maxSide: number | undefined) {
  const codec = yield* ImageCodec
  const header = yield* codec.probe(path)
  const image = yield* codec.read(path, maxSide === undefined ? {} : { maxSide })
  return { header, image }
})

/** The picture that `seed` and `index` make of `kinds`, written to `path` and read at full size or small. */
export const once = Effect.fnUntraced(function* (
  kinds: ReadonlyArray<Kind>,
  path: string,
  seed: number,
  index: number
): Effect.fn.Return<Seen, PlatformError, FileSystem.FileSystem | ImageCodec> {
  const fs = yield* FileSystem.FileSystem
  const kind = kinds[index % kinds.length]
  if (kind === undefined) return yield* Effect.die(new RangeError("no kinds"))
  yield* fs.writeFile(path, Mutation.mutated(kind.bytes, seed, index))
  const maxSide = index % 3 === 0 ? 20 : undefined
  const result = yield* Effect.result(readAt(path, maxSide))
  const seen = { kind: kind.name, read: Result.isSuccess(result) }
  const wrong = Result.isSuccess(result)
    ? wrongPixels(result.success, maxSide)
    : wrongError(result.failure, path)
  return wrong === undefined ? seen : { ...seen, wrong }
})

const wrongPixels = (
  { header, image }: Effect.Success<ReturnType<typeof readAt>>,
  maxSide: number | undefined
): string | undefined => {
  if (image.rgb.length !== image.width * image.height * 3) {
    return `${image.rgb.length} samples for ${image.width} x ${image.height} pixels`
  }
  const long = Math.min(Math.max(header.width, header.height), maxSide ?? Number.POSITIVE_INFINITY)
  const has = Math.max(image.width, image.height)
  return has === long ? undefined : `a long side of ${has} pixels, where the header says ${long}`
}

const wrongError = (
  error: { readonly _tag: string; readonly path: string; readonly problem: string; readonly cure: string },
  path: string
): string | undefined => {
  if (error._tag !== "ImageError") return `an error ${error._tag}`
  if (error.path !== path) return `an error about ${error.path}`
  return error.problem === "" || error.cure === "" ? "an error without a problem or a cure" : undefined
}
