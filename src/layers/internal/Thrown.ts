/** Values thrown by foreign code, which may be anything. */
import * as Predicate from "effect/Predicate"

/** The thrown value as a sentence for people. */
export const said = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** The code of the operating system, such as `ENOSPC`, if there is one. */
export const code = (thrown: unknown): string | undefined =>
  Predicate.isObject(thrown) && typeof thrown["code"] === "string" ? thrown["code"] : undefined
