/** Compresses a sample and decompresses it again: the blocks and rings of JPEG, with half the colours' resolution. */
import * as Schema from "effect/Schema"
import { field } from "../../plan/PlanField.ts"
import type { Transform } from "../Transform.ts"
import * as Compression from "./Compression.ts"

const Quality = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 }))

export const Jpeg = Schema.Struct({
  kind: Schema.tag("jpeg"),
  quality: field(Schema.Tuple([Quality, Quality]), [30, 90], "Least and most quality, as of IJG's library.")
})

interface Planes {
  /** Multiples of 16, so that every plane is made of whole blocks. */
  readonly width: number
  readonly height: number
  /** One value for each pixel. */
  readonly y: Float32Array
  /** One for each four pixels, the mean of theirs. */
  readonly cb: Float32Array
  readonly cr: Float32Array
}

/** Luminance and colour differences as JFIF has them (ITU-T T.871); beyond its edges the picture goes on as they are. */
const planesOf = (rgb: Uint8Array, width: number, height: number): Planes => {
  const across = Math.ceil(width / 16) * 16
  const down = Math.ceil(height / 16) * 16
  const half = across / 2
  const y = new Float32Array(across * down)
  const cb = new Float32Array(y.length / 4)
  const cr = new Float32Array(y.length / 4)
  for (let i = 0; i < y.length; i++) {
    const [column, row] = [i % across, Math.floor(i / across)]
    const at = (Math.min(row, height - 1) * width + Math.min(column, width - 1)) * 3
    const [r, g, b] = [rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0]
    const luma = 0.299 * r + 0.587 * g + 0.114 * b
    const to = (row >> 1) * half + (column >> 1)
    y[i] = luma
    cb[to] = (cb[to] ?? 0) + (128 + (b - luma) / 1.772) / 4
    cr[to] = (cr[to] ?? 0) + (128 + (r - luma) / 1.402) / 4
  }
  return { width: across, height: down, y, cb, cr }
}

const byte = (value: number): number => Math.min(255, Math.max(0, Math.round(value)))

const write = (rgb: Uint8Array, width: number, planes: Planes): void => {
  for (let i = 0, at = 0; at < rgb.length; i++, at += 3) {
    const [column, row] = [i % width, Math.floor(i / width)]
    const from = (row >> 1) * (planes.width / 2) + (column >> 1)
    const luma = planes.y[row * planes.width + column] ?? 0
    const [cb, cr] = [(planes.cb[from] ?? 0) - 128, (planes.cr[from] ?? 0) - 128]
    rgb[at] = byte(luma + 1.402 * cr)
    rgb[at + 1] = byte(luma - 0.344136 * cb - 0.714136 * cr)
    rgb[at + 2] = byte(luma + 1.772 * cb)
  }
}

/** In place, row-major RGB. */
export const compress = (rgb: Uint8Array, width: number, height: number, quality: number): void => {
  const planes = planesOf(rgb, width, height)
  const [halfWidth, halfHeight] = [planes.width / 2, planes.height / 2]
  Compression.degrade(planes.y, planes.width, planes.height, quality, { flat: 0 })
  for (const plane of [planes.cb, planes.cr])
    Compression.degrade(plane, halfWidth, halfHeight, quality, { flat: 0, chrominance: true })
  write(rgb, width, planes)
}

export const make =
  ({ quality: [least, most] }: typeof Jpeg.Type): Transform =>
  (_, random) => {
    const quality = least + random.int(Math.max(0, most - least) + 1)
    return { paint: (rgb, width, height) => compress(rgb, width, height, quality) }
  }
