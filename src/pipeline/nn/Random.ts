/**
 * Random numbers keyed by counters: the same keys give the same numbers, whatever was drawn before.
 *
 * A run draws everything from keys such as (seed, epoch, index), never from hidden state, so a resumed run draws the same
 * numbers as one that was not interrupted.
 */

export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  readonly float: () => number
  /** Uniform in [low, high). */
  readonly between: (low: number, high: number) => number
  /** Uniform integer in [0, n), n at least 1. */
  readonly int: (n: number) => number
  /** Standard normal, by Box and Muller (1958). */
  readonly normal: () => number
  /** True with probability `p`. */
  readonly chance: (p: number) => boolean
  /** One of `items`, each with the same probability. */
  readonly pick: <A>(items: readonly [A, ...Array<A>]) => A
}

/** The 32-bit finaliser of MurmurHash3 (Appleby, 2011), which spreads every input bit over the word. */
const mix = (value: number): number => {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const hashKeys = (keys: ReadonlyArray<number>, salt: number): number =>
  keys.reduce((h, key) => {
    const low = mix(h ^ mix(key + salt))
    return mix(low + Math.floor(key / 0x1_0000_0000) + 0x9e3779b9)
  }, mix(salt))

/** A generator for `keys`, e.g. `make(seed, epoch, index)`; sfc32 (Doty-Humphrey, PractRand) inside. */
export const make = (...keys: ReadonlyArray<number>): Random => {
  let a = hashKeys(keys, 1)
  let b = hashKeys(keys, 2)
  let c = hashKeys(keys, 3)
  let counter = 1
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) next()
  const float = () => next() / 0x1_0000_0000
  return {
    float,
    between: (low, high) => low + (high - low) * float(),
    int: (n) => Math.floor(float() * n),
    normal: () => Math.sqrt(-2 * Math.log(1 - float())) * Math.cos(2 * Math.PI * float()),
    chance: (p) => float() < p,
    pick: (items) => items[Math.floor(float() * items.length)] ?? items[0]
  }
}

/** A number for a name, to key a generator by a parameter or a purpose; FNV-1a (Fowler, Noll and Vo, 1991), mixed. */
export const keyOf = (name: string): number => {
  let h = 0x811c9dc5
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193)
  return mix(h)
}

/** 0 … n-1 in an order that depends on `keys` only (Fisher and Yates; Durstenfeld, 1964). */
export const permutation = (n: number, ...keys: ReadonlyArray<number>): Uint32Array => {
  const random = make(...keys)
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = random.int(i + 1)
    const kept = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = kept
  }
  return order
}
