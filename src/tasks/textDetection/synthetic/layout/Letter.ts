/** Letters and typed pages: sender, addressee, subject, paragraphs, signature. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import * as Prose from "../words/Prose.ts"
import * as Vocabulary from "../words/Vocabulary.ts"
import * as Office from "./Office.ts"
import * as Page from "./Page.ts"
import type { Sheet } from "./Sheet.ts"

const addressee = (page: Page.Page, look: Office.Look, from: number): number => {
  const { random, words } = page
  const block = [Vocabulary.person(random, words), ...Vocabulary.address(random, words)]
  const place = `${random.pick(words.city)}, ${Vocabulary.date(random)}`
  const beside = random.chance(0.5)
  Page.put(page, place, look.right, from, look.body, { align: "right" })
  const y = Office.lines(
    page,
    block,
    [look.left, from + (beside ? 0 : look.pitch * 1.5)],
    look.body,
    look.pitch
  )
  return y + look.pitch * random.between(1.5, 3)
}

/** Items with a number or a dash, hanging. */
const list = (page: Page.Page, look: Office.Look, from: number, bottom: number): number => {
  const { random, words } = page
  const numbered = random.chance(0.5)
  const step = look.body.size * 1.8
  let y = from
  for (let i = 1; i <= 2 + random.int(4) && y + look.pitch < bottom; i++) {
    Page.put(page, numbered ? `${i}.` : "–", look.left + step * 0.3, y + look.pitch, look.body)
    const text = Prose.paragraph(random, words, 3)
    y = Page.paragraph(page, text, y, {
      left: look.left + step * 1.3,
      right: look.right,
      bottom,
      setting: look.body,
      pitch: look.pitch,
      align: "left"
    }).y
  }
  return y
}

const closing = (page: Page.Page, look: Office.Look, from: number): void => {
  const { random, words } = page
  const x = random.chance(0.6) ? look.left : (look.left + look.right) / 2
  Page.put(page, random.pick(words.labels.regards), x, from, look.body)
  const high = look.pitch * random.between(1.5, 2.5)
  if (random.chance(0.8)) {
    const wide = look.body.size * random.between(4, 9)
    Page.mark(page, "signature", [x, from + high * 0.25, x + wide, from + high])
  }
  Page.put(page, Vocabulary.person(random, words), x, from + high + look.pitch, look.body)
}

const main = (page: Page.Page, look: Office.Look, from: number, bottom: number): number => {
  const { random, words } = page
  const align = random.chance(0.4) ? "justify" : "left"
  const indent = random.chance(0.25) ? look.body.size * 1.5 : 0
  let y = from
  for (let i = 2 + random.int(4); i > 0 && y + look.pitch < bottom; i--) {
    const text = Prose.paragraph(random, words, 15 + random.int(70))
    const column = { left: look.left, right: look.right, setting: look.body, pitch: look.pitch }
    y = Page.paragraph(page, text, y, { ...column, bottom, align, indent, hyphens: align === "justify" }).y
    y += look.pitch * (indent > 0 ? 0 : 0.7)
    if (random.chance(0.15)) y = list(page, look, y, bottom) + look.pitch * 0.6
  }
  return y
}

export const make = (random: Random, order: Page.Order): Sheet => {
  const height = order.width * random.between(1.29, 1.42)
  const page = Page.make(random, order)
  const look = Office.look(random, order, height)
  const { labels } = page.words
  let y = random.chance(0.75) ? Office.sender(page, look) : look.top + look.pitch
  if (random.chance(0.85)) y = addressee(page, look, y)
  if (random.chance(0.7)) {
    const subject = `${random.pick(labels.subject)} ${Prose.heading(random, page.words)}`
    Page.put(page, subject, look.left, y, look.bold)
    y += look.pitch * 1.5
  }
  Page.put(page, random.pick(labels.dear), look.left, y, look.body)
  y = main(page, look, y + look.pitch * 0.5, look.bottom - look.pitch * 5)
  closing(page, look, y + look.pitch * 1.2)
  Office.foot(page, look)
  Office.stamped(page, look, height)
  return Page.sheet(page, height)
}
