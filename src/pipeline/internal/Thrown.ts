/** What foreign code threw, as a sentence. */
import * as Predicate from "effect/Predicate"

/**
 * The message of an error, or of an object that resembles one: test runners rebuild errors without their class, and the
 * getters of such an error meet a cause that is not an error and has no text.
 */
export const sentence = (thrown: unknown): string => {
  if (!Predicate.isObject(thrown)) return String(thrown)
  return Predicate.hasProperty(thrown, "message") && typeof thrown.message === "string"
    ? thrown.message
    : Object.prototype.toString.call(thrown)
}
