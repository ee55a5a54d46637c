/** Where a server is, apart from what opens it: an address is told in messages, a password never. Pure. */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** What percent signs encode; none where they encode nothing, or no text. */
export const percentDecoded = (text: string): Option.Option<string> =>
  Option.liftThrowable(decodeURIComponent)(text)

export interface Login {
  readonly user: string
  readonly password: Redacted.Redacted
}

export interface Address {
  /** Without a slash at its end. */
  readonly base: string
  /** What stood before the host: `https://user:password@host`. */
  readonly login: Option.Option<Login>
}

/** What is not percent-encoded stands for itself. */
const decoded = (text: string): string => Option.getOrElse(percentDecoded(text), () => text)

const loginOf = (text: string): Login => {
  const [user = "", ...password] = text.split(":")
  return { user: decoded(user), password: Redacted.make(decoded(password.join(":"))) }
}

/** `host`, `host:5000` or `[::1]:5000`. */
const isHost = (text: string): boolean => /^(?:\[[^\]]*\]|[^:@]*)(?::\d{1,5})?$/.test(text)

/**
 * What stands before the last `@`, where it can only be a login: before a host's end, or where what comes before the
 * first `/`, `?` or `#` is no host, since a password may have these as they are.
 */
const loginIn = (text: string): string | undefined => {
  const within = /^([^/?#]*)@/.exec(text)?.[1]
  if (within !== undefined) return within
  return isHost(text.split(/[/?#]/, 1)[0] ?? "") ? undefined : /^(.*)@/s.exec(text)?.[1]
}

/** Takes an address apart, as a person or an environment variable wrote it. */
export const read = (text: string): Address => {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? ""
  const login = scheme === "" ? undefined : loginIn(text.slice(scheme.length))
  const rest = login === undefined ? text : `${scheme}${text.slice(scheme.length + login.length + 1)}`
  return {
    base: rest.replace(/(?<!\/)\/+$/, ""),
    login: Option.map(Option.fromUndefinedOr(login), loginOf)
  }
}

/** A text in which every address hides its login, and what may be one: all between a colon and the last `@`. */
export const masked = (text: string): string =>
  text.replaceAll(
    // Bounded repetitions: a long text costs no more than its length.
    /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^/?#:\s"']{0,999}:[^\s"']{0,4096}|[^/?#\s"']{0,4096})@/gi,
    "$1***@"
  )

/** The same address, however it is written. */
export const isSame = (a: string, b: string): boolean => normal(a) === normal(b)

const normal = (text: string): string =>
  (URL.canParse(text) ? new URL(text).href : text).replace(/(?<!\/)\/+$/, "")
