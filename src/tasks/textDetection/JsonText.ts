/** Where things stand in a JSON text (RFC 8259): the first syntax error, keys written twice, the place of a path. */

export type JsonPath = ReadonlyArray<string | number>

/** Both counted from 1; the column counts UTF-16 units, as editors do. */
export interface Place {
  readonly line: number
  readonly column: number
}

export interface SyntaxProblem {
  readonly offset: number
  readonly problem: string
}

/** Called for every value with its path (valid during the call only) and the offset of its first character. */
export interface Visitor {
  readonly value?: (path: JsonPath, offset: number) => void
  readonly duplicate?: (path: JsonPath, offset: number) => void
}

/** Deeper than any layout of ours; keeps the recursion within the stack. */
const MAX_DEPTH = 200

const SPACE = /[ \t\n\r]*/y
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** Walks the whole text, strictly; gives the first syntax error or nothing. */
export const walk = (text: string, visitor: Visitor): SyntaxProblem | undefined => {
  const path: Array<string | number> = []
  let at = 0

  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const found = pattern.test(text)
    if (found) at = pattern.lastIndex
    return found
  }
  const taken = (mark: string): boolean => {
    skip(SPACE)
    if (text[at] !== mark) return false
    at++
    return true
  }
  const wrong = (wanted: string): SyntaxProblem => ({
    offset: at,
    problem: `${found(text, at)} where ${wanted}`
  })

  const member = (seen: Set<string>): SyntaxProblem | undefined => {
    skip(SPACE)
    const from = at
    if (!skip(STRING)) return wrong("a key in double quotes should stand")
    const key: unknown = JSON.parse(text.slice(from, at))
    path.push(String(key))
    if (seen.has(String(key))) visitor.duplicate?.(path, from)
    seen.add(String(key))
    if (!taken(":")) return wrong("a colon should stand")
    const problem = value()
    path.pop()
    return problem
  }
  const element = (index: number): SyntaxProblem | undefined => {
    path.push(index)
    const problem = value()
    path.pop()
    return problem
  }
  const container = (
    close: string,
    item: (index: number) => SyntaxProblem | undefined
  ): SyntaxProblem | undefined => {
    at++
    if (path.length >= MAX_DEPTH)
      return { offset: at - 1, problem: `more than ${MAX_DEPTH} levels of brackets` }
    if (taken(close)) return undefined
    for (let index = 0; ; index++) {
      const problem = item(index)
      if (problem !== undefined) return problem
      if (taken(close)) return undefined
      if (!taken(",")) return wrong(`a comma or "${close}" should stand`)
    }
  }
  const value = (): SyntaxProblem | undefined => {
    skip(SPACE)
    visitor.value?.(path, at)
    if (text[at] === "{") {
      const seen = new Set<string>()
      return container("}", () => member(seen))
    }
    if (text[at] === "[") return container("]", element)
    return skip(STRING) || skip(SCALAR) ? undefined : wrong("a value should stand")
  }

  const problem = value()
  if (problem !== undefined) return problem
  skip(SPACE)
  return at === text.length ? undefined : wrong("the text should end")
}

const found = (text: string, at: number): string => {
  if (at >= text.length) return "the text ends"
  const word = /^[\w.+-]+/.exec(text.slice(at, at + 20))?.[0] ?? text.slice(at, at + 1)
  return `${JSON.stringify(word)} stands`
}

/** Turns offsets into lines and columns; make it once for a text. */
export const places = (text: string): ((offset: number) => Place) => {
  const starts = [0]
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}

/** JSON keys are any text, so the parts of a path are told apart by JSON itself. */
const keyOf = (path: JsonPath): string => JSON.stringify(path)

/** Offsets of paths in a valid text, in one walk; a path that is absent stands where its nearest ancestor does. */
export const offsets = (text: string, paths: ReadonlyArray<JsonPath>): ReadonlyArray<number> => {
  const wanted = new Map<string, number>()
  const depths = new Set<number>()
  for (const path of paths) {
    for (let n = 0; n <= path.length; n++) {
      wanted.set(keyOf(path.slice(0, n)), -1)
      depths.add(n)
    }
  }
  walk(text, {
    value: (path, offset) => {
      if (depths.has(path.length) && wanted.has(keyOf(path))) wanted.set(keyOf(path), offset)
    }
  })
  return paths.map((path) => {
    for (let n = path.length; n >= 0; n--) {
      const offset = wanted.get(keyOf(path.slice(0, n))) ?? -1
      if (offset >= 0) return offset
    }
    return 0
  })
}
