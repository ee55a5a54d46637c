/** Permutations drawn from a seed, so that the same command gives the same order. */

/** A 32-bit seed for a text (FNV-1a over its UTF-16 units). */
export const seedOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** Numbers in [0, 1), 32 bits each (mulberry32). */
export const generator = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A copy of `items` in an order that depends on the seed alone: sorted by random weights. */
export const shuffled = <A>(items: ReadonlyArray<A>, seed: number): ReadonlyArray<A> => {
  const random = generator(seed)
  const order = items.map((item) => ({ item, weight: random() }))
  return order.sort((left, right) => left.weight - right.weight).map(({ item }) => item)
}
