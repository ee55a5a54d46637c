/** Names that match shell patterns: `*`, `?`, `[abc]`, `[!abc]`, as Python's `fnmatch`. */

/** Whether the whole name matches the pattern; upper and lower case differ. Takes at most the product of the lengths in time. */
export const matches = (name: string, pattern: string): boolean => {
  const text = [...name]
  const tokens = tokenize([...pattern])
  let at = 0
  let token = 0
  // Where to continue after the last `*`: one more character for the star, then the token after it again.
  let retry: { readonly at: number; readonly token: number } | undefined
  while (at < text.length) {
    const current = tokens[token]
    if (current === "*") {
      retry = { at, token: ++token }
    } else if (current?.(text[at] ?? "")) {
      at++
      token++
    } else if (retry !== undefined) {
      retry = { at: retry.at + 1, token: retry.token }
      at = retry.at
      token = retry.token
    } else return false
  }
  return tokens.slice(token).every((rest) => rest === "*")
}

type Token = "*" | ((char: string) => boolean)

const tokenize = (pattern: ReadonlyArray<string>): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  const lastClose = pattern.lastIndexOf("]")
  let at = 0
  while (at < pattern.length) {
    const char = pattern[at] ?? ""
    const close = at < lastClose ? closing(pattern, at) : -1
    tokens.push(close > 0 ? charSet(pattern.slice(at + 1, close)) : single(char))
    at = close > 0 ? close + 1 : at + 1
  }
  return tokens
}

const single = (char: string): Token => {
  if (char === "*") return "*"
  return char === "?" ? () => true : (other) => other === char
}

/** The `]` that ends a set; one right at the start belongs to the set. Without one, `[` is itself. */
const closing = (pattern: ReadonlyArray<string>, open: number): number => {
  if (pattern[open] !== "[") return -1
  const first = pattern[open + 1] === "!" ? open + 2 : open + 1
  return pattern.indexOf("]", first + 1)
}

interface CharRange {
  readonly from: string
  readonly to: string
}

const charRanges = (members: ReadonlyArray<string>): ReadonlyArray<CharRange> => {
  const ranges: Array<CharRange> = []
  let at = 0
  while (at < members.length) {
    const from = members[at] ?? ""
    const isRange = members[at + 1] === "-" && at + 2 < members.length
    ranges.push({ from, to: (isRange ? members[at + 2] : from) ?? from })
    at += isRange ? 3 : 1
  }
  return ranges
}

const codePoint = (char: string) => char.codePointAt(0) ?? 0

const charSet = (set: ReadonlyArray<string>): ((char: string) => boolean) => {
  const isNegated = set[0] === "!"
  const ranges = charRanges(isNegated ? set.slice(1) : set)
  return (char) => {
    const code = codePoint(char)
    return ranges.some(({ from, to }) => codePoint(from) <= code && code <= codePoint(to)) !== isNegated
  }
}

/** The names that some `include` pattern and no `exclude` pattern matches. */
export const filter = (
  names: ReadonlyArray<string>,
  include: ReadonlyArray<string>,
  exclude: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const some = (patterns: ReadonlyArray<string>, name: string) =>
    patterns.some((pattern) => matches(name, pattern))
  return names.filter((name) => some(include, name) && !some(exclude, name))
}
