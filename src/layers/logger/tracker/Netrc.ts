/** Passwords by host in `~/.netrc`, the file that many tools share (inetutils, "The .netrc file"). Pure. */
import * as Redacted from "effect/Redacted"

/**
 * The password for `host`, from its own entry or, if `anyHost` is allowed, from `default`; undefined if there is
 * none.
 */
export const passwordFor = (text: string, host: string, anyHost: boolean): Redacted.Redacted | undefined => {
  const words = text
    .replaceAll(/#.*$/gm, "")
    .split(/\s+/)
    .filter((word) => word !== "")
  let machine: string | undefined
  for (let i = 0; i < words.length; i++) {
    const next = words[i + 1]
    if (words[i] === "default") machine = anyHost ? host : undefined
    else if (words[i] === "machine") machine = next
    else if (words[i] === "password" && machine === host && next !== undefined) return Redacted.make(next)
  }
  return undefined
}
