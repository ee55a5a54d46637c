/**
 * The EXIF orientation (CIPA DC-008, tag 0x0112) in the bytes of a JPEG, PNG, WebP or TIFF file: 1 is upright, 6 and 8
 * lie on a side, and 2, 4, 5 and 7 are mirrored.
 */

const ORIENTATION = 0x0112

const ascii = (bytes: Uint8Array, at: number, text: string): boolean =>
  [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0))

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** In a block that begins as a TIFF file does. */
const inTiff = (bytes: Uint8Array): number | undefined => {
  const little = ascii(bytes, 0, "II")
  if (bytes.length < 8 || !(little || ascii(bytes, 0, "MM"))) return undefined
  const view = viewOf(bytes)
  const first = view.getUint32(4, little)
  if (first + 2 > bytes.length) return undefined
  const entries = view.getUint16(first, little)
  for (let i = 0; i < entries; i++) {
    const at = first + 2 + 12 * i
    if (at + 12 > bytes.length) return undefined
    if (view.getUint16(at, little) === ORIENTATION) return view.getUint16(at + 8, little)
  }
  return undefined
}

const EXIF = "Exif\0\0"

/** In the APP1 segment, which comes before the image data. */
const inJpeg = (bytes: Uint8Array): number | undefined => {
  let at = 2
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const length = viewOf(bytes).getUint16(at + 2)
    if (bytes[at + 1] === 0xe1 && ascii(bytes, at + 4, EXIF)) {
      return inTiff(bytes.subarray(at + 4 + EXIF.length, at + 2 + length))
    }
    at += 2 + length
  }
  return undefined
}

/** In the chunk of a name: length and name before the data in a PNG, name and length in a WebP. */
const inChunks = (
  bytes: Uint8Array,
  begin: number,
  { png }: { readonly png: boolean }
): number | undefined => {
  let at = begin
  while (at + 8 <= bytes.length) {
    const length = viewOf(bytes).getUint32(png ? at : at + 4, !png)
    if (ascii(bytes, png ? at + 4 : at, png ? "eXIf" : "EXIF")) {
      const block = bytes.subarray(at + 8, at + 8 + length)
      return inTiff(ascii(block, 0, EXIF) ? block.subarray(EXIF.length) : block)
    }
    // A PNG's chunk ends with a checksum; a WebP's length is padded to an even number.
    at += 8 + length + (png ? 4 : length % 2)
  }
  return undefined
}

const found = (bytes: Uint8Array): number | undefined => {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return inJpeg(bytes)
  if (ascii(bytes, 1, "PNG")) return inChunks(bytes, 8, { png: true })
  if (ascii(bytes, 0, "RIFF") && ascii(bytes, 8, "WEBP")) return inChunks(bytes, 12, { png: false })
  return inTiff(bytes)
}

/** 1 to 8; 0 where the file has none, or none that means anything. */
export const of = (bytes: Uint8Array): number => {
  const orientation = found(bytes) ?? 0
  return orientation >= 1 && orientation <= 8 ? orientation : 0
}

/** What a viewer does with the stored pixels. */
export const MEANING: ReadonlyArray<string> = [
  "no tag",
  "upright",
  "mirrored",
  "turned by 180°",
  "mirrored, turned by 180°",
  "mirrored, turned by 90° left",
  "turned by 90° right",
  "mirrored, turned by 90° right",
  "turned by 90° left"
]
