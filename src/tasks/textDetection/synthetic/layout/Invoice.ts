/** Invoices: a table of what was sold, with lines or without, its sums, and the parties. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import * as Vocabulary from "../words/Vocabulary.ts"
import * as Office from "./Office.ts"
import * as Page from "./Page.ts"
import type { Sheet } from "./Sheet.ts"

/** Where the columns of a table end, and how its cells are set apart. */
interface Grid {
  readonly ends: ReadonlyArray<number>
  readonly lines: "all" | "rows" | "none"
  /** Grey of the head's ground, or none. */
  readonly ground: number | undefined
  readonly striped: boolean
}

const PARTS: readonly [ReadonlyArray<number>, ...Array<ReadonlyArray<number>>] = [
  [0.08, 0.55, 0.68, 0.83, 1],
  [0.5, 0.65, 0.82, 1],
  [0.6, 0.8, 1]
]

const grid = (random: Random, { left, right }: Office.Look): Grid => {
  const parts = random.pick(PARTS)
  return {
    ends: parts.map((part) => left + part * (right - left)),
    lines: random.pick(["all", "all", "rows", "none"] as const),
    ground: random.chance(0.55) ? random.pick([0.1, 0.2, 0.8, 0.88]) : undefined,
    striped: random.chance(0.2)
  }
}

interface Cells {
  readonly texts: ReadonlyArray<string>
  readonly top: number
  readonly high: number
}

/** One row: text at the left of the first wide column, numbers at the right. */
const row = (
  page: Page.Page,
  look: Office.Look,
  { ends }: Grid,
  cells: Cells,
  bold: boolean,
  tone?: number
) => {
  const pad = look.body.size * 0.45
  const base = cells.top + cells.high / 2 + look.body.size * 0.34
  const set = bold ? look.bold : look.body
  const how = tone === undefined ? {} : { tone }
  for (const [i, text] of cells.texts.entries()) {
    const [left, right] = [(ends[i - 1] ?? look.left) + pad, (ends[i] ?? look.right) - pad]
    if (Page.widthOf(page, text, set) > right - left) continue
    if (isNumber(ends.length, i)) Page.put(page, text, right, base, set, { align: "right", ...how })
    else Page.put(page, text, left, base, set, how)
  }
}

/** The last three columns but the first hold numbers. */
const isNumber = (count: number, i: number): boolean => i > 0 && i > count - 4

const lines = (page: Page.Page, look: Office.Look, { ends, lines }: Grid, top: number, high: number) => {
  if (lines === "none") return
  Page.rule(page, look.left, look.right, top + high)
  if (lines !== "all") return
  for (const x of [look.left, ...ends]) Page.mark(page, "line", [x, top, x + 1, top + high])
}

/** Titles for as many columns as there are. */
const titles = ({ random, words: { labels } }: Page.Page, count: number): ReadonlyArray<string> => {
  const numbers = [labels.quantity, labels.price, labels.amount].map((list) => random.pick(list))
  const first = count === 5 ? ["#", random.pick(labels.item)] : [random.pick(labels.item)]
  return [...first, ...numbers.slice(first.length - count)]
}

const sold = ({ random, words }: Page.Page, count: number, number: number) => {
  const price = Vocabulary.cents(random)
  const quantity = 1 + random.int(9)
  const numbers = [String(quantity), Vocabulary.money(price), Vocabulary.money(price * quantity)]
  const name = `${Vocabulary.goods(random, words)}${random.chance(0.3) ? ` ${Vocabulary.code(random)}` : ""}`
  const first = count === 5 ? [String(number), name] : [name]
  return { texts: [...first, ...numbers.slice(first.length - count)], amount: price * quantity }
}

/** The titles of the columns, on a ground or not. */
const head = (page: Page.Page, look: Office.Look, shape: Grid, top: number, high: number) => {
  const { ground } = shape
  if (ground !== undefined) Page.mark(page, "panel", [look.left, top, look.right, top + high], ground)
  if (shape.lines !== "none") Page.rule(page, look.left, look.right, top)
  const tone = ground !== undefined && ground < 0.5 ? 1 : undefined
  row(page, look, shape, { texts: titles(page, shape.ends.length), top, high }, true, tone)
  lines(page, look, shape, top, high)
}

