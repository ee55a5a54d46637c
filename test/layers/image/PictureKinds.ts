/**
 * Small pictures of every kind that is read, with the pixels that they must give by construction: blocks of 8 x 8 equal
 * pixels, so that a lossy codec keeps them to a few grey values, in few colours, so that a palette holds all.
 */
import sharp, { type Sharp } from "sharp"
import type { RgbImage } from "../../../src/pipeline/picture/Images.ts"

const [width, height, block] = [48, 32, 8]

const blocks = (colour: (column: number, row: number) => readonly [number, number, number]): RgbImage => {
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
    return colour(Math.floor(x / block), Math.floor(y / block))[i % 3] ?? 0
  })
  return { width, height, rgb }
}

/** No two blocks are the same, so that no orientation or page looks like another. */
export const colours = blocks((x, y) => [40 * x + 20, 60 * y + 30, (30 * x + 50 * y) % 256])
export const others = blocks((x, y) => [255 - 40 * x, 60 * y, (50 * x + 20 * y) % 256])
export const greys = blocks((x, y) => {
  const grey = 10 * (6 * y + x) + 5
  return [grey, grey, grey]
})
export const bits = blocks((x, y) => {
  const bit = (x * x + y) % 3 === 0 ? 255 : 0
  return [bit, bit, bit]
})
/** Inside of every gamut, for print and for wide colours. */
export const dull = blocks((x, y) => [100 + 12 * x, 90 + 20 * y, 130 + 5 * x - 6 * y])

export const ofRgb = ({ rgb, width, height }: RgbImage): Sharp =>
  sharp(rgb, { raw: { width, height, channels: 3 } })

/** The picture on white where its alpha, one for each column of blocks, lets white through. */
const alphas = [0, 51, 102, 153, 204, 255]
const alphaAt = (i: number): number => alphas[Math.floor((i % width) / block)] ?? 0

const onWhite = ({ rgb }: RgbImage): RgbImage => ({
  width,
  height,
  rgb: rgb.map((value, i) => {
    const alpha = alphaAt(Math.floor(i / 3)) / 255
    return Math.round(value * alpha + 255 * (1 - alpha))
  })
})

const withAlpha = ({ rgb }: RgbImage): Sharp => {
  const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? alphaAt(i >> 2) : (rgb[(i >> 2) * 3 + (i % 4)] ?? 0)
  )
  return sharp(rgba, { raw: { width, height, channels: 4 } })
}

/** 16 bits a sample, of which the lower 8 are as given. */
const deep = ({ rgb }: RgbImage, lower: number): Sharp =>
  sharp(
    Uint16Array.from(rgb, (value) => value * 256 + lower),
    {
      raw: { width, height, channels: 3 }
    }
  ).toColourspace("rgb16")

const deepGrey = ({ rgb }: RgbImage): Sharp =>
  sharp(
    Uint16Array.from({ length: width * height }, (_, i) => (rgb[3 * i] ?? 0) * 257),
    {
      raw: { width, height, channels: 1 }
    }
  ).toColourspace("grey16")

const grey = (image: RgbImage): Sharp => ofRgb(image).toColourspace("b-w")

const png = (image: RgbImage) => ofRgb(image).png().toBuffer()

const several = async (...pages: ReadonlyArray<RgbImage>): Promise<Sharp> =>
  sharp(await Promise.all(pages.map(png)), { join: { animated: true } })

/** As a scanner would store it: rotated to the left, and the tag that says so. */
const turned = async (image: RgbImage): Promise<Sharp> => {
  const { data, info } = await ofRgb(image).rotate(270).raw().toBuffer({ resolveWithObject: true })
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } }).withMetadata({
    orientation: 6
  })
}

export interface Kind {
  /** Its file's name. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly gives: RgbImage
  /** Most grey values by which a sample may differ. */
  readonly within: number
  /** Pages or frames. */
  readonly pages?: number
}

const exact = { quality: 100, chromaSubsampling: "4:4:4" } as const

const table: ReadonlyArray<
  readonly [name: string, gives: RgbImage, within: number, made: () => Promise<Uint8Array>, pages?: number]
