/** How our figures look: colours, the head, and text and lines that are crisp. */
import { type Context2D, font } from "./Canvas.ts"

/** Pixels left and right of a figure, and what its title and subtitle take. */
export const EDGE = 18
export const HEAD = 64

export const INK = "#1f2328"
export const MUTED = "#656d76"
export const GRID = "#e6e8eb"
export const AXIS = "#b6bcc4"
/** What is wrong. */
export const WRONG = "#d1242f"
/** Colours that colour-blind readers can distinguish, and that differ in greyscale. */
export const COLOURS = ["#2563eb", "#d97706", "#059669", "#7c3aed", "#db2777"] as const

/** Hair lines are crisp when they run through pixel centres. */
export const crisp = (value: number): number => Math.floor(value) + 0.5

export const line = (context: Context2D, x0: number, y0: number, x1: number, y1: number): void => {
  context.beginPath()
  context.moveTo(x0, y0)
  context.lineTo(x1, y1)
  context.stroke()
}

export interface TextStyle {
  readonly css: string
  readonly colour: string
  readonly align: "left" | "center" | "right"
}

export const write = (context: Context2D, text: string, x: number, y: number, how: TextStyle): void => {
  context.font = how.css
  context.fillStyle = how.colour
  context.textAlign = how.align
  context.fillText(text, x, y)
}

export interface Heading {
  readonly title: string
  /** A line below the title. */
  readonly subtitle?: string | undefined
}

/** The head of a figure, cut to its width. */
export const heading = (context: Context2D, { title, subtitle }: Heading, width: number): void => {
  const room = width - 2 * EDGE - 10
  const bold = font("Inter", 18, 700)
  write(context, shortened(context, title, bold, room), EDGE + 10, 38, {
    css: bold,
    colour: INK,
    align: "left"
  })
  if (subtitle === undefined) return
  const css = font("Inter", 13)
  write(context, shortened(context, subtitle, css, room), EDGE + 10, 60, {
    css,
    colour: MUTED,
    align: "left"
  })
}

export const widthOf = (context: Context2D, text: string, css: string): number => {
  context.font = css
  return context.measureText(text).width
}

/** The longest beginning of `text` with an ellipsis that is at most `room` pixels wide; the whole where it is. */
export const shortened = (context: Context2D, text: string, css: string, room: number): string => {
  if (widthOf(context, text, css) <= room) return text
  const letters = Array.from(text)
  let [low, high] = [0, letters.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (widthOf(context, `${letters.slice(0, middle).join("").trimEnd()}…`, css) <= room) low = middle
    else high = middle - 1
  }
  return low === 0 ? "…" : `${letters.slice(0, low).join("").trimEnd()}…`
}

const hex = (channel: number): string => Math.round(channel).toString(16).padStart(2, "0")

const channels = (colour: string): ReadonlyArray<number> =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))

/** A colour between two, as `#rrggbb`: 0 is `paper` and 1 `ink`. */
export const between = (paper: string, ink: string, strength: number): string => {
  const from = channels(paper)
  return `#${channels(ink)
    .map((channel, i) => hex((from[i] ?? 0) + (channel - (from[i] ?? 0)) * strength))
    .join("")}`
}

const apart = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ",")

/** Thousands apart, and three digits of what is no whole number. */
export const numberText = (value: number): string => {
  if (!Number.isFinite(value)) return "–"
  const size = Math.abs(value)
  if (size < 1e9 && (size >= 1000 || Number.isInteger(value))) return apart(value.toFixed(0))
  return size >= 1e9 || size < 1e-4 ? value.toExponential(2) : String(Number(value.toPrecision(3)))
}

/** `1 sample`, `12 samples`. */
export const counted = (count: number, what: string): string =>
  `${numberText(count)} ${what}${count === 1 ? "" : "s"}`

/** A part of a whole, in percent, so that only what is whole says 100 and only what is nothing says 0. */
export const percent = (part: number, digits = 0): string => {
  const least = 10 ** -digits
  const shown = part > 0 && part < 1 ? Math.min(100 - least, Math.max(least, part * 100)) : part * 100
  return `${shown.toFixed(digits)}%`
}
