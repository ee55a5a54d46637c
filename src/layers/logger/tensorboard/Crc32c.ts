/** CRC-32C (Castagnoli, 1993; RFC 3720 appendix B.4), as TFRecord files use it. */

/** The polynomial 0x1EDC6F41, bits reversed. */
const polynomial = 0x82f63b78

const byByte = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
  return crc >>> 0
})

/** The table for a byte followed by one more byte than those of `table`. */
const shifted = (table: Uint32Array): Uint32Array =>
  table.map((crc) => ((byByte[crc & 0xff] ?? 0) ^ (crc >>> 8)) >>> 0)

const second = shifted(byByte)
const third = shifted(second)
const fourth = shifted(third)

const of = (table: Uint32Array, byte: number): number => table[byte & 0xff] ?? 0

/**
 * Four bytes at a time ("slicing-by-4": Kounavis and Berry, A Systematic Approach to Building CRC Generators, 2005).
 */
export const crc32c = (bytes: Uint8Array): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const whole = bytes.length & ~3
  let crc = -1
  for (let at = 0; at < whole; at += 4) {
    crc ^= view.getInt32(at, true)
    crc = of(fourth, crc) ^ of(third, crc >>> 8) ^ of(second, crc >>> 16) ^ of(byByte, crc >>> 24)
  }
  for (const byte of bytes.subarray(whole)) crc = of(byByte, crc ^ byte) ^ (crc >>> 8)
  return ~crc >>> 0
}

/** TFRecord's mask, so that checksums of data that contains checksums stay reliable. */
export const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
