/** Pictures decoded and encoded with sharp (libvips), which is loaded for the first picture. */
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
    // libvips caches decoded files by name and would not notice that a file was replaced.
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

const takeOut = "Copy the file again from its source, or remove it from the data set."

/** Most pixels of a decoded picture: 300 MB, and a program soon holds several copies. */
const MOST_PIXELS = 100_000_000
/** Far more than the largest picture takes; only a file made to take long reaches it. */
const MOST_SECONDS = 120

/** What sharp reported about an existing file; our own sentence if the cause is known. */
const refused = (text: string): readonly [problem: string, cure: string] => {
  if (/unsupported image format/.test(text)) return unknownFormat
  if (/exceeds pixel limit/.test(text)) {
    return ["it has more than 268 million pixels", "Scale it down, or remove it."]
  }
  if (text.startsWith("timeout:")) return [`it takes more than ${MOST_SECONDS} seconds to decode`, takeOut]
  return [`the picture is corrupt (${text})`, takeOut]
}

const unknownFormat = [
  "it is not a picture in a supported format",
  "Convert it to JPEG, PNG or WebP."
] as const

/**
 * How files of the supported formats begin, as Latin-1: JPEG, PNG, WebP, TIFF, GIF, AVIF. Other files never reach
 * libvips, whose SVG renderer can run for hours on a few hundred bytes and cannot be stopped.
 */
const BEGINNINGS = /^(?:\xff\xd8\xff|\x89PNG|RIFF[^]{4}WEBP|II[*+]\0|MM\0[*+]|GIF8|[^]{4}ftyp)/

/** The first bytes; none unless it is a regular file, since opening a pipe would wait for its writer. */
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

/** Refuses a file that is not a picture before libvips reads it. */
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

/** Runs sharp on the file at `path`. */
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

/** Refuses a picture that would be too large when decoded, and names the largest allowed size of its shape. */
const checkPixels = (path: string, { width, height }: ImageSize, factor: number) => {
  const pixels = width * height * factor * factor
  if (pixels <= MOST_PIXELS) return Effect.void
  const fits = Math.sqrt(MOST_PIXELS / (width * height))
  const [w, h] = [Math.floor(width * fits), Math.floor(height * fits)]
  return Effect.fail(
    new ImageError({
      path,
      problem: `it has ${Math.round(pixels / 1e6)} million pixels, and ${MOST_PIXELS / 1e6} million is the limit`,
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
  // `autoOrient` and not `rotate` on a decoded buffer: the tag is read here and is not in the result.
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

/** A copy in its own memory, so that it can be transferred; one channel is repeated to three. */
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
        cure: "Pass width * height * 3 bytes, and at most 65,500 pixels a side."
      })
  })

/** Nothing to release: sharp keeps no handle between calls. The first call loads its module. */
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
