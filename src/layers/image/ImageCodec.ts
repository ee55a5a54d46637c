/** Pictures decoded and encoded with sharp (libvips), which is loaded for the first picture. */
import { open, stat } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Metadata, default as Sharp } from "sharp"
import {
  type ImageBytes,
  ImageCodec,
  ImageError,
  type ImageHeader,
  type ImageSize,
  placeOf,
  type RgbImage
} from "../../pipeline/picture/Images.ts"
import * as Thrown from "../internal/Thrown.ts"
import * as Packages from "./Packages.ts"
import * as Tiff from "./Tiff.ts"

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

/** Most pixels of a picture in memory: 300 MB, and a program soon holds several copies. */
const MOST_PIXELS = 100_000_000
/** Most pixels of a picture that is shrunk while it is decoded, of which a few lines are held: libvips's own limit. */
const MOST_STREAMED = 0x3fff ** 2
/** Far more than the largest picture takes; only a file made to take long reaches it. */
const MOST_SECONDS = 120

const unknownFormat = [
  "it is not a picture in a supported format",
  "Convert it to JPEG, PNG or WebP."
] as const

/** What sharp says of an existing file, and our own sentence where the cause is known. */
const REFUSALS: ReadonlyArray<readonly [said: RegExp, problem: string, cure: string]> = [
  [
    // Its first bytes are right: a TIFF whose end is missing, a picture in a HEIF file that is no AVIF.
    /unsupported image format|Unsupported (?:codec|file-?type)/i,
    "it is damaged, or a variant of its format that is not supported",
    "Copy the file again from its source, or convert it to JPEG, PNG or WebP."
  ],
  [
    /exceeds pixel limit/i,
    `it has more than ${Math.round(MOST_STREAMED / 1e6)} million pixels`,
    "Scale it down, or remove it."
  ],
  [/^timeout:/, `it takes more than ${MOST_SECONDS} seconds to decode`, takeOut]
]

const refused = (text: string): readonly [problem: string, cure: string] => {
  const [, problem, cure] = REFUSALS.find(([said]) => said.test(text)) ?? []
  return problem === undefined || cure === undefined
    ? [`the picture is corrupt (${text})`, takeOut]
    : [problem, cure]
}

/**
 * How files of the supported formats begin, as Latin-1: JPEG, PNG, WebP, TIFF, GIF, AVIF. Other files never reach
 * libvips, whose SVG renderer can run for hours on a few hundred bytes and cannot be stopped. A name counts for nothing:
 * a JPEG that is called `.png` is read as what it is.
 */
const BEGINNINGS =
  /^(?:\xff\xd8\xff|\x89PNG|RIFF[^]{4}WEBP|II[*+]\0|MM\0[*+]|GIF8|[^]{4}ftyp(?:avi[fs]|mi[af]f|mif1|msf1))/

/** Larger files are left to libvips, which reads of them what it needs; reading smaller ones at once is faster. */
const MOST_READ_WHOLE = 1 << 25

/** Bytes that tell formats apart. */
const MAGIC = 12

/** The first bytes, or all of a small file if `whole`; none unless it is a regular file: opening a pipe would wait. */
const beginning = Effect.fnUntraced(function* (file: string, whole: boolean) {
  const info = yield* Effect.tryPromise(() => stat(file))
  if (!info.isFile()) return undefined
  const bytes = whole && info.size <= MOST_READ_WHOLE ? info.size : MAGIC
  return yield* Effect.acquireUseRelease(
    Effect.tryPromise(() => open(file, "r")),
    (handle) =>
      Effect.map(
        Effect.tryPromise(() => handle.read(Buffer.allocUnsafeSlow(bytes), 0, bytes, 0)),
        ({ bytesRead, buffer }) => buffer.subarray(0, bytesRead)
      ),
    (handle) => Effect.promise(() => handle.close())
  )
})

const bad = (path: string, problem: string, cure: string) =>
  Effect.fail(new ImageError({ path, problem, cure }))

/** What libvips reads, the file's path or its bytes; what is not a picture is refused before. */
const examine = Effect.fnUntraced(function* (path: string, file: string | Uint8Array, whole: boolean) {
  const read = yield* Effect.option(typeof file === "string" ? beginning(file, whole) : Effect.succeed(file))
  if (Option.isNone(read)) {
    return yield* bad(
      path,
      "the file does not exist or cannot be read",
      "Check the path and its permissions."
    )
  }
  if (read.value === undefined) return yield* bad(path, "it is not a file", "Name a picture.")
  const bytes = read.value
  if (bytes.length === 0) return yield* bad(path, "the file is empty", takeOut)
  if (!BEGINNINGS.test(Buffer.from(bytes.subarray(0, MAGIC)).toString("latin1")))
    return yield* bad(path, ...unknownFormat)
  return bytes.length > MAGIC ? bytes : file
})

/** What libvips said, without its repetitions. */
const sentence = (cause: unknown): string => {
  const lines = Thrown.said(cause).split("\n")
  return [...new Set(lines.map((line) => line.trim()))].filter((line) => line !== "").join("; ")
}

