/** Pictures decoded and encoded by sharp (libvips), loaded at the first picture and not before. */
import { constants } from "node:fs"
import { access, stat } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type Sharp from "sharp"
import { ImageCodec, ImageError, type RgbImage } from "../../pipeline/Images.ts"
import * as Thrown from "../internal/Thrown.ts"

type SharpModule = typeof Sharp

const load: Effect.Effect<SharpModule, ImageError> = Effect.tryPromise({
  try: async () => {
    const { default: sharp } = await import("sharp")
    // libvips keeps decoded files by name and would not see that one was replaced.
    sharp.cache(false)
    return sharp
  },
  catch: (cause) =>
    new ImageError({
      path: "sharp",
      problem: `the image library cannot be loaded: ${Thrown.said(cause).split("\n")[0]}`,
      cure: "Install the packages for this platform again: npm ci --include=optional"
    })
})

const takeOut = "Copy the file again from its source, or take it out of the set."

/** What sharp said of a file that is there, as a sentence of ours where the cause is known. */
const refused = (text: string): readonly [problem: string, cure: string] => {
  if (/unsupported image format/.test(text)) {
    return ["it is not a picture of a format that is read here", "Convert it to JPEG, PNG or WebP."]
  }
  if (/exceeds pixel limit/.test(text)) {
    return ["it has more than 268 million pixels", "Scale it down, or take it out."]
  }
  return [`the picture is corrupt (${text})`, takeOut]
}

/** Bytes of a file that can be read, which libvips' text does not tell for sure: its threads share one. */
const sizeOf = (path: string) =>
  Effect.option(
    Effect.tryPromise(async () => {
      await access(path, constants.R_OK)
      return (await stat(path)).size
    })
  )

/** Why a picture cannot be read; strictly so, as half a picture trains nobody. */
const unreadable = Effect.fnUntraced(function* (
  path: string,
  text: string
): Effect.fn.Return<never, ImageError> {
  const size = yield* sizeOf(path)
  if (Option.isNone(size)) {
    const problem = "the file does not exist or cannot be read"
    return yield* new ImageError({ path, problem, cure: "Check the path and its permissions." })
  }
  if (size.value === 0) return yield* new ImageError({ path, problem: "the file is empty", cure: takeOut })
  const [problem, cure] = refused(text.trim().replaceAll("\n", "; "))
  return yield* new ImageError({ path, problem, cure })
})

/** What sharp does with the file at `path`. */
const attempt = <A>(path: string, act: () => Promise<A>): Effect.Effect<A, ImageError> =>
  Effect.tryPromise({ try: act, catch: Thrown.said }).pipe(Effect.catch((text) => unreadable(path, text)))

const upright = (meta: {
  readonly autoOrient: { readonly width: number; readonly height: number }
}): { readonly width: number; readonly height: number } => ({
  width: meta.autoOrient.width,
  height: meta.autoOrient.height
})

const probe = (sharp: SharpModule, path: string) =>
  Effect.map(
    attempt(path, () => sharp(path).metadata()),
    upright
  )

const read = Effect.fnUntraced(function* (
  sharp: SharpModule,
  path: string,
  options?: { readonly maxSide?: number }
) {
  const size = yield* probe(sharp, path)
  const long = Math.max(size.width, size.height)
  const maxSide = options?.maxSide ?? long
  // `autoOrient` and not the `rotate` of a decoded buffer: the tag is read here and gone from what comes out.
  const pipeline = sharp(path, { failOn: "warning" }).autoOrient()
  // Given only when needed: shrink-on-load lets the JPEG decoder skip the finer coefficients.
  const sized =
    long > maxSide ? pipeline.resize({ width: maxSide, height: maxSide, fit: "inside" }) : pipeline
  const { data, info } = yield* attempt(path, () =>
    sized
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true })
  )
  return {
    width: info.width,
    height: info.height,
    rgb: toRgb(data, info.channels),
    scale: long > maxSide ? Math.max(info.width, info.height) / long : 1
  }
})

/** A copy in memory of its own, so that it may be transferred; one channel is repeated to three. */
const toRgb = (data: Uint8Array, channels: number): Uint8Array => {
  if (channels === 3) return new Uint8Array(data)
  const rgb = new Uint8Array((data.length / channels) * 3)
  for (let from = 0, to = 0; from < data.length; from += channels, to += 3) {
    const grey = data[from] ?? 0
    rgb[to] = grey
    rgb[to + 1] = channels > 2 ? (data[from + 1] ?? 0) : grey
    rgb[to + 2] = channels > 2 ? (data[from + 2] ?? 0) : grey
  }
  return rgb
}

const encode = (sharp: SharpModule, image: RgbImage, format: "png" | "jpeg" | "webp") =>
  Effect.tryPromise({
    try: async () => {
      const raw = { width: image.width, height: image.height, channels: 3 } as const
      const picture = sharp(image.rgb, { raw })
      if (format === "png") return new Uint8Array(await picture.png().toBuffer())
      if (format === "webp") return new Uint8Array(await picture.webp({ quality: 90 }).toBuffer())
      return new Uint8Array(await picture.jpeg({ quality: 90, chromaSubsampling: "4:4:4" }).toBuffer())
    },
    catch: (cause) =>
      new ImageError({
        path: `a ${image.width}x${image.height} picture`,
        problem: `it cannot be encoded as ${format} (${Thrown.said(cause)})`,
        cure: "Give width * height * 3 bytes, and no side over 65,500 pixels."
      })
  })

/** Nothing to release: sharp keeps no handle between calls. Its module is loaded once, by the first call. */
export const layer: Layer.Layer<ImageCodec> = Layer.effect(
  ImageCodec,
  Effect.gen(function* () {
    const sharp = yield* Effect.cached(Effect.uninterruptible(load))
    return ImageCodec.of({
      probe: (path) => Effect.flatMap(sharp, (module) => probe(module, path)),
      read: (path, options) => Effect.flatMap(sharp, (module) => read(module, path, options)),
      encode: (image, format) => Effect.flatMap(sharp, (module) => encode(module, image, format))
    })
  })
)
