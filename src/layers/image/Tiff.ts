/** What libvips does not say of a TIFF: how its samples become colours (TIFF 6.0, section 2; BigTIFF). */
import { open } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

type Read = (at: number, length: number) => Promise<DataView>

/** Sizes in bytes, and how the numbers of a file are read. */
interface Form {
  readonly little: boolean
  /** Of the count of entries, of an entry, of its value's place in it, and of an offset. */
  readonly count: 2 | 8
  readonly entry: 12 | 20
  readonly value: 8 | 12
  readonly offset: 4 | 8
}

/** More entries than any writer makes, so that a count that lies costs nothing. */
const MOST_ENTRIES = 4096

const numberAt = (view: DataView, at: number, bytes: 2 | 4 | 8, little: boolean): number => {
  if (bytes === 2) return view.getUint16(at, little)
  return bytes === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little))
}

const tagsAt = async (read: Read, at: number, { little, count, entry, value, offset }: Form) => {
  const entries = numberAt(await read(at, count), 0, count, little)
  const length = Math.min(entries, MOST_ENTRIES) * entry
  const view = await read(at + count, length + offset)
  const tags = new Map<number, number>()
  for (let from = 0; from < length; from += entry) {
    tags.set(view.getUint16(from, little), view.getUint16(from + value, little))
  }
  return { tags, next: numberAt(view, length, offset, little) }
}

const tagsOf = async (read: Read, page: number) => {
  const header = await read(0, 16)
  const little = header.getUint8(0) === 0x49
  const big = header.getUint16(2, little) === 43
  const form: Form = big
    ? { little, count: 8, entry: 20, value: 12, offset: 8 }
    : { little, count: 2, entry: 12, value: 8, offset: 4 }
  let at = numberAt(header, big ? 8 : 4, form.offset, little)
  for (let left = page - 1; left > 0; left--) at = (await tagsAt(read, at, form)).next
  return (await tagsAt(read, at, form)).tags
}

const [COMPRESSION, PHOTOMETRIC] = [259, 262]
const [JPEG, YCBCR] = [7, 6]

/** Reads a file, as far as it is needed. */
const inFile = (file: string, page: number) =>
  Effect.acquireUseRelease(
    Effect.tryPromise(() => open(file, "r")),
    (handle) =>
      Effect.tryPromise(() =>
        tagsOf(async (at, length) => {
          const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, at)
          return new DataView(buffer.buffer, 0, bytesRead)
        }, page)
      ),
    (handle) => Effect.promise(() => handle.close())
  )

const inMemory = (bytes: Uint8Array, page: number) =>
  Effect.tryPromise(() =>
    tagsOf(async (at, length) => {
      const part = bytes.subarray(at, at + length)
      return new DataView(part.buffer, part.byteOffset, part.byteLength)
    }, page)
  )

/**
 * Whether a page's samples are luma and chroma that libvips takes for red, green and blue: only within JPEG are they
 * converted. False for a file that cannot be read this way, of which libvips says what is wrong.
 */
export const isRawYcc = (file: string | Uint8Array, page: number): Effect.Effect<boolean> =>
  (typeof file === "string" ? inFile(file, page) : inMemory(file, page)).pipe(
    Effect.map((tags) => tags.get(PHOTOMETRIC) === YCBCR && tags.get(COMPRESSION) !== JPEG),
    Effect.option,
    Effect.map(Option.getOrElse(() => false))
  )
