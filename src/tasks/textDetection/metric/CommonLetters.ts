/** Letters that texts have in common: the longest common subsequence, and what of several texts it accounts for. */

type Letters = ReadonlyArray<string>

/** Lengths of the longest common subsequences of all beginnings, a row for each letter of `a`. */
const lengths = (a: Letters, b: Letters): Uint16Array => {
  const width = b.length + 1
  const table = new Uint16Array((a.length + 1) * width)
  for (const [i, letter] of a.entries()) {
    for (const [j, other] of b.entries()) {
      const [upper, here] = [i * width + j, (i + 1) * width + j + 1]
      table[here] =
        letter === other ? (table[upper] ?? 0) + 1 : Math.max(table[upper + 1] ?? 0, table[here - 1] ?? 0)
    }
  }
  return table
}

/** One of the longest sequences of letters that both texts have in this order. */
export const longest = (a: Letters, b: Letters): Letters => {
  const table = lengths(a, b)
  const width = b.length + 1
  const common: Array<string> = []
  let [i, j] = [a.length, b.length]
  while (i > 0 && j > 0) {
    const letter = a[i - 1] ?? ""
    if (letter === b[j - 1]) {
      common.push(letter)
      i--
      j--
    } else if ((table[(i - 1) * width + j] ?? 0) > (table[i * width + j - 1] ?? 0)) i--
    else j--
  }
  return common.reverse()
}

const without = (letters: Letters, letter: string): Letters => letters.toSpliced(letters.indexOf(letter), 1)

/** What is left of `texts` once `letters` are taken out, each from the first text that has it. */
export const removed = (texts: ReadonlyArray<Letters>, letters: Letters): ReadonlyArray<Letters> => {
  const left = [...texts]
  for (const letter of letters) {
    const at = left.findIndex((text) => text.includes(letter))
    const text = left[at]
    if (text !== undefined) left[at] = without(text, letter)
  }
  return left
}
