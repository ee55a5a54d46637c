/**
 * A hash of how a picture looks, so that a copy of another size, compression or brightness has nearly the same: the
 * difference hash dHash (Krawetz, "Kind of Like That", 2013), with 16 × 16 bits for each direction instead of 8 × 8 for
 * one, since pages of text differ less than photographs.
 */
import type { RgbImage } from "../picture/Images.ts"

const SIDE = 16
const CELLS = SIDE + 1

/** Bits of a hash. */
export const BITS = 2 * SIDE * SIDE

/**
 * Near duplicates differ in at most so many bits of 512, and their grey values on a grid of 64 × 64 correlate by `ALIKE`
 * or more. Of 416 scanned receipts, many with one layout, no two do, while copies at JPEG quality 40 or of another
 * brightness do, and most of half the size.
 */
export const NEAR = 24
export const ALIKE = 0.96

const FINE = 64

/** Grey values, 0 to 255, that a neighbour has to differ by: less is noise on paper of one colour. */
const STEP = 2

/** Mean luma (Rec. 601) of the cells of a square grid over the picture. */
const cells = ({ width, height, rgb }: RgbImage, side: number): Float64Array => {
  const sums = new Float64Array(side * side)
  const counts = new Float64Array(side * side)
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * side) / height) * side
    for (let x = 0; x < width; x++, at += 3) {
      const cell = row + Math.floor((x * side) / width)
      const luma = 0.299 * (rgb[at] ?? 0) + 0.587 * (rgb[at + 1] ?? 0) + 0.114 * (rgb[at + 2] ?? 0)
      sums[cell] = (sums[cell] ?? 0) + luma
      counts[cell] = (counts[cell] ?? 0) + 1
    }
  }
  return sums.map((sum, i) => sum / Math.max(1, counts[i] ?? 1))
}

export interface Look {
  /** 512 bits. */
  readonly bits: Uint32Array
  /** Grey values on the finer grid. */
  readonly grey: Uint8ClampedArray
}

const bitsOf = (grey: Float64Array): Uint32Array => {
  const hash = new Uint32Array(BITS / 32)
  const set = (bit: number) => {
    hash[bit >> 5] = ((hash[bit >> 5] ?? 0) | (1 << (bit & 31))) >>> 0
  }
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const here = grey[y * CELLS + x] ?? 0
      const bit = y * SIDE + x
      if ((grey[y * CELLS + x + 1] ?? 0) - here > STEP) set(bit)
      if ((grey[(y + 1) * CELLS + x] ?? 0) - here > STEP) set(SIDE * SIDE + bit)
    }
  }
  return hash
}

/** How a picture looks. It should have some more pixels a side than the 64 cells of the finer grid. */
export const of = (image: RgbImage): Look => ({
  bits: bitsOf(cells(image, CELLS)),
  grey: Uint8ClampedArray.from(cells(image, FINE))
})

const ones = (word: number): number => {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** The number of bits in which two hashes differ; counting ends beyond `most`. */
export const distance = (a: Uint32Array, b: Uint32Array, most = BITS): number => {
  let bits = 0
  for (let i = 0; i < a.length && bits <= most; i++) bits += ones((a[i] ?? 0) ^ (b[i] ?? 0))
  return bits
}

/**
 * The bits of a hash in `NEAR + 1` parts, a whole number each. Two hashes that differ in at most `NEAR` bits have one
 * of these in common. Bits of a part come from all over the picture, since neighbours are mostly alike.
 */
export const partsOf = (bits: Uint32Array): ReadonlyArray<number> => {
  const parts = Array.from({ length: NEAR + 1 }, () => 0)
  for (let bit = 0; bit < BITS; bit++) {
    const part = bit % parts.length
    parts[part] = 2 * (parts[part] ?? 0) + (((bits[bit >> 5] ?? 0) >>> (bit & 31)) & 1)
  }
  return parts
}

const mean = (values: Uint8ClampedArray): number => values.reduce((sum, one) => sum + one, 0) / values.length

/** Pearson's correlation of grey values, in [-1, 1]; 1 for two pictures of one colour. */
export const correlation = (a: Uint8ClampedArray, b: Uint8ClampedArray): number => {
  const [ma, mb] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] ?? 0) - ma, (b[i] ?? 0) - mb]
    ab += x * y
    aa += x * x
    bb += y * y
  }
  if (aa === 0 || bb === 0) return aa === bb ? 1 : 0
  return ab / Math.sqrt(aa * bb)
}

/** Whether two pictures are near duplicates. */
export const areAlike = (a: Look, b: Look): boolean =>
  distance(a.bits, b.bits, NEAR) <= NEAR && correlation(a.grey, b.grey) >= ALIKE
