/**
 * The framing of a `.wandb` file: LevelDB's log format (blocks of 32 KiB, records in fragments), with another header
 * and plain CRC-32. Pure.
 */
import { crc32 } from "node:zlib"

/** `:W&B`, the magic number 0xBEE1 and version 0; these bytes are part of the first block. */
export const header = Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00)

const blockSize = 32_768

/** Checksum u32, length u16, type u8. */
const fragmentHeader = 7

/** Depends on whether the fragment is the first and the last of its record. */
const typeOf = (first: boolean, last: boolean): number => {
  if (first) return last ? 1 : 2
  return last ? 4 : 3
}

const fragment = (type: number, data: Uint8Array): Uint8Array => {
  const bytes = Buffer.alloc(fragmentHeader + data.length)
  bytes.writeUInt16LE(data.length, 4)
  bytes[6] = type
  bytes.set(data, fragmentHeader)
  bytes.writeUInt32LE(crc32(bytes.subarray(6)), 0)
  return bytes
}

/** A record's bytes to append to a file of `at` bytes, header included. */
export const record = (data: Uint8Array, at: number): Uint8Array => {
  const parts: Array<Uint8Array> = []
  let position = at
  let rest = data
  for (let first = true; first || rest.length > 0; first = false) {
    const room = blockSize - (position % blockSize)
    if (room < fragmentHeader) {
      parts.push(new Uint8Array(room))
      position += room
    }
    const most = blockSize - (position % blockSize) - fragmentHeader
    const piece = rest.subarray(0, most)
    rest = rest.subarray(piece.length)
    parts.push(fragment(typeOf(first, rest.length === 0), piece))
    position += fragmentHeader + piece.length
  }
  return Buffer.concat(parts)
}
