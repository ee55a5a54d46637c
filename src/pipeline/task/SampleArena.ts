/**
 * Bytes by their digest in memory that threads share: the memory goes to a worker like any value, and each thread finds
 * what the others kept. Nothing locks, and nothing is ever moved or removed, so that what was found stays what it is.
 *
 * The memory has a head, a table of slots, and data. The head is the number of blocks of data that are taken; a thread
 * takes more by adding to it. A slot is taken by changing its state from free to taken, and can be read once it is ready.
 */

const HEAD = 64
/** A slot: state, four words of the digest, first block, bytes, and one to spare. */
const WORDS = 8
const BLOCK = 64
/** Data for which there is a slot, on average: values smaller than this may run out of slots before memory. */
const BYTES_PER_SLOT = 8192
/** Slots that are tried for a digest. */
const PROBES = 64

const FREE = 0
const TAKEN = 1
const READY = 2

export interface Arena {
  /** The bytes, in shared memory: never write. */
  readonly find: (digest: string) => Uint8Array | undefined
  /** False if there is no room. `write` fills the bytes; it is called at once, or not at all. */
  readonly keep: (digest: string, bytes: number, write: (into: Uint8Array) => void) => boolean
  /** Bytes of data that are taken. */
  readonly taken: () => number
}

const slotsFor = (bytes: number): number => 2 ** Math.max(6, Math.floor(Math.log2(bytes / BYTES_PER_SLOT)))

const dataFrom = (bytes: number): number => HEAD + slotsFor(bytes) * WORDS * 4

/** Memory for about so many bytes of data; the system gives it page by page, as it is written. */
export const make = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(dataFrom(bytes) + bytes)

/** The first 128 bits of a digest in hexadecimal digits. */
const wordsOf = (digest: string): Int32Array =>
  Int32Array.from({ length: 4 }, (_, i) => Number.parseInt(digest.slice(8 * i, 8 * i + 8), 16))

/** `bytes` as the memory was made with. */
export const open = (memory: SharedArrayBuffer, bytes: number): Arena => {
  const slots = slotsFor(bytes)
  const from = dataFrom(bytes)
  const blocks = Math.floor((memory.byteLength - from) / BLOCK)
  const head = new Int32Array(memory, 0, 1)
  const table = new Int32Array(memory, HEAD, slots * WORDS)

  /** Where the slots of a digest begin, one after the other. */
  const probes = (words: Int32Array) =>
    Array.from({ length: Math.min(PROBES, slots) }, (_, i) => (((words[0] ?? 0) + i) & (slots - 1)) * WORDS)

  const view = (at: number) => new Uint8Array(memory, from + (table[at + 5] ?? 0) * BLOCK, table[at + 6] ?? 0)

  const holds = (at: number, words: Int32Array) => words.every((word, i) => table[at + 1 + i] === word)

  const find = (digest: string): Uint8Array | undefined => {
    const words = wordsOf(digest)
    for (const at of probes(words)) {
      const state = Atomics.load(table, at)
      if (state === FREE) return undefined
      if (state === READY && holds(at, words)) return view(at)
    }
    return undefined
  }

  /** The first of so many blocks, or undefined if there are no more. */
  const claim = (count: number): number | undefined => {
    for (;;) {
      const next = Atomics.load(head, 0)
      if (next + count > blocks) return undefined
      if (Atomics.compareExchange(head, 0, next, next + count) === next) return next
    }
  }

  const publish = (words: Int32Array, block: number, length: number): boolean => {
    for (const at of probes(words)) {
      if (Atomics.compareExchange(table, at, FREE, TAKEN) !== FREE) continue
      table.set([...words, block, length], at + 1)
      Atomics.store(table, at, READY)
      return true
    }
    return false
  }

  return {
    find,
    keep: (digest, length, write) => {
      // Two threads may have made the same at the same time.
      if (find(digest) !== undefined) return true
      const block = claim(Math.ceil(length / BLOCK))
      if (block === undefined) return false
      write(new Uint8Array(memory, from + block * BLOCK, length))
      return publish(wordsOf(digest), block, length)
    },
    taken: () => Atomics.load(head, 0) * BLOCK
  }
}
