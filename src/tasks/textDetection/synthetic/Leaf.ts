/** A page of a document or a book, from random numbers to a scene: the whole page, or a part of it. */
import type { Random } from "../../../pipeline/nn/Random.ts"
import * as Book from "./layout/Book.ts"
import * as Form from "./layout/Form.ts"
import * as Invoice from "./layout/Invoice.ts"
import * as Letter from "./layout/Letter.ts"
import type * as Page from "./layout/Page.ts"
import type { Box, Sheet } from "./layout/Sheet.ts"
import type * as Camera from "./photo/Camera.ts"
import * as Conditions from "./photo/Conditions.ts"
import type * as Ink from "./photo/Ink.ts"
import * as Receipt from "./Receipt.ts"
import type { Scene } from "./Scene.ts"

/** Columns and rows printed around the window, more than the camera can show. */
export const BLEED = [48, 48] as const

type Make = (random: Random, order: Page.Order) => Sheet

/** Least measure of a page, in font sizes. */
const LEAST = { document: 30, book: 18 } as const

const orderOf = (
  random: Random,
  { surface, width, size, words }: Receipt.Order,
  kind: keyof typeof LEAST
) => ({
  context: surface.context,
  words,
  size,
  // Mostly the whole page, sometimes a part of it.
  width: Math.max(
    LEAST[kind] * size,
    width * (random.chance(0.7) ? random.between(0.9, 1.08) : random.between(1.1, 1.5))
  )
})

/** Where the window begins, so that there is text in it: all of the page if it nearly fits. */
const corner = (random: Random, sheet: Sheet, width: number, height: number): readonly [number, number] => {
  const along = (page: number, side: number) =>
    page < side * 1.06 ? (page - side) / 2 : random.between(-0.03 * side, page - 0.97 * side)
  const used = sheet.texts.reduce((most, { y }) => Math.max(most, y), 0)
  return [along(sheet.width, width), along(Math.min(sheet.height, Math.max(used, 0.5 * height)), height)]
}

interface Fold {
  readonly curl: Camera.Curl
  /** In pixels of the picture, approximately. */
  readonly gutter: number
}

/** The fold of an open book, at the left or the right end of the page. */
const fold = (random: Random, page: Box, height: number, strength: number): Fold => {
  const gutter = random.chance(0.5) ? page[0] : page[2]
  const wide = page[2] - page[0]
  return {
    gutter,
    curl: {
      depth: strength * height * random.between(-0.03, 0.03),
      reach: wide * random.between(0.06, 0.3),
      from: gutter
    }
  }
}

const within = ([left, top]: readonly [number, number], sheet: Sheet): Box => [
  -left,
  -top,
  sheet.width - left,
  sheet.height - top
]

const photographed = (
  random: Random,
  order: Receipt.Order,
  sheet: Sheet,
  more: { readonly reverse?: NonNullable<Ink.Window["reverse"]>; readonly folded: boolean }
): Scene => {
  const { width, height, strength, clean } = order
  const [left, top] = corner(random, sheet, width, height)
  const paper = within([left, top], sheet)
  const window = { left, top, bleed: BLEED, scrawls: clean || random.chance(0.85) ? 0 : 1, ...more }
  const scene = { sheet, window, paper, frame: [0, 0, width, height] as const }
  if (clean) return { ...scene, how: Conditions.plain(width, height), motion: Receipt.motion(random, order) }
  const how = Conditions.make(random, width, height, strength)
  if (!more.folded) return { ...scene, how, motion: Receipt.motion(random, order) }
  const folded = random.chance(0.6) ? fold(random, paper, height, strength) : undefined
  return {
    ...scene,
    how: Conditions.aged(random, how, strength, folded?.gutter),
    motion: Receipt.motion(random, order),
    curl: folded?.curl
  }
}

const DOCUMENTS: readonly [Make, ...Array<Make>] = [Letter.make, Letter.make, Form.make, Invoice.make]

export const document = (random: Random, order: Receipt.Order): Scene => {
  const make = random.pick(DOCUMENTS)
  return photographed(random, order, make(random, orderOf(random, order, "document")), { folded: false })
}

export const book = (random: Random, order: Receipt.Order): Scene => {
  const page = orderOf(random, order, "book")
  const sheet = Book.make(random, page)
  const thin = !order.clean && random.chance(0.4 * order.strength)
  if (!thin) return photographed(random, order, sheet, { folded: true })
  const strength = random.between(0.04, 0.2)
  const reverse = { sheet: Book.make(random, { ...page, width: sheet.width }), strength }
  return photographed(random, order, sheet, { folded: true, reverse })
}
