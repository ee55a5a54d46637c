/** PNG of 8-bit RGB (W3C PNG, third edition): lossless, every pixel as given. */
import { crc32, deflateSync } from "node:zlib"
import type { Image } from "../../../pipeline/run/RunLogger.ts"

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const bytes = Buffer.alloc(12 + data.length)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(type, 4, "latin1")
  bytes.set(data, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length)
  return bytes
}

/** Each row minus the one above it (filter 2), which suits pictures of paper. */
const filtered = ({ rgb, width, height }: Image): Uint8Array => {
  const stride = width * 3
  const rows = new Uint8Array((stride + 1) * height)
  for (let y = 0; y < height; y++) {
    rows[y * (stride + 1)] = 2
    for (let x = 0; x < stride; x++) {
      const above = y === 0 ? 0 : (rgb[(y - 1) * stride + x] ?? 0)
      rows[y * (stride + 1) + 1 + x] = (rgb[y * stride + x] ?? 0) - above
    }
  }
  return rows
}

export const encode = (image: Image): Uint8Array => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(image.width, 0)
  header.writeUInt32BE(image.height, 4)
  // Eight bits a channel, true colour, deflate, adaptive filters, no interlace.
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(filtered(image), { level: 4 })),
    chunk("IEND", new Uint8Array(0))
  ])
}
