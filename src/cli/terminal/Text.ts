/** Text for people: numbers, times, bars, and lines that fit a width. Pure but for the time zone of the machine. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

export type Style = "plain" | "dim" | "bold" | "good" | "warn"

/** A piece of a line; control characters in the text are made visible when it is shown. */
export interface Piece {
  readonly text: string
  readonly style: Style
}

export type Line = ReadonlyArray<Piece>

export const plain = (text: string): Piece => ({ text, style: "plain" })
export const dim = (text: string): Piece => ({ text, style: "dim" })
export const bold = (text: string): Piece => ({ text, style: "bold" })

/** SGR parameters that begin a style (ECMA-48); zero ends it. */
const codes: Readonly<Record<Style, string | undefined>> = {
  plain: undefined,
  dim: "2",
  bold: "1",
  good: "32",
  warn: "33"
}

/**
 * What a terminal obeys instead of showing it: control characters (ECMA-48, C0 and C1), and those that turn the direction
 * of text (Unicode, Bidi_Control). Names, responses and records from elsewhere may contain them.
 */
const unseen = /[\p{Cc}\p{Bidi_Control}]/u
const unseenButLines = /[^\P{Cc}\n\t]|\p{Bidi_Control}/gu

/** Whether a terminal shows all of the text as it is, on one line. */
export const isVisible = (text: string): boolean => !unseen.test(text)

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** The text with its control characters as JSON writes them, `\u001b` for one; line breaks and tabs stay. */
export const visible = (text: string): string =>
  isVisible(text) ? text : text.replace(unseenButLines, escaped)

/** As `visible`, on one line. */
const onOneLine = (text: string): string =>
  isVisible(text) ? text : visible(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t")

/** A piece as it is shown and measured: visible, on one line. */
export const shownPiece = ({ text, style }: Piece): Piece => ({ text: onOneLine(text), style })

/** The characters of a line, with styles where the terminal shows them. */
export const show = (line: Line, colors: boolean): string =>
  line
    .map(({ text, style }) => {
      const code = colors ? codes[style] : undefined
      const shown = visible(text)
      return code === undefined ? shown : `\u001b[${code}m${shown}\u001b[0m`
    })
    .join("")

/** The number of code points. */
export const lengthOf = (text: string): number =>
  /[\ud800-\udbff]/.test(text) ? [...text].length : text.length

export const widthOf = (line: Line): number => line.reduce((sum, { text }) => sum + lengthOf(text), 0)

/** At most `width` characters on one line; the last one is `…` if something was cut. */
export const fit = (given: Line, width: number): Line => {
  const line = given.map(shownPiece)
  if (widthOf(line) <= width) return line
  const fitted: Array<Piece> = []
  let room = Math.max(0, width - 1)
  for (const { text, style } of line) {
    const taken = [...text].slice(0, room).join("")
    room -= [...taken].length
    fitted.push({ text: taken, style })
    if (room === 0) break
  }
  return width > 0 ? [...fitted, dim("…")] : []
}

/** The line without the white space at its end. */
export const trimmed = (line: Line): Line => {
  const last = line.findLastIndex(({ text }) => text.trim() !== "")
  return line
    .slice(0, last + 1)
    .map((piece, i) => (i === last ? { ...piece, text: piece.text.trimEnd() } : piece))
}

/** As many of `parts` as fit, the most important first, two spaces apart. */
export const joined = (parts: ReadonlyArray<Line>, width: number): Line => {
  let line: Line = []
  for (const part of parts) {
    const next = line.length === 0 ? part : [...line, plain("  "), ...part]
    if (line.length > 0 && widthOf(next) > width) break
    line = next
  }
  return fit(line, width)
}

/** A bar of `width` characters, `done` in [0, 1]. */
export const bar = (done: number, width: number): Line => {
  const full = Math.round(Math.min(1, Math.max(0, done)) * width)
  return [
    { text: "━".repeat(full), style: "good" },
    { text: "─".repeat(width - full), style: "dim" }
  ]
}

/** Digits after the point: four below ten, one fewer for each further digit before it. */
const decimalsFor = (size: number): number => {
  if (size < 10) return 4
  return Math.max(0, 3 - Math.floor(Math.log10(size)))
}

/** About four significant digits; very small and very large numbers with an exponent. */
export const number = (value: number): string => {
  if (!Number.isFinite(value) || Number.isInteger(value)) {
    return Math.abs(value) >= 1e6 ? value.toExponential(2) : String(value)
  }
  const size = Math.abs(value)
  return size < 1e-3 || size >= 1e6 ? value.toExponential(2) : value.toFixed(decimalsFor(size))
}

/** `1 batch`, `4 batches`, `0 regions`. */
export const count = (amount: number, one: string, many = `${one}s`): string =>
  `${amount.toLocaleString("en-US")} ${amount === 1 ? one : many}`

/** A path as short as it can be typed in `cwd`: relative inside it, absolute elsewhere. */
export const path = (absolute: string, cwd: string): string => {
  if (absolute === cwd) return "."
  const inside = cwd.endsWith("/") ? cwd : `${cwd}/`
  return absolute.startsWith(inside) ? absolute.slice(inside.length) : absolute
}

/** A sentence with every path inside `cwd` made relative. */
export const shortPaths = (sentence: string, cwd: string): string => {
  if (cwd === "/") return sentence
  const parts = sentence.split(`${cwd}/`)
  // A longer path may end in the same characters: what comes before must not be part of a path.
  return parts.reduce((before, after) =>
    /[\w./~-]$/.test(before) ? `${before}${cwd}/${after}` : before + after
  )
}

/** A rate per second: one digit after the point below a hundred, none above. */
export const rate = (perSecond: number): string =>
  perSecond < 99.95 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString("en-US")

/** A number under its name. */
export const metric = (name: string, value: number): Line => [dim(`${name} `), plain(number(value))]

/** `0:07`, `12:34`, `2:03:04`; seconds. */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** `0.8 s`, `41 s`, `3 min 5 s`, `2 h 3 min`. */
export const duration = (seconds: number): string => {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`
}

const two = (part: number): string => String(part).padStart(2, "0")

const written = (time: Date): string => {
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-")
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`
}

/** `2026-01-02 03:04` for an ISO time, in the time zone of this machine; loads no locale data. */
export const minute = (iso: string): string =>
  Option.match(DateTime.make(iso), {
    onNone: () => iso,
    onSome: (time) => written(DateTime.toDateUtc(time))
  })

const levels = "▁▂▃▄▅▆▇█"

/** Values as a row of blocks, from the lowest to the highest; more values than `width` are averaged. */
export const sparkline = (values: ReadonlyArray<number>, width: number): string => {
  const finite = values.filter(Number.isFinite)
  const cells = Math.min(width, finite.length)
  const means = Array.from({ length: cells }, (_, i) => {
    const part = finite.slice(
      Math.floor((i * finite.length) / cells),
      Math.floor(((i + 1) * finite.length) / cells)
    )
    return part.reduce((sum, value) => sum + value, 0) / part.length
  })
  const [low, high] = [Math.min(...means), Math.max(...means)]
  const level = (mean: number) => (high > low ? Math.round(((mean - low) / (high - low)) * 7) : 3)
  return means.map((mean) => levels[level(mean)] ?? "").join("")
}