/** Runs sharp on the picture at `path`. */
const attempt = <A>(path: string, act: () => Promise<A>): Effect.Effect<A, ImageError> =>
  Effect.tryPromise({
    try: act,
    catch: (cause) => {
      const [problem, cure] = refused(sentence(cause))
      return new ImageError({ path, problem, cure })
    }
  })

/** No number for the first page: without one, sharp takes the page that the file declares as its main one. */
const optionsOf = (page: number) => (page === 1 ? {} : { page: page - 1 })

/** What libvips reads, and which page of it. */
const sourceOf = (from: string | ImageBytes) => {
  const path = typeof from === "string" ? from : from.path
  const { file, page } = placeOf(path)
  return { path, page, file: typeof from === "string" ? file : from.bytes }
}

/** Refuses samples that libvips would give wrong colours. */
const checkSamples = Effect.fnUntraced(function* (from: string | ImageBytes, { depth, format }: Metadata) {
  const { path, file, page } = sourceOf(from)
  if (depth !== "uchar" && depth !== "ushort") {
    return yield* bad(
      path,
      `its samples are of type ${depth}, of which nothing says what is black and what is white`,
      "Convert it to 8 or 16 bits a sample."
    )
  }
  if (format === "tiff" && (yield* Tiff.isRawYcc(file, page))) {
    return yield* bad(
      path,
      "its samples are luma and chroma (YCbCr) outside of JPEG, which are not converted to colours",
      "Convert it to RGB."
    )
  }
})

/** The header of the page that is meant; `whole` if the pixels are wanted, too. */
const metadataOf = Effect.fnUntraced(function* (
  sharp: SharpModule,
  from: string | ImageBytes,
  whole = false
) {
  const { path, file, page } = sourceOf(from)
  const source = yield* examine(path, file, whole)
  const first = yield* attempt(path, () => sharp(source).metadata())
  const pages = first.pages ?? 1
  if (page > pages) {
    const has = pages === 1 ? "it is a single picture" : `it has ${pages} pages`
    return yield* bad(path, `${has}, and page ${page} was asked for`, "Name a page that it has.")
  }
  const metadata = page === 1 ? first : yield* attempt(path, () => sharp(source, optionsOf(page)).metadata())
  yield* checkSamples(from, metadata)
  return { ...metadata, source, page, pages }
})

type Header = Effect.Success<ReturnType<typeof metadataOf>>

const headerOf = ({ autoOrient: { width, height }, pages }: Header): ImageHeader => ({
  width,
  height,
  ...(pages > 1 ? { pages } : {})
})

/** Formats that are decoded line by line, unless their lines come in several passes or have to be turned. */
const isStreamed = ({ format, isProgressive, orientation }: Header): boolean =>
  /^(jpeg|png|tiff)$/.test(format) && isProgressive !== true && (orientation ?? 1) === 1

/** Refuses a picture that would be too large in memory, and names the largest allowed size of its shape. */
const checkPixels = (path: string, { width, height }: ImageSize, factor: number) => {
  const pixels = width * height * factor * factor
  if (pixels <= MOST_PIXELS) return Effect.void
  const fits = Math.sqrt(MOST_PIXELS / (width * height))
  const [w, h] = [Math.floor(width * fits), Math.floor(height * fits)]
  return bad(
    path,
    `it has ${Math.round(pixels / 1e6)} million pixels, and ${MOST_PIXELS / 1e6} million is the limit`,
    `Scale it down to at most ${w} x ${h}.`
  )
}

const read = Effect.fnUntraced(function* (
  sharp: SharpModule,
  from: string | ImageBytes,
  options?: { readonly maxSide?: number }
) {
  const { path } = sourceOf(from)
  const metadata = yield* metadataOf(sharp, from, true)
  const size = headerOf(metadata)
  const long = Math.max(size.width, size.height)
  const maxSide = options?.maxSide ?? long
  yield* checkPixels(path, size, isStreamed(metadata) ? Math.min(1, maxSide / long) : 1)
  // `autoOrient` and not `rotate` on a decoded buffer: the tag is read here and is not in the result.
  const pipeline = sharp(metadata.source, { failOn: "warning", ...optionsOf(metadata.page) })
    .timeout({ seconds: MOST_SECONDS })
    .autoOrient()
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

/** sharp's own memory, which is a third faster than a copy; one channel is repeated to three. */
const toRgb = (data: Uint8Array, channels: number): Uint8Array => {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
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

/** Raised with every change above of what `read` gives, since caches of pictures are keyed by it. */
const READING = 1

const versionOf = ({ versions }: SharpModule): string =>
  JSON.stringify([READING, process.arch, versions.sharp, versions.vips])

/** Nothing to release: sharp keeps no handle between calls. The first call loads its module. */
export const layer: Layer.Layer<ImageCodec> = Layer.effect(
  ImageCodec,
  Effect.gen(function* () {
    const sharp = yield* Effect.cached(Effect.uninterruptible(load))
    return ImageCodec.of({
      version: Effect.map(sharp, versionOf),
      probe: (path) => Effect.flatMap(sharp, (module) => Effect.map(metadataOf(module, path), headerOf)),
      read: (from, options) => Effect.flatMap(sharp, (module) => read(module, from, options)),
      encode: (image, format) => Effect.flatMap(sharp, (module) => encode(module, image, format))
    })
  })
)
