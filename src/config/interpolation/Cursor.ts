/** A place in the text of an interpolation, and the steps that a reader takes from it. */

/** Where in the text the grammar was left, 0-based, and what was wrong there. */
export interface SyntaxProblem {
  readonly offset: number
  readonly problem: string
}

/** How far the reading of a text has come. */
export interface State {
  readonly source: string
  at: number
  depth: number
  /** Set once; every reader returns at once when it is. */
  problem: SyntaxProblem | undefined
}

export const refuse = (state: State, problem: string): void => {
  state.problem ??= { offset: state.at, problem }
}

/** Interpolations, lists and mappings may be nested this deep. */
export const maxDepth = 200

/** Reads something that may nest, within the bound. */
export const nested = <A>(state: State, read: (state: State) => A, tooDeep: A): A => {
  if (state.depth >= maxDepth) {
    refuse(state, `the text is nested deeper than ${maxDepth}`)
    return tooDeep
  }
  state.depth += 1
  const found = read(state)
  state.depth -= 1
  return found
}

export const unexpected = (state: State): string =>
  state.at >= state.source.length
    ? "the text ends inside an interpolation"
    : `"${String.fromCodePoint(state.source.codePointAt(state.at) ?? 0)}" cannot stand here`

export const matchAt = (state: State, pattern: RegExp): string => {
  pattern.lastIndex = state.at
  return pattern.exec(state.source)?.[0] ?? ""
}

export const take = (state: State, pattern: RegExp): string => {
  const found = matchAt(state, pattern)
  state.at += found.length
  return found
}

export const spaces = /[ \t]*/y

export const takeOne = (state: State): string => {
  state.at += 1
  return state.source[state.at - 1] ?? ""
}

/** Takes a character that may have spaces before it; whether it was there. */
export const takeAfterSpaces = (state: State, char: string): boolean => {
  if (state.problem !== undefined) return false
  const before = state.at
  take(state, spaces)
  if (state.source[state.at] === char) {
    state.at += 1
    return true
  }
  state.at = before
  return false
}
