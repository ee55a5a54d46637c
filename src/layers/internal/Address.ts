/** Where a server is, apart from what opens it: an address is told in messages, a password never. Pure. */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

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

/** A percent sign that encodes nothing stands for itself. */
const decoded = (text: string): string => (/%(?![0-9a-f]{2})/i.test(text) ? text : decodeURIComponent(text))

const loginOf = (text: string): Login => {
  const [user = "", ...password] = text.split(":")
  return { user: decoded(user), password: Redacted.make(decoded(password.join(":"))) }
}

/** Takes an address apart, as a person or an environment variable wrote it. */
export const read = (text: string): Address => {
  const [, scheme = "", login] = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i.exec(text) ?? []
  const rest = login === undefined ? text : `${scheme}${text.slice(scheme.length + login.length + 1)}`
  return {
    base: rest.replace(/(?<!\/)\/+$/, ""),
    login: Option.map(Option.fromUndefinedOr(login), loginOf)
  }
}

/** A text in which every address hides its login. */
export const masked = (text: string): string => text.replaceAll(/([a-z0-9+.-]:\/\/)[^/?#\s"']*@/gi, "$1***@")
