/** The known name that a mistyped one most likely meant. */

/** Comparing takes time in the product of the lengths, and no name is this long. */
const longest = 200

/** The nearest of the names within a third of the word's length (at least one edit), or undefined. */
export const nearest = (word: string, names: Iterable<string>): string | undefined => {
  let best: string | undefined
  let least = Math.max(1, Math.floor(Math.max(word.length, 3) / 3)) + 1
  if (word.length > longest) return undefined
  for (const name of names) {
    const edits = distance(word.toLowerCase(), name.toLowerCase(), least)
    if (edits < least) {
      least = edits
      best = name
    }
  }
  return best
}

/** ` (did you mean "x"?)`, or nothing. */
export const didYouMean = (word: string, names: Iterable<string>): string => {
  const name = nearest(word, names)
  return name === undefined ? "" : ` (did you mean "${name}"?)`
}

/** Edits (insert, delete, replace, swap of neighbours) between two words; `limit` or more once they are that far apart. */
const distance = (from: string, to: string, limit: number): number => {
  if (Math.abs(from.length - to.length) >= limit) return limit
  const edits = (row: ReadonlyArray<number>, column: number): number => row[column] ?? limit
  let before: Array<number> = []
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = from[row - 1] === to[column - 1] ? 0 : 1
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        edits(previous, column) + 1,
        edits(current, column - 1) + 1,
        edits(previous, column - 1) + replaced,
        swapped ? edits(before, column - 2) + 1 : limit
      )
    }
    before = previous
    previous = current
  }
  return edits(previous, to.length)
}
