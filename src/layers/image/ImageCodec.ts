/** Pictures decoded and encoded by sharp (libvips), loaded at the first picture and not before. */
import { open, stat } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type Sharp from "sharp"
import { ImageCodec, ImageError, type ImageSize, type RgbImage } from "../../pipeline/picture/Images.ts"
import * as Thrown from "../internal/Thrown.ts"
import * as Packages from "./Packages.ts"

type SharpModule = typeof Sharp

const load: Effect.Effect<SharpModule, ImageError> = Effect.tryPromise({
  try: async () => {
    const { default: sharp } = await import("sharp")
    // libvips keeps decoded files by name and would not see that one was replaced.
    sharp.cache(false)
    return sharp
  },
  catch: (cause) => Thrown.said(cause).split("\n")[0]
}).pipe(
  Effect.catch((text) =>
    Effect.flatMap(Packages.cure, (cure) =>
      Effect.fail(
        new ImageError({ path: "sharp", problem: `the image library cannot be loaded: ${text}`, cure })
      )
    )
  )
)

const takeOut = "Copy the file again from its source, or take it out of the set."

/** Most pixels of a picture as it comes out of here: 300 MB, which a program soon holds several times over. */
const MOST_PIXELS = 100_000_000
/** Far beyond what the largest picture takes: only what was made to take long meets it. */
const MOST_SECONDS = 120

/** What sharp said of a file that is there, as a sentence of ours where the cause is known. */
const refused = (text: string): readonly [problem: string, cure: string] => {
  if (/unsupported image format/.test(text)) return unknownFormat
  if (/exceeds pixel limit/.test(text)) {
    return ["it has more than 268 million pixels", "Scale it down, or take it out."]
  }
  if (text.startsWith("timeout:")) return [`it takes more than ${MOST_SECONDS} seconds to decode`, takeOut]
  return [`the picture is corrupt (${text})`, takeOut]
}

const unknownFormat = [
  "it is not a picture of a format that is read here",
  "Convert it to JPEG, PNG or WebP."
] as const

/**
 * How files of the formats that are read begin, as Latin-1: JPEG, PNG, WebP, TIFF, GIF, AVIF. Others never reach
 * libvips, whose SVG renderer runs for hours on a few hundred bytes and cannot be stopped.
 */
const BEGINNINGS = /^(?:\xff\xd8\xff|\x89PNG|RIFF[^]{4}WEBP|II[*+]\0|MM\0[*+]|GIF8|[^]{4}ftyp)/

/** The first bytes; none of what is no file, as opening a pipe waits for whoever writes to it. */
const beginning = Effect.fnUntraced(function* (path: string) {
  const info = yield* Effect.tryPromise(() => stat(path))
  if (!info.isFile()) return undefined
  return yield* Effect.acquireUseRelease(
    Effect.tryPromise(() => open(path, "r")),
    (file) =>
      Effect.map(
        Effect.tryPromise(() => file.read(new Uint8Array(12), 0, 12, 0)),
        ({ bytesRead, buffer }) => Buffer.from(buffer.subarray(0, bytesRead)).toString("latin1")
      ),
    (file) => Effect.promise(() => file.close())
  )
})

/** Refuses what is no picture before libvips sees it. */
const examine = Effect.fnUntraced(function* (path: string): Effect.fn.Return<void, ImageError> {
  const bad = (problem: string, cure: string) => new ImageError({ path, problem, cure })
  const read = yield* Effect.option(beginning(path))
  if (Option.isNone(read)) {
    return yield* bad("the file does not exist or cannot be read", "Check the path and its permissions.")
  }
  if (read.value === undefined) return yield* bad("it is not a file", "Name a picture.")
  if (read.value === "") return yield* bad("the file is empty", takeOut)
  if (!BEGINNINGS.test(read.value)) return yield* bad(...unknownFormat)
})

/** What sharp does with the file at `path`. */
const attempt = <A>(path: string, act: () => Promise<A>): Effect.Effect<A, ImageError> =>
  Effect.tryPromise({
    try: act,
    catch: (cause) => {
      const [problem, cure] = refused(Thrown.said(cause).trim().replaceAll("\n", "; "))
      return new ImageError({ path, problem, cure })
    }
  })

const upright = (meta: {
  readonly autoOrient: { readonly width: number; readonly height: number }
}): ImageSize => ({
  width: meta.autoOrient.width,
  height: meta.autoOrient.height
})

const probe = (sharp: SharpModule, path: string) =>
  Effect.andThen(
    examine(path),
    Effect.map(
      attempt(path, () => sharp(path).metadata()),
      upright
    )
  )

/** Refuses a picture that would come out too large, with the largest size of its shape that would not. */
const checkPixels = (path: string, { width, height }: ImageSize, factor: number) => {
  const pixels = width * height * factor * factor
  if (pixels <= MOST_PIXELS) return Effect.void
  const fits = Math.sqrt(MOST_PIXELS / (width * height))
  const [w, h] = [Math.floor(width * fits), Math.floor(height * fits)]
  return Effect.fail(
    new ImageError({
      path,
      problem: `it has ${Math.round(pixels / 1e6)} million pixels, and ${MOST_PIXELS / 1e6} million are the most that are read whole`,
      cure: `Scale it down to at most ${w} x ${h}.`
    })
  )
}

const read = Effect.fnUntraced(function* (
  sharp: SharpModule,
  path: string,
  options?: { readonly maxSide?: number }
) {
  const size = yield* probe(sharp, path)
  const long = Math.max(size.width, size.height)
  const maxSide = options?.maxSide ?? long
  yield* checkPixels(path, size, Math.min(1, maxSide / long))
  // `autoOrient` and not the `rotate` of a decoded buffer: the tag is read here and gone from what comes out.
  const pipeline = sharp(path, { failOn: "warning" }).timeout({ seconds: MOST_SECONDS }).autoOrient()
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