> = [
  ["plain.jpg", colours, 3, () => ofRgb(colours).jpeg(exact).toBuffer()],
  [
    "progressive.jpg",
    colours,
    3,
    () =>
      ofRgb(colours)
        .jpeg({ ...exact, progressive: true })
        .toBuffer()
  ],
  ["grey.jpg", greys, 1, () => grey(greys).jpeg(exact).toBuffer()],
  ["cmyk.jpg", dull, 14, () => ofRgb(dull).toColourspace("cmyk").jpeg(exact).toBuffer()],
  ["cmyk-profile.jpg", dull, 14, () => ofRgb(dull).withIccProfile("cmyk").jpeg(exact).toBuffer()],
  ["wide.jpg", dull, 5, () => ofRgb(dull).withIccProfile("p3").jpeg(exact).toBuffer()],
  ["wide.png", dull, 2, () => ofRgb(dull).withIccProfile("p3").png().toBuffer()],
  ["plain.png", colours, 0, () => png(colours)],
  ["interlaced.png", colours, 0, () => ofRgb(colours).png({ progressive: true }).toBuffer()],
  ["palette.png", colours, 0, () => ofRgb(colours).png({ palette: true, dither: 0 }).toBuffer()],
  ["bits.png", bits, 0, () => ofRgb(bits).png({ palette: true, colours: 2, dither: 0 }).toBuffer()],
  ["grey.png", greys, 0, () => grey(greys).png().toBuffer()],
  ["alpha.png", onWhite(colours), 1, () => withAlpha(colours).png().toBuffer()],
  ["grey-alpha.png", onWhite(greys), 1, () => withAlpha(greys).toColourspace("b-w").png().toBuffer()],
  ["deep.png", colours, 0, () => deep(colours, 255).png().toBuffer()],
  ["deep-grey.png", greys, 0, () => deepGrey(greys).png().toBuffer()],
  ["plain.tiff", colours, 0, () => ofRgb(colours).tiff({ compression: "lzw" }).toBuffer()],
  [
    "tiles.tiff",
    colours,
    0,
    () =>
      ofRgb(colours).tiff({ compression: "deflate", tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer()
  ],
  ["fax.tiff", bits, 0, () => grey(bits).tiff({ bitdepth: 1, compression: "ccittfax4" }).toBuffer()],
  ["deep.tiff", colours, 0, () => deep(colours, 0).tiff({ compression: "none" }).toBuffer()],
  ["cmyk.tiff", dull, 14, () => ofRgb(dull).toColourspace("cmyk").tiff().toBuffer()],
  ["jpeg.tiff", colours, 3, () => ofRgb(colours).tiff({ compression: "jpeg", quality: 100 }).toBuffer()],
  [
    "pages.tiff",
    colours,
    0,
    async () => (await several(colours, others)).tiff({ compression: "lzw" }).toBuffer(),
    2
  ],
  ["plain.webp", dull, 16, () => ofRgb(dull).webp({ quality: 100, smartSubsample: true }).toBuffer()],
  ["exact.webp", colours, 0, () => ofRgb(colours).webp({ lossless: true }).toBuffer()],
  [
    "alpha.webp",
    onWhite(colours),
    1,
    () => withAlpha(colours).webp({ lossless: true, exact: true }).toBuffer()
  ],
  [
    "frames.webp",
    colours,
    0,
    async () => (await several(colours, others)).webp({ lossless: true }).toBuffer(),
    2
  ],
  ["plain.avif", colours, 6, () => ofRgb(colours).avif(exact).toBuffer()],
  [
    "deep.avif",
    colours,
    6,
    () =>
      deep(colours, 0)
        .avif({ ...exact, bitdepth: 10 })
        .toBuffer()
  ],
  ["plain.gif", colours, 0, () => ofRgb(colours).gif({ dither: 0 }).toBuffer()],
  ["frames.gif", colours, 0, async () => (await several(colours, others)).gif({ dither: 0 }).toBuffer(), 2],
  ["turned.jpg", colours, 3, async () => (await turned(colours)).jpeg(exact).toBuffer()],
  ["turned.png", colours, 0, async () => (await turned(colours)).png().toBuffer()],
  ["turned.webp", colours, 0, async () => (await turned(colours)).webp({ lossless: true }).toBuffer()],
  ["turned.tiff", colours, 0, async () => (await turned(colours)).tiff({ compression: "lzw" }).toBuffer()],
  ["turned.avif", colours, 6, async () => (await turned(colours)).avif(exact).toBuffer()]
]

export const kinds = (): Promise<ReadonlyArray<Kind>> =>
  Promise.all(
    table.map(async ([name, gives, within, made, pages]) => ({
      name,
      bytes: new Uint8Array(await made()),
      gives,
      within,
      ...(pages === undefined ? {} : { pages })
    }))
  )
