/** One override of the command line: `key=value`, `+key=value`, `++key=value`, `~key`, `group@package=option`. */
import * as Result from "effect/Result"
import type { OverrideKey, OverrideKind } from "./Grammar.ts"
import * as Grammar from "./Grammar.ts"
import type { OverrideSyntaxError } from "./SyntaxError.ts"

import type { OverrideValue } from "./Value.ts"

export type { OverrideKey, OverrideKind } from "./Grammar.ts"
export { OverrideSyntaxError } from "./SyntaxError.ts"

export interface Override {
  readonly kind: OverrideKind
  readonly key: OverrideKey
  /** `undefined` only for a deletion without `=`; `key=` holds an empty `Text`. */
  readonly value: OverrideValue | undefined
  /** The override's text, which every span points into. */
  readonly input: string
  /** Its place in the list of overrides, 0-based. */
  readonly index: number
}

/** Parses one override of the command line in time linear in its length. */
export const parse = (input: string, index: number): Result.Result<Override, OverrideSyntaxError> =>
  Result.map(Grammar.rules.override(input, index), (parsed) => ({ ...parsed, input, index }))

const prefixes: Readonly<Record<OverrideKind, string>> = { change: "", add: "+", forceAdd: "++", delete: "~" }

/** What stands left of the `=`, prefix included: `++db@backup`. */
export const keyText = ({ kind, key }: Pick<Override, "kind" | "key">): string =>
  `${prefixes[kind]}${key.keyOrGroup}${key.package === undefined ? "" : `@${key.package}`}`

/** What stands right of the `=`, as typed; `undefined` for a deletion without one. */
export const valueText = ({ input }: Override): string | undefined => {
  const equal = input.indexOf("=")
  return equal < 0 ? undefined : input.slice(equal + 1)
}
