/** Forms: labelled boxes and lines, some filled in, choices to tick. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import * as Prose from "../words/Prose.ts"
import * as Vocabulary from "../words/Vocabulary.ts"
import * as Office from "./Office.ts"
import * as Page from "./Page.ts"
import type { Sheet } from "./Sheet.ts"

const VALUES = [
  Vocabulary.person,
  (random: Random) => Vocabulary.date(random),
  (random: Random) => Vocabulary.digits(random, 8),
  (random: Random, words: Page.Page["words"]) => random.pick(words.city),
  (random: Random, words: Page.Page["words"]) => random.pick(words.street)
] as const

const value = (page: Page.Page): string => page.random.pick(VALUES)(page.random, page.words)

const PARTS: readonly [ReadonlyArray<number>, ...Array<ReadonlyArray<number>>] = [
  [1],
  [0.5, 1],
  [0.35, 1],
  [0.65, 1],
  [0.33, 0.66, 1]
]

/** Widths of a row's fields, left to right. */
const cells = (random: Random, left: number, right: number): ReadonlyArray<readonly [number, number]> => {
  const parts = random.pick(PARTS)
  const at = (part: number) => left + part * (right - left)
  return parts.map((part, i) => [at(parts[i - 1] ?? 0), at(part)])
}

interface Style {
  readonly boxed: boolean
  /** Parts of the fields that are filled in. */
  readonly filled: number
}

/** A field in a box, its label small at the top and what is filled in below. */
const boxed = (
  page: Page.Page,
  look: Office.Look,
  [left, right]: readonly [number, number],
  y: number,
  high: number
) => {
  Page.mark(page, "frame", [left, y, right, y + high])
  const pad = look.body.size * 0.3
  Page.put(page, page.random.pick(page.words.labels.field), left + pad, y + look.small.size * 1.1, look.small)
  return [left + pad * 2, y + high - pad * 1.6] as const
}

/** A field on a line, or on dots, behind its label. */
const lined = (
  page: Page.Page,
  look: Office.Look,
  [left, right]: readonly [number, number],
  y: number,
  high: number
) => {
  const { random } = page
  const label = `${random.pick(page.words.labels.field)}:`
  const base = y + high * 0.75
  Page.put(page, label, left, base, look.body)
  const from = left + Page.widthOf(page, label, look.body) + look.body.size * 0.8
  const kind = random.pick(["line", "dots"] as const)
  Page.mark(page, kind, [from, base + 3, right - look.body.size, base + 4])
  return [from + look.body.size * 0.8, base] as const
}

const fields = (page: Page.Page, look: Office.Look, y: number, style: Style): number => {
  const { random } = page
  const high = style.boxed ? look.body.size * 1.35 + look.small.size * 1.5 : look.pitch * 1.3
  for (const cell of cells(random, look.left, look.right)) {
    const [x, base] = (style.boxed ? boxed : lined)(page, look, cell, y, high)
    const text = value(page)
    const room = cell[1] - x - look.body.size * 0.6
    if (random.chance(style.filled) && Page.widthOf(page, text, look.typed) < room) {
      Page.put(page, text, x, base, look.typed)
    }
  }
  return y + high
}

/** Little boxes with their choices, some ticked. */
const choices = (page: Page.Page, look: Office.Look, y: number): number => {
  const { random, words } = page
  const side = look.body.size * 0.8
  const base = y + look.pitch
  let x = look.left
  for (let i = 2 + random.int(3); i > 0; i--) {
    const text = random.pick(words.labels.option)
    const end = x + side * 1.6 + Page.widthOf(page, text, look.body)
    if (end > look.right) break
    const box = [x, base - side, x + side, base] as const
    Page.mark(page, "frame", box)
    if (random.chance(0.35)) Page.mark(page, "signature", box)
    Page.put(page, text, x + side * 1.6, base, look.body)
    x = end + look.body.size * 2
  }
  return base + look.pitch * 0.5
}

const section = (page: Page.Page, look: Office.Look, y: number, number: number): number => {
  const { random, words } = page
  const shaded = random.chance(0.5)
  const dark = random.chance(0.3)
  const title = `${number}. ${Prose.heading(random, words)}`
  const base = y + look.pitch
  if (shaded) {
    const box = [look.left, base - look.body.size * 1.1, look.right, base + look.body.size * 0.45] as const
    Page.mark(page, "panel", box, dark ? 0.1 : random.between(0.75, 0.9))
  }
  const tone = shaded && dark ? { tone: 1 } : {}
  Page.put(page, title, look.left + look.body.size * 0.4, base, look.bold, tone)
  return base + look.body.size * 0.6
}

/** Rows of fields and choices, and sometimes small print below them. */
const part = (page: Page.Page, look: Office.Look, from: number, style: Style): number => {
  const { random } = page
  let y = from
  for (let rows = 2 + random.int(5); rows > 0 && y + look.pitch * 4 < look.bottom; rows--) {
    y = random.chance(0.15) ? choices(page, look, y) : fields(page, look, y, style)
  }
  if (!random.chance(0.3)) return y
  const column = { left: look.left, right: look.right, setting: look.small, pitch: look.small.size * 1.3 }
  const text = Prose.paragraph(random, page.words, 12)
  return Page.paragraph(page, text, y, { ...column, align: "left", bottom: look.bottom }).y
}

export const make = (random: Random, order: Page.Order): Sheet => {
  const height = order.width * random.between(1.29, 1.42)
  const page = Page.make(random, order)
  const look = Office.look(random, order, height)
  const style = { boxed: random.chance(0.6), filled: random.pick([0, 0.6, 0.8, 1]) }
  let y = random.chance(0.5) ? Office.sender(page, look) : look.top + look.large.size
  const centred = random.chance(0.5)
  const x = centred ? (look.left + look.right) / 2 : look.left
  Page.put(page, random.pick(page.words.labels.form), x, y, look.large, {
    align: centred ? "center" : "left"
  })
  y += look.pitch * 0.6
  for (let i = 1; y + look.pitch * 6 < look.bottom; i++) {
    y = part(page, look, section(page, look, y, i), style) + look.pitch * 0.6
  }
  Office.foot(page, look)
  Office.stamped(page, look, height)
  return Page.sheet(page, height)
}
