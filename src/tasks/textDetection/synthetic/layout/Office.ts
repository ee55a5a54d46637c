/** What letters, forms and invoices have in common: typefaces, margins, senders, tables. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import type { Typeface } from "../../../../pipeline/picture/Canvas.ts"
import * as Vocabulary from "../words/Vocabulary.ts"
import * as Page from "./Page.ts"
import type { Setting } from "./Sheet.ts"
import * as Typefaces from "./Typefaces.ts"

const PRINTED: Typefaces.Typefaces = [
  "Inter",
  "Inter",
  "Roboto Condensed",
  "Source Serif 4",
  "Source Serif 4",
  "EB Garamond"
]
const TYPED: Typefaces.Typefaces = ["Special Elite", "Courier Prime", "Roboto Mono"]

export interface Look {
  readonly body: Setting
  readonly bold: Setting
  readonly small: Setting
  readonly large: Setting
  /** Of what is filled in. */
  readonly typed: Setting
  readonly pitch: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

export const look = (random: Random, { words, width, size }: Page.Order, height: number): Look => {
  const { scripts } = words
  const typewriter = random.chance(0.2)
  const family: Typeface = random.pick(Typefaces.covering(typewriter ? TYPED : PRINTED, scripts))
  const filled: Typeface = random.pick(Typefaces.covering(TYPED, scripts))
  const light = family === "EB Garamond" || family === "Special Elite"
  return {
    body: Typefaces.set(family, size, scripts),
    bold: Typefaces.set(family, size, scripts, { bold: !light }),
    small: Typefaces.set(family, size * random.between(0.65, 0.85), scripts),
    large: Typefaces.set(family, size * random.between(1.4, 2.2), scripts, { bold: !light }),
    typed: Typefaces.set(random.chance(0.5) ? filled : family, size, scripts),
    pitch: size * random.between(1.15, 1.6),
    left: width * random.between(0.06, 0.13),
    right: width * random.between(0.87, 0.94),
    top: height * random.between(0.03, 0.07),
    bottom: height * random.between(0.9, 0.96)
  }
}

/** Lines one under the other; returns the last baseline. */
export const lines = (
  page: Page.Page,
  texts: ReadonlyArray<string>,
  [x, y]: readonly [x: number, y: number],
  setting: Setting,
  pitch: number,
  align: "left" | "center" | "right" = "left"
): number => {
  for (const [i, text] of texts.entries()) Page.put(page, text, x, y + i * pitch, setting, { align })
  return y + (texts.length - 1) * pitch
}

/** A company at the head of a page, with or without an emblem; returns the y below. */
export const sender = (page: Page.Page, look: Look): number => {
  const { random, words } = page
  const align = random.pick(["left", "center", "right"] as const)
  const x = { left: look.left, center: (look.left + look.right) / 2, right: look.right }[align]
  let y = look.top + look.large.size
  if (random.chance(0.4) && align !== "center") {
    const side = look.large.size * random.between(1.2, 2.4)
    const from = align === "left" ? look.right - side : look.left
    Page.mark(page, "emblem", [from, look.top, from + side, look.top + side])
  }
  Page.put(page, Vocabulary.shop(random, words), x, y, look.large, { align })
  const more = [
    ...Vocabulary.address(random, words),
    Vocabulary.phone(random, words),
    ...(random.chance(0.5) ? [Vocabulary.taxId(random, words)] : [])
  ]
  const together = random.chance(0.4) ? [more.join(" · ")] : more
  const fits = together.every((text) => Page.widthOf(page, text, look.small) < look.right - look.left)
  y = lines(page, fits ? together : more, [x, y + look.pitch], look.small, look.small.size * 1.35, align)
  if (random.chance(0.4)) Page.rule(page, look.left, look.right, y + look.pitch * 0.5, random.between(1, 3))
  return y + look.pitch * random.between(1.2, 2.5)
}

/** Label and value side by side, in two columns. */
export const pairs = (
  page: Page.Page,
  rows: ReadonlyArray<readonly [label: string, value: string]>,
  [left, right]: readonly [number, number],
  from: number,
  look: Look
): number => {
  const { random } = page
  const colon = random.pick([":", "", " :"])
  const flush = random.chance(0.4)
  const middle = left + (right - left) * random.between(0.45, 0.6)
  let y = from
  for (const [label, value] of rows) {
    Page.put(page, `${label}${colon}`, left, y, look.body)
    Page.put(page, value, flush ? right : middle, y, look.typed, { align: flush ? "right" : "left" })
    y += look.pitch
  }
  return y
}

/** The page's number and small print at its foot. */
export const foot = (page: Page.Page, look: Look): void => {
  const { random, words } = page
  const middle = (look.left + look.right) / 2
  const y = look.bottom + look.small.size * 1.2
  if (random.chance(0.4)) Page.rule(page, look.left, look.right, look.bottom)
  const text = random.chance(0.5)
    ? `${random.pick(words.labels.page)} ${1 + random.int(9)}`
    : [Vocabulary.web(random, words), Vocabulary.phone(random, words)].join("   ")
  if (random.chance(0.7)) Page.put(page, text, middle, y, look.small, { align: "center" })
}

const PAID = ["PAID", "COPY", "OK", "24 03 19", "No. 117", "A 2041"] as const

/** Sometimes a stamp, somewhere in the lower half. */
export const stamped = (page: Page.Page, look: Look, height: number): void => {
  const { random } = page
  if (!random.chance(0.2)) return
  const x = random.between(look.left + look.large.size * 3, look.right - look.large.size * 2)
  Page.stamp(page, random.pick(PAID), x, random.between(0.4, 0.85) * height, look.bold)
}
