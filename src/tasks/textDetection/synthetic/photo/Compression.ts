/**
 * The effect of JPEG on a grey picture: 8 × 8 cosine transforms with coarse steps, which give its blocks and ringing.
 */

const SIZE = 8

/** DCT-II, orthonormal (Ahmed, Natarajan and Rao, 1974): row k holds c(k) cos((2n + 1) k π / 16), n = 0 … 3. */
const BASIS = Float64Array.from({ length: SIZE * 4 }, (_, at) => {
  const k = at >> 2
  return Math.sqrt((k === 0 ? 1 : 2) / SIZE) * Math.cos(((2 * (at & 3) + 1) * k * Math.PI) / (2 * SIZE))
})

/** The luminance table of ITU-T T.81, Annex K. */
const TABLE = Float32Array.from(
  `
  16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55
  14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62
  18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92
  49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99
  `
    .trim()
    .split(/\s+/),
  Number
)

/**
 * Eight values, `stride` apart: even rows of the basis are symmetric and odd ones antisymmetric, so sums and
 * differences suffice.
 */
const forward = (data: Float64Array, from: number, stride: number): void => {
  const at = (n: number) => data[from + n * stride] ?? 0
  const [x0, x1, x2, x3] = [at(0), at(1), at(2), at(3)]
  const [x4, x5, x6, x7] = [at(4), at(5), at(6), at(7)]
  for (let k = 0; k < SIZE; k += 2) data[from + k * stride] = row(k, x0 + x7, x1 + x6, x2 + x5, x3 + x4)
  for (let k = 1; k < SIZE; k += 2) data[from + k * stride] = row(k, x0 - x7, x1 - x6, x2 - x5, x3 - x4)
}

const row = (k: number, a: number, b: number, c: number, d: number): number => {
  const i = 4 * k
  return (BASIS[i] ?? 0) * a + (BASIS[i + 1] ?? 0) * b + (BASIS[i + 2] ?? 0) * c + (BASIS[i + 3] ?? 0) * d
}

const column = (n: number, parity: number, a: number, b: number, c: number, d: number): number => {
  const i = n + 4 * parity
  return (BASIS[i] ?? 0) * a + (BASIS[i + 8] ?? 0) * b + (BASIS[i + 16] ?? 0) * c + (BASIS[i + 24] ?? 0) * d
}

/** The transpose of `forward`, which is its inverse. */
const backward = (data: Float64Array, from: number, stride: number): void => {
  const at = (k: number) => data[from + k * stride] ?? 0
  const [y0, y1, y2, y3] = [at(0), at(1), at(2), at(3)]
  const [y4, y5, y6, y7] = [at(4), at(5), at(6), at(7)]
  for (let n = 0; n < 4; n++) {
    const even = column(n, 0, y0, y2, y4, y6)
    const odd = column(n, 1, y1, y3, y5, y7)
    data[from + n * stride] = even + odd
    data[from + (7 - n) * stride] = even - odd
  }
}

/** Steps for `quality` 1 … 100, as the IJG's library scales the table and clamps it to a byte. */
const steps = (quality: number): Float32Array => {
  const scale = quality < 50 ? 50 / quality : 2 - quality / 50
  return TABLE.map((step) => Math.max(1, Math.min(255, Math.floor(step * scale + 0.5))))
}

/**
 * Whether a block varies enough for the quantiser to change it visibly; paper does not, and most of the picture is
 * paper.
 */
const busy = (block: Float64Array): boolean => {
  let low = 255
  let high = -255
  for (let i = 0; i < block.length; i++) {
    const value = block[i] ?? 0
    if (value < low) low = value
    if (value > high) high = value
  }
  return high - low > 24
}

const quantise = (block: Float64Array, table: Float32Array): void => {
  for (let i = 0; i < SIZE; i++) forward(block, i * SIZE, 1)
  for (let i = 0; i < SIZE; i++) forward(block, i, SIZE)
  for (let i = 0; i < block.length; i++) {
    const step = table[i] ?? 1
    block[i] = Math.round((block[i] ?? 0) / step) * step
  }
  for (let i = 0; i < SIZE; i++) backward(block, i, SIZE)
  for (let i = 0; i < SIZE; i++) backward(block, i * SIZE, 1)
}

/** Degrades `grey` (0 … 255) in place; the remaining pixels at the right and bottom, fewer than 8, are not changed. */
export const degrade = (grey: Float32Array, width: number, height: number, quality: number): void => {
  const table = steps(quality)
  const block = new Float64Array(SIZE * SIZE)
  for (let top = 0; top + SIZE <= height; top += SIZE) {
    for (let left = 0; left + SIZE <= width; left += SIZE) {
      const corner = top * width + left
      for (let i = 0; i < block.length; i++) block[i] = (grey[corner + (i >> 3) * width + (i & 7)] ?? 0) - 128
      if (!busy(block)) continue
      quantise(block, table)
      for (let i = 0; i < block.length; i++) grey[corner + (i >> 3) * width + (i & 7)] = (block[i] ?? 0) + 128
    }
  }
}
