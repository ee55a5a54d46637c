/**
 * The files of a zip archive (PKWARE's APPNOTE 6.3.10: stored and deflated members, no zip64, no encryption), read in
 * memory: nothing is written, and a member that grows beyond its limit, as in a zip bomb, is refused.
 */
import { crc32, inflateRawSync } from "node:zlib"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { DataError } from "../../../pipeline/task/Dataset.ts"

export interface Member {
  /** With slashes. */
  readonly name: string
  readonly bytes: Uint8Array
}

export interface Limits {
  /** Bytes of one file, once inflated. */
  readonly member: number
  /** Bytes of all of them. */
  readonly total: number
}

/** Pages have some hundred lines of text, so even the largest sets stay far below. */
export const limits: Limits = { member: 64 << 20, total: 1 << 30 }

const END = 0x06054b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
/** The end record has a comment of at most 65,535 bytes. */
const mostEnd = 22 + 65_535

/** Where the end record is: the last one that its comment fits behind. */
const endOf = (view: DataView): number | undefined => {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - mostEnd); at--) {
    if (view.getUint32(at, true) === END && at + 22 + view.getUint16(at + 20, true) === view.byteLength)
      return at
  }
  return undefined
}

interface Entry {
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly offset: number
  /** Where the next one begins. */
  readonly next: number
}

const entryAt = (bytes: Uint8Array, view: DataView, at: number): Entry | undefined => {
  if (at + 46 > bytes.length || view.getUint32(at, true) !== ENTRY) return undefined
  const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true))
  const end = at + 46 + (name ?? 0)
  return {
    name: new TextDecoder().decode(bytes.subarray(at + 46, end)),
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
    next: end + (extra ?? 0) + (comment ?? 0)
  }
}

/** Whether a name leads out of the folder that it would be unpacked to. */
const leadsOut = (name: string): boolean =>
  /^(?:[/\\]|[a-z]:)/i.test(name) || name.split(/[/\\]/).includes("..") || name.includes("\0")

const problemOf = ({ name, flags, method, size }: Entry, { member }: Limits): string | undefined => {
  const file = JSON.stringify(name)
  if (leadsOut(name)) return `the file name ${file} leads out of the archive`
  if ((flags & 1) === 1) return `${file} is encrypted`
  if (method !== 0 && method !== 8) return `${file} is packed by method ${method}, not stored or deflated`
  return size > member ? `${file} has ${size} bytes, more than ${member}` : undefined
}

/** The content of a member; undefined if it is not what the list of files says. */
const contentOf = (bytes: Uint8Array, view: DataView, entry: Entry): Uint8Array | undefined => {
  const { offset, packed, size, crc, method } = entry
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== LOCAL) return undefined
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true)
  if (start + packed > bytes.length) return undefined
  const data = bytes.subarray(start, start + packed)
  // Zlib stops at what the list promises, so a bomb does not go off.
  const inflate = () => (method === 0 ? data : inflateRawSync(data, { maxOutputLength: Math.max(1, size) }))
  const content = Result.getOrUndefined(Result.try(inflate))
  return content?.length === size && crc32(content) === crc ? content : undefined
}

/** The list of files, without reading any; a sentence if it cannot be read. */
const listed = (bytes: Uint8Array, view: DataView, most: Limits): ReadonlyArray<Entry> | string => {
  const end = endOf(view)
  if (end === undefined) return "it is no zip archive, or it is cut off"
  const count = view.getUint16(end + 10, true)
  if (count === 0xffff) return "it is a zip64 archive, which is not read"
  const entries: Array<Entry> = []
  let at = view.getUint32(end + 16, true)
  for (let i = 0; i < count; i++) {
    const entry = entryAt(bytes, view, at)
    if (entry === undefined) return "its list of files is damaged"
    const problem = problemOf(entry, most)
    if (problem !== undefined) return problem
    entries.push(entry)
    at = entry.next
  }
  const total = entries.reduce((sum, { size }) => sum + size, 0)
  return total > most.total ? `its files have ${total} bytes together, more than ${most.total}` : entries
}

/** Reads all files of an archive that `file` holds; folders are left out. */
export const read = Effect.fn("Zip.read")(function* (
  file: string,
  bytes: Uint8Array,
  most: Limits = limits
): Effect.fn.Return<ReadonlyArray<Member>, DataError> {
  const refused = (problem: string) =>
    new DataError({ where: file, problem, cure: "Pack its text files again, or name a folder with them." })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries = listed(bytes, view, most)
  if (typeof entries === "string") return yield* refused(entries)
  const members: Array<Member> = []
  for (const entry of entries) {
    if (entry.name.endsWith("/")) continue
    const content = contentOf(bytes, view, entry)
    if (content === undefined) return yield* refused(`its file ${JSON.stringify(entry.name)} is damaged`)
    members.push({ name: entry.name.replaceAll("\\", "/"), bytes: content })
  }
  return members
})
