/** What is known while a YAML text is turned into nodes: its anchors, its problems, what its aliases have copied. */
import type * as Library from "yaml"
import type { Source } from "../node/Source.ts"
import { invalidAt, type YamlInvalid } from "./Invalid.ts"

/** Aliases may copy this many values; a few lines of them can ask for more than any memory holds. */
export const maxCopies = 10_000
/** More problems of one text than these help nobody. */
const maxProblems = 100

export interface State {
  readonly library: typeof Library
  readonly source: Source
  /** Anchored nodes by name. */
  readonly anchors: Map<string, Library.ParsedNode>
  /** What each alias names. */
  readonly targets: Map<Library.Alias.Parsed, Library.ParsedNode>
  /** The collections that surround the node being read. */
  readonly open: Set<Library.ParsedNode>
  readonly problems: Array<YamlInvalid>
  /** Values that aliases have copied. */
  copies: number
  /** The outermost alias being read. */
  alias: number | undefined
  /** How many flow collections ([…] and {…}) surround the node being read. */
  flow: number
}

export const report = (state: State, offset: number, problem: string, cure = ""): void => {
  if (state.problems.length >= maxProblems) return
  state.problems.push(invalidAt(state.source, offset, problem, cure))
}

/** Whether the aliases have copied all they may. */
export const isFull = ({ copies }: State): boolean => copies > maxCopies
