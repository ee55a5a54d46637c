/** Pages of printed books: one to three columns of justified lines, with what stands above, below and between. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import type { Typeface } from "../../../../pipeline/picture/Canvas.ts"
import * as Prose from "../words/Prose.ts"
import * as Page from "./Page.ts"
import type { Setting, Sheet } from "./Sheet.ts"
import * as Typefaces from "./Typefaces.ts"

const OLD: Typefaces.Typefaces = [
  "IM Fell English",
  "IM Fell English",
  "Old Standard TT",
  "Old Standard TT",
  "EB Garamond"
]
const LATER: Typefaces.Typefaces = ["EB Garamond", "Source Serif 4", "Old Standard TT"]

/** What is the same on all pages of a book. */
interface Look {
  readonly family: Typeface
  readonly body: Setting
  readonly small: Setting
  readonly italic: Setting
  readonly pitch: number
  readonly indent: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly columns: number
  readonly gap: number
  readonly ruled: boolean
}

/** A measure of more letters than this is hard to read, and is set in two columns. */
const LONG = 80

const columnsFor = (random: Random, wide: number, size: number): number => {
  const letters = wide / (size * 0.43)
  if (letters > 2 * LONG) return 2 + random.int(2)
  if (letters > LONG) return random.chance(0.7) ? 2 : 1
  return letters > 55 && random.chance(0.25) ? 2 : 1
}

const look = (random: Random, { words, width, size }: Page.Order, height: number): Look => {
  const { scripts } = words
  const list = random.chance(0.6) ? OLD : LATER
  const black = words.blackLetter === true && random.chance(0.4)
  const family = black ? "UnifrakturMaguntia" : random.pick(Typefaces.covering(list, scripts))
  const [left, right] = [width * random.between(0.06, 0.15), width * random.between(0.06, 0.15)]
  const columns = columnsFor(random, width - left - right, size)
  const italic = Typefaces.hasItalic(family)
  return {
    family,
    body: Typefaces.set(family, size, scripts),
    small: Typefaces.set(family, size * random.between(0.72, 0.88), scripts),
    italic: Typefaces.set(family, size, scripts, { italic }),
    pitch: size * random.between(1.02, 1.45),
    indent: size * random.between(0.8, 2.2),
    left,
    right: width - right,
    top: height * random.between(0.04, 0.1),
    bottom: height * random.between(0.88, 0.95),
    columns,
    gap: size * random.between(0.9, 2),
    ruled: columns > 1 && random.chance(0.35)
  }
}

const ROMAN = [
  "I",
  "II",
  "III",
  "IV",
  "V",
  "VI",
  "VII",
  "VIII",
  "IX",
  "X",
  "XI",
  "XII",
  "XIV",
  "XIX",
  "XX"
] as const

/** The page's number and the title of the book or chapter; returns the y below. */
const runningHead = (page: Page.Page, look: Look): number => {
  const { random, words } = page
  const y = look.top
  if (random.chance(0.2)) return y
  const number = String(1 + random.int(640))
  const outer = random.chance(0.5)
  const set = random.pick([look.body, look.small, look.italic])
  const title = Prose.heading(random, words)
  const middle = (look.left + look.right) / 2
  Page.put(page, random.chance(0.5) ? title.toUpperCase() : title, middle, y, set, { align: "center" })
  if (random.chance(0.85)) {
    const shown = random.chance(0.1) ? `[ ${number} ]` : number
    Page.put(page, shown, outer ? look.left : look.right, y, look.body, { align: outer ? "left" : "right" })
  }
  if (random.chance(0.3)) Page.rule(page, look.left, look.right, y + look.body.size * 0.5)
  return y + look.body.size * random.between(0.4, 1.2)
}

/** Beginning of a chapter: its number and name, below an ornament or in white space. */
const opening = (page: Page.Page, look: Look, from: number): number => {
  const { random, words } = page
  const { scripts } = words
  const middle = (look.left + look.right) / 2
  let y = from + look.pitch * random.between(1, 4)
  const big = Typefaces.set(look.family, look.body.size * random.between(1.2, 2), scripts)
  const number = `${random.pick(words.labels.chapter)} ${random.pick(ROMAN)}.`
  Page.put(page, random.chance(0.6) ? number.toUpperCase() : number, middle, y, big, { align: "center" })
  if (random.chance(0.7)) {
    const column = { left: look.left, right: look.right, setting: look.italic, pitch: look.pitch * 1.1 }
    const title = Prose.heading(random, words).split(" ")
    y = Page.paragraph(page, title, y, { ...column, align: "center", bottom: look.bottom }).y
  }
  y += look.pitch * 0.8
  const half = (look.right - look.left) * random.between(0.05, 0.2)
  if (random.chance(0.6)) Page.rule(page, middle - half, middle + half, y)
  return y + look.pitch * random.between(0.3, 1.5)
}

interface Space {
  readonly left: number
  readonly right: number
  readonly bottom: number
}

/** A large first letter beside two to four lines, and what is left of its word. */
const initial = (
  page: Page.Page,
  look: Look,
  words: ReadonlyArray<string>,
  y: number,
  space: Space
): number => {
  const { random } = page
  const lines = 2 + random.int(3)
  const [first = "", ...rest] = words
  const tall = look.pitch * lines * 0.98
  const set = Typefaces.set(look.family, tall, page.words.scripts)
  const letter = first.slice(0, 1)
  const wide = Page.widthOf(page, letter, set)
  if (!/^\p{Lu}/u.test(first) || wide > (space.right - space.left) / 3)
    return body(page, look, words, y, space)
  Page.put(page, letter, space.left, y + look.pitch * lines, set)
  const inset = { width: wide + look.body.size * 0.2, lines }
  const left = first.slice(1).toUpperCase()
  return Page.paragraph(
    page,
    [left, ...rest].filter((word) => word !== ""),
    y,
    {
      ...space,
      setting: look.body,
      pitch: look.pitch,
      align: "justify",
      hyphens: true,
      inset
    }
  ).y
}