const table = (page: Page.Page, look: Office.Look, from: number, bottom: number) => {
  const { random } = page
  const shape = grid(random, look)
  const count = shape.ends.length
  const high = look.body.size * random.between(1.5, 2.2)
  head(page, look, shape, from, high)
  let [y, sum] = [from + high, 0]
  const most = 3 + random.int(14)
  for (let i = 1; i <= most && y + high < bottom; i++, y += high) {
    if (shape.striped && i % 2 === 0) Page.mark(page, "panel", [look.left, y, look.right, y + high], 0.92)
    const { texts, amount } = sold(page, count, i)
    row(page, look, shape, { texts, top: y, high }, false)
    lines(page, look, shape, y, high)
    sum += amount
  }
  return { y, sum }
}

const sums = (page: Page.Page, look: Office.Look, from: number, sum: number): number => {
  const { random, words } = page
  const tax = Math.round(sum * 0.2)
  const all = [
    [random.pick(words.labels.subtotal), Vocabulary.money(sum)],
    [random.pick(words.labels.tax), Vocabulary.money(tax)],
    [random.pick(words.labels.total), Vocabulary.money(sum + tax)]
  ] as const
  const left = look.left + (look.right - look.left) * random.between(0.5, 0.68)
  const framed = random.chance(0.4)
  let y = from + look.pitch
  for (const [i, [label, amount]] of all.entries()) {
    const set = i === 2 ? look.bold : look.body
    const box = [left - 6, y - look.body.size, look.right, y + look.body.size * 0.4] as const
    if (framed && i === 2) Page.mark(page, "frame", box)
    Page.put(page, label, left, y, set)
    Page.put(page, amount, look.right - 4, y, set, { align: "right" })
    y += look.pitch * 1.15
  }
  return y
}

const parties = (page: Page.Page, look: Office.Look, from: number): number => {
  const { random, words } = page
  const { labels } = words
  const middle = (look.left + look.right) / 2 + look.body.size
  Page.put(page, `${random.pick(labels.customer)}:`, look.left, from, look.bold)
  const block = [Vocabulary.shop(random, words), ...Vocabulary.address(random, words)]
  const end = Office.lines(page, block, [look.left, from + look.pitch], look.body, look.pitch)
  const facts = [
    [random.pick(labels.number), Vocabulary.number(random)],
    [random.pick(labels.date), Vocabulary.date(random)],
    [random.pick(labels.due), Vocabulary.date(random)]
  ] as const
  return Math.max(end, Office.pairs(page, facts, [middle, look.right], from, look)) + look.pitch
}

export const make = (random: Random, order: Page.Order): Sheet => {
  const height = order.width * random.between(1.29, 1.42)
  const page = Page.make(random, order)
  const look = Office.look(random, order, height)
  const { labels, title } = page.words
  let y = Office.sender(page, look)
  const right = random.chance(0.6)
  Page.put(page, random.pick(title).toUpperCase(), right ? look.right : look.left, y, look.large, {
    align: right ? "right" : "left"
  })
  y = parties(page, look, y + look.pitch * 2)
  const done = table(page, look, y, look.bottom - look.pitch * 7)
  y = sums(page, look, done.y, done.sum)
  if (random.chance(0.6)) {
    const bank = `${random.pick(labels.bank)}: ${Vocabulary.digits(random, 10)}`
    Page.put(page, bank, look.left, y + look.pitch, look.body)
  }
  if (random.chance(0.25)) {
    const side = look.body.size * 5
    Page.mark(page, "matrix", [look.left, y + look.pitch * 2, look.left + side, y + look.pitch * 2 + side])
  } else if (random.chance(0.3))
    Page.put(page, Vocabulary.thanks(random, page.words), look.left, y + look.pitch * 3, look.body)
  Office.foot(page, look)
  Office.stamped(page, look, height)
  return Page.sheet(page, height)
}
