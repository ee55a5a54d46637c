/** The address of a server without its credentials: messages may show the address, never a password. Pure. */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** Decodes percent signs; undefined if they encode nothing, or no text. */
export const percentDecoded = (text: string): Option.Option<string> =>
  Option.liftThrowable(decodeURIComponent)(text)

export interface Login {
  readonly user: string
  readonly password: Redacted.Redacted
}

export interface Address {
  /** Without a trailing slash. */
  readonly base: string
  /** What came before the host: `https://user:password@host`. */
  readonly login: Option.Option<Login>
}

/** Text that is not percent-encoded is kept as it is. */
const decoded = (text: string): string => Option.getOrElse(percentDecoded(text), () => text)

const loginOf = (text: string): Login => {
  const [user = "", ...password] = text.split(":")
  return { user: decoded(user), password: Redacted.make(decoded(password.join(":"))) }
}

/** `host`, `host:5000` or `[::1]:5000`. */
const isHost = (text: string): boolean => /^(?:\[[^\]]*\]|[^:@]*)(?::\d{1,5})?$/.test(text)

/**
 * The text before the last `@` if it can only be a login: it ends within the host, or what comes before the first
 * `/`, `?` or `#` is not a host. A password may contain these characters unescaped.
 */
const loginIn = (text: string): string | undefined => {
  const within = /^([^/?#]*)@/.exec(text)?.[1]
  if (within !== undefined) return within
  return isHost(text.split(/[/?#]/, 1)[0] ?? "") ? undefined : /^(.*)@/s.exec(text)?.[1]
}

/** Parses an address as a user or an environment variable wrote it. */
export const read = (text: string): Address => {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? ""
  const login = scheme === "" ? undefined : loginIn(text.slice(scheme.length))
  const rest = login === undefined ? text : `${scheme}${text.slice(scheme.length + login.length + 1)}`
  return {
    base: rest.replace(/(?<!\/)\/+$/, ""),
    login: Option.map(Option.fromUndefinedOr(login), loginOf)
  }
}

/**
 * The text with the login of every address hidden, and with everything that may be one: all text between a colon and
 * the last `@`.
 */
export const masked = (text: string): string =>
  text.replaceAll(
    // The repetitions are bounded, so that the cost is linear in the length of the text.
    /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^/?#:\s"']{0,999}:[^\s"']{0,4096}|[^/?#\s"']{0,4096})@/gi,
    "$1***@"
  )

/** Whether two spellings mean the same address. */
export const isSame = (a: string, b: string): boolean => normal(a) === normal(b)

const normal = (text: string): string =>
  (URL.canParse(text) ? new URL(text).href : text).replace(/(?<!\/)\/+$/, "")
