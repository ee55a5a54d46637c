/** A receipt, from random numbers to a scene. */
import type { Random } from "../../../pipeline/nn/Random.ts"
import type { Surface } from "../../../pipeline/picture/Canvas.ts"
import * as ReceiptContent from "./layout/ReceiptContent.ts"
import * as ReceiptSheet from "./layout/ReceiptSheet.ts"
import type { Box } from "./layout/Sheet.ts"
import * as Style from "./layout/Style.ts"
import * as Camera from "./photo/Camera.ts"
import * as Conditions from "./photo/Conditions.ts"
import type { Scene } from "./Scene.ts"
import type { Lexicon } from "./words/Lexicon.ts"

/** What every kind of picture is made from. */
export interface Order {
  /** To measure, and later to draw. */
  readonly surface: Surface
  /** Pixels of the picture. */
  readonly width: number
  readonly height: number
  /** Of running text, pixels. */
  readonly size: number
  readonly words: Lexicon
  /** 0 as printed, 1 common, up to 2. */
  readonly strength: number
  /** Clean print on white. */
  readonly clean: boolean
}

/** Rows printed above and below the window, more than the camera can show. */
export const BLEED = [0, 24] as const

const MOTION = { rotation: 0.016, perspective: 0.012 }

/** The window of the paper in the picture: the paper itself, or a little more or less at each side. */
const frame = (random: Random, width: number, height: number, edges: Conditions.Conditions["edges"]): Box => {
  const out = (side: number, edge: boolean) => (edge ? side * random.between(0.01, 0.1) : 0)
  const [left, top, right, bottom] = edges
  return [-out(width, left), -out(height, top), width + out(width, right), height + out(height, bottom)]
}

/** Without an edge in view, it does not end. */
const paperOf = (
  [left, top, right, bottom]: Conditions.Conditions["edges"],
  width: number,
  height: number
): Box => [
  left ? 0 : Number.NEGATIVE_INFINITY,
  top ? 0 : Number.NEGATIVE_INFINITY,
  right ? width : Number.POSITIVE_INFINITY,
  bottom ? height : Number.POSITIVE_INFINITY
]

export const motion = (random: Random, { strength, clean }: Order): Camera.Motion =>
  clean
    ? Camera.STILL
    : {
        rotation: MOTION.rotation * strength,
        perspective: MOTION.perspective * strength,
        bend: random.chance(0.3) ? 4 * strength : 0
      }

export const make = (random: Random, order: Order): Scene => {
  const { surface, width, height, size, words, strength, clean } = order
  const look = Style.make(random, width, size, words.scripts)
  const lines = height / (size * look.leading)
  const habits = ReceiptContent.habits(random, words)
  const rows = ReceiptContent.make(random, habits, 1 + random.int(Math.max(2, lines / 3)))
  const sheet = ReceiptSheet.make(random, surface.context, rows, look, width)
  // A longer receipt is shown at its top, at its bottom, or somewhere between.
  const beyond = Math.max(0, sheet.height - height)
  const top = random.chance(0.4) ? 0 : beyond * Math.min(1, random.between(0, 1.3))
  const scrawls = clean || random.chance(0.75) ? 0 : 1 + random.int(2)
  const how = clean ? Conditions.plain(width, height) : Conditions.make(random, width, height, strength)
  return {
    sheet,
    window: { left: 0, top, bleed: BLEED, scrawls },
    paper: paperOf(how.edges, width, height),
    frame: frame(random, width, height, how.edges),
    how,
    motion: motion(random, order)
  }
}
