/** What a call of somebody else's code threw, which may be anything. */
import * as Predicate from "effect/Predicate"

/** For people. */
export const said = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** The code of the operating system, such as `ENOSPC`, where there is one. */
export const code = (thrown: unknown): string | undefined =>
  Predicate.isObject(thrown) && typeof thrown["code"] === "string" ? thrown["code"] : undefined
