/** Seeded damage to the bytes of a file, as disks, networks and people who mean harm do it. */
import * as Random from "../../../src/pipeline/nn/Random.ts"

type Damage = (bytes: Uint8Array, random: Random.Random) => Uint8Array

/** Most headers are shorter. */
const HEADER = 160

const flip: Damage = (bytes, random) => {
  const flipped = bytes.slice()
  for (let left = 1 + random.int(8); left > 0; left--) {
    const at = random.int(flipped.length)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.int(8))
  }
  return flipped
}

const truncate: Damage = (bytes, random) => bytes.slice(0, random.int(bytes.length))

/** Numbers at which sizes overflow, in both orders of bytes. */
const LIES = [
  [0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff],
  [0x7f, 0xff, 0xff, 0xff],
  [0x80, 0, 0, 0],
  [0, 0, 0, 0x80],
  [0, 0, 0x40, 0],
  [0, 0, 0, 1],
  [1, 0, 0, 0],
  [0xff, 0xff],
  [0, 0],
  [0x3f, 0xff],
  [0xff],
  [0]
] as const

/** Sizes, counts and offsets are in the header, or in the directory at the end of a TIFF. */
const lie: Damage = (bytes, random) => {
  const lying = bytes.slice()
  for (let left = 1 + random.int(3); left > 0; left--) {
    const span = Math.min(HEADER, lying.length)
    const at = random.int(span) + (random.chance(0.3) ? lying.length - span : 0)
    const number = random.pick([LIES[0], ...LIES])
    lying.set(number.slice(0, lying.length - at), at)
  }
  return lying
}

/** A piece is left out, comes twice, or is noise. */
const splice: Damage = (bytes, random) => {
  const [a, b] = [random.int(bytes.length), random.int(bytes.length)]
  const [from, to] = [Math.min(a, b), Math.max(a, b)]
  const piece = bytes.subarray(from, to)
  const noise = Uint8Array.from({ length: Math.min(piece.length, 64) }, () => random.int(256))
  const put = random.pick([new Uint8Array(0), Buffer.concat([piece, piece]), noise])
  return new Uint8Array(Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)]))
}

/** One file in `number`: the same for the same numbers. */
export const mutated = (bytes: Uint8Array, ...numbers: ReadonlyArray<number>): Uint8Array => {
  const random = Random.make(...numbers)
  const damages: readonly [Damage, ...Array<Damage>] = [flip, truncate, lie, lie, splice]
  let damaged = bytes
  for (let left = 1 + random.int(2); left > 0 && damaged.length > 0; left--) {
    damaged = random.pick(damages)(damaged, random)
  }
  return damaged
}
