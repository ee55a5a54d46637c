/** Positions in a JSON text (RFC 8259): the first syntax error, keys written twice, the place of a path. */

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
const QUOTE = /"/y
/** One piece of a string. One pattern for all pieces would need memory for each escape, and fail for millions. */
const PIECE = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** The state of a walk. */
interface Walk {
  readonly text: string
  readonly visitor: Visitor
  readonly path: Array<string | number>
  at: number
}

const skip = (walk: Walk, pattern: RegExp): boolean => {
  pattern.lastIndex = walk.at
  const found = pattern.test(walk.text)
  if (found) walk.at = pattern.lastIndex
  return found
}

const skipString = (walk: Walk): boolean => {
  const from = walk.at
  let closed = false
  if (skip(walk, QUOTE)) {
    while (skip(walk, PIECE));
    closed = skip(walk, QUOTE)
  }
  if (!closed) walk.at = from
  return closed
}

/** Skips white space and then the mark, if it comes next. */
const taken = (walk: Walk, mark: string): boolean => {
  skip(walk, SPACE)
  if (walk.text[walk.at] !== mark) return false
  walk.at++
  return true
}

const wrong = ({ text, at }: Walk, wanted: string): SyntaxProblem => ({
  offset: at,
  problem: `${found(text, at)} where ${wanted}`
})

const member = (walk: Walk, seen: Set<string>): SyntaxProblem | undefined => {
  skip(walk, SPACE)
  const from = walk.at
  if (!skipString(walk)) return wrong(walk, "a key in double quotes is expected")
  const key = String(JSON.parse(walk.text.slice(from, walk.at)))
  walk.path.push(key)
  if (seen.has(key)) walk.visitor.duplicate?.(walk.path, from)
  seen.add(key)
  if (!taken(walk, ":")) return wrong(walk, "a colon is expected")
  const problem = anyValue(walk)
  walk.path.pop()
  return problem
}

const element = (walk: Walk, index: number): SyntaxProblem | undefined => {
  walk.path.push(index)
  const problem = anyValue(walk)
  walk.path.pop()
  return problem
}

const container = (
  walk: Walk,
  close: string,
  item: (index: number) => SyntaxProblem | undefined
): SyntaxProblem | undefined => {
  if (walk.path.length >= MAX_DEPTH)
    return { offset: walk.at, problem: `more than ${MAX_DEPTH} levels of brackets` }
  walk.at++
  if (taken(walk, close)) return undefined
  for (let index = 0; ; index++) {
    const problem = item(index)
    if (problem !== undefined) return problem
    if (taken(walk, close)) return undefined
    if (!taken(walk, ",")) return wrong(walk, `a comma or "${close}" is expected`)
  }
}

const anyValue = (walk: Walk): SyntaxProblem | undefined => {
  skip(walk, SPACE)
  walk.visitor.value?.(walk.path, walk.at)
  if (walk.text[walk.at] === "{") {
    const seen = new Set<string>()
    return container(walk, "}", () => member(walk, seen))
  }
  if (walk.text[walk.at] === "[") return container(walk, "]", (index) => element(walk, index))
  return skipString(walk) || skip(walk, SCALAR) ? undefined : wrong(walk, "a value is expected")
}

/** Walks the whole text strictly; returns the first syntax error, if any. */
export const walk = (text: string, visitor: Visitor): SyntaxProblem | undefined => {
  const state: Walk = { text, visitor, path: [], at: 0 }
  const problem = anyValue(state)
  if (problem !== undefined) return problem
  skip(state, SPACE)
  return state.at === text.length ? undefined : wrong(state, "the end of the text is expected")
}

const found = (text: string, at: number): string => {
  if (at >= text.length) return "the text ends"
  const word = /^[\w.+-]+/.exec(text.slice(at, at + 20))?.[0] ?? text.slice(at, at + 1)
  return `${JSON.stringify(word)} stands`
}

/** Converts offsets to lines and columns; create it once per text. */
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

/** JSON keys can be any text, so a path is written as JSON to keep its parts distinct. */
const keyOf = (path: JsonPath): string => JSON.stringify(path)

/** Offsets of paths in a valid text, in one walk; an absent path has the offset of its nearest ancestor. */
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