const body = (page: Page.Page, look: Look, words: ReadonlyArray<string>, y: number, space: Space): number =>
  Page.paragraph(page, words, y, {
    ...space,
    setting: look.body,
    pitch: look.pitch,
    align: "justify",
    indent: look.indent,
    hyphens: true
  }).y

/** Short lines of a poem, indented in turn. */
const verse = (page: Page.Page, look: Look, from: number, space: Space): number => {
  const { random, words } = page
  const set = random.chance(0.5) ? look.italic : look.small
  let y = from + look.pitch * 0.4
  for (let i = 2 + random.int(7); i > 0 && y + look.pitch < space.bottom; i--) {
    y += look.pitch
    const left = space.left + look.indent * (1 + (i % 2))
    const text = Prose.paragraph(random, words, 3)
      .slice(0, 3 + random.int(3))
      .join(" ")
    if (left + Page.widthOf(page, text, set) < space.right) Page.put(page, text, left, y, set)
  }
  return y + look.pitch * 0.4
}

const picture = (page: Page.Page, look: Look, from: number, space: Space): number => {
  const { random, words } = page
  const high = (space.right - space.left) * random.between(0.3, 0.7)
  if (from + high + 2 * look.pitch > space.bottom) return from
  const top = from + look.pitch * 0.6
  Page.mark(page, "engraving", [space.left, top, space.right, top + high])
  const y = top + high + look.pitch
  const caption = `Fig. ${1 + random.int(60)}. ${Prose.heading(random, words)}`
  const middle = (space.left + space.right) / 2
  if (Page.widthOf(page, caption, look.small) < space.right - space.left) {
    Page.put(page, caption, middle, y, look.small, { align: "center" })
  }
  return y + look.pitch * 0.4
}

/** Fills a column down to its end. */
const column = (page: Page.Page, look: Look, from: number, space: Space, begins: boolean): void => {
  const { random, words } = page
  let y = from
  for (let first = begins; y + look.pitch <= space.bottom; first = false) {
    const text = Prose.paragraph(random, words, 8 + random.int(110))
    if (first && random.chance(0.6)) y = initial(page, look, text, y, space)
    else if (random.chance(0.05)) y = verse(page, look, y, space)
    else if (random.chance(0.04)) y = Math.max(y + look.pitch * 0.1, picture(page, look, y, space))
    else y = body(page, look, text, y, space)
    if (random.chance(0.04)) y += look.pitch
  }
}

/** Notes in small type below a rule; returns the end of the text above them. */
const footnotes = (page: Page.Page, look: Look): number => {
  const { random, words } = page
  if (random.chance(0.6)) return look.bottom
  const pitch = look.pitch * (look.small.size / look.body.size)
  const lines = 1 + random.int(5)
  const top = look.bottom - lines * pitch - look.pitch * 0.5
  const [left, right] = [look.left, look.right]
  if (random.chance(0.7)) Page.rule(page, left, left + (right - left) * random.between(0.2, 1), top)
  const note = [
    random.pick(["*", "1", "(a)", "1)", "**"]),
    ...Prose.paragraph(random, words, 6 + random.int(60))
  ]
  Page.paragraph(page, note, top + pitch * 0.3, {
    left,
    right,
    bottom: look.bottom,
    setting: look.small,
    pitch,
    align: "justify",
    indent: look.indent,
    hyphens: true
  })
  return top - look.pitch * 0.3
}

/** The page's number, the first word of the next page, or the mark of the sheet. */
const foot = (page: Page.Page, look: Look): void => {
  const { random, words } = page
  const y = look.bottom + look.body.size * 1.4
  const middle = (look.left + look.right) / 2
  if (random.chance(0.3))
    Page.put(page, String(1 + random.int(640)), middle, y, look.body, { align: "center" })
  else if (random.chance(0.15))
    Page.put(page, `${random.pick(["A", "B", "C", "D"])} ${2 + random.int(3)}`, middle, y, look.small)
  if (random.chance(0.2))
    Page.put(page, random.pick(words.prose), look.right, y, look.body, { align: "right" })
}

export const make = (random: Random, order: Page.Order): Sheet => {
  const height = order.width * random.between(1.35, 1.7)
  const page = Page.make(random, order)
  const style = look(random, order, height)
  const bottom = footnotes(page, style)
  const begins = random.chance(0.2)
  const head = begins && random.chance(0.7) ? style.top : runningHead(page, style)
  const top = begins ? opening(page, style, head) : head
  const wide = (style.right - style.left - style.gap * (style.columns - 1)) / style.columns
  for (let i = 0; i < style.columns; i++) {
    const left = style.left + i * (wide + style.gap)
    column(page, style, top, { left, right: left + wide, bottom }, begins && i === 0)
    const x = left - style.gap / 2
    if (i > 0 && style.ruled) Page.mark(page, "line", [x, top + style.pitch * 0.4, x + 1, bottom])
  }
  foot(page, style)
  return Page.sheet(page, height)
}
