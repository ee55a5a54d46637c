/** One synthetic receipt, from random numbers to pixels and regions. */

import * as Effect from "effect/Effect"
import type { Random } from "../../../pipeline/nn/Random.ts"
import { Canvas, type CanvasError } from "../../../pipeline/picture/Canvas.ts"
import type { RgbImage } from "../../../pipeline/picture/Images.ts"
import * as AnnotatedPolygon from "../data/AnnotatedPolygon.ts"
import type { Region, TextImage } from "../data/TextImage.ts"
import type { Polygon } from "../geometry/Polygon.ts"
import { area } from "../geometry/Polygon.ts"
import * as Camera from "./Camera.ts"
import * as Conditions from "./Conditions.ts"
import * as Content from "./Content.ts"
import * as Ink from "./Ink.ts"
import * as Photo from "./Photo.ts"
import * as Sheet from "./Sheet.ts"
import * as Style from "./Style.ts"

/** Inclusive. */
export type Range = readonly [low: number, high: number]

export interface Options {
  /** Pixels of the picture; equal bounds fix a side. */
  readonly width: Range
  readonly height: Range
  /** Height of a line's box, pixels; the median of a receipt is in the range, headings are larger. */
  readonly textHeight: Range
  /** Clean print on white, for tests and for people: no camera, no light, no noise. Default false. */
  readonly clean?: boolean
}

/** The height of a line's box divided by its font size, for most texts in these typefaces. */
const BOX_OVER_SIZE = 0.85

/** A region with less than this fraction in the picture is marked as ignored. */
const LEAST_VISIBLE = 0.5

/** Rows printed above and below the window, more than the camera can show. */
const BLEED = 24

const MOTION = { rotation: 0.016, perspective: 0.012 }

const whole = (random: Random, [low, high]: Range): number => low + random.int(high - low + 1)

const corners = ([left, top, right, bottom]: Sheet.Box): Polygon => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom]
]

/** Regions of the texts that are at least partly printed on the paper and in view. */
const regions = (
  sheet: Sheet.Sheet,
  top: number,
  printed: Sheet.Box,
  camera: Camera.Camera,
  { width, height }: RgbImage
): ReadonlyArray<Region> => {
  const seen = Camera.toPicture(camera)
  return sheet.texts
    .flatMap(({ box, text }) => {
      if (box === undefined) return []
      const polygon = corners(box).map(([x, y]) => [x, y - top] as const)
      const onPaper = AnnotatedPolygon.clip(polygon, printed)
      const visible = AnnotatedPolygon.clip(onPaper.map(seen), [0, 0, width, height])
      const whole = area(polygon.map(seen))
      const part = area(visible) / whole
      if (visible.length < 3 || part < 0.05) return []
      return [{ polygon: visible, ignore: part < LEAST_VISIBLE, transcription: text }]
    })
    .map((region, i) => ({ id: String(i + 1).padStart(4, "0"), ...region }))
}

/** The window of the paper in the picture: the paper itself, or a little more or less at each side. */
const frame = (
  random: Random,
  width: number,
  height: number,
  edges: Conditions.Conditions["edges"]
): Sheet.Box => {
  const out = (side: number, edge: boolean) => (edge ? side * random.between(0.01, 0.1) : 0)
  const [left, top, right, bottom] = edges
  return [-out(width, left), -out(height, top), width + out(width, right), height + out(height, bottom)]
}

/** A pure function of the generator and the options. */
export const make = Effect.fnUntraced(function* (
  random: Random,
  name: string,
  options: Options
): Effect.fn.Return<TextImage, CanvasError, Canvas> {
  const canvas = yield* Canvas
  const [width, height] = [whole(random, options.width), whole(random, options.height)]
  const surface = yield* canvas.create(width, height + 2 * BLEED)
  const size = random.between(...options.textHeight) / BOX_OVER_SIZE
  const look = Style.make(random, width, size)
  const lines = height / (size * look.leading)
  const rows = Content.make(random, Content.habits(random), 1 + random.int(Math.max(2, lines / 3)))
  const sheet = Sheet.make(random, surface.context, rows, look, width)
  const clean = options.clean === true
  // A longer receipt is shown at its top, at its bottom, or somewhere between.
  const beyond = Math.max(0, sheet.height - height)
  const top = random.chance(0.4) ? 0 : beyond * Math.min(1, random.between(0, 1.3))
  const scrawls = clean || random.chance(0.75) ? 0 : 1 + random.int(2)
  const map = Ink.make(random, surface, sheet, { top, bleed: BLEED, scrawls })
  const how = clean ? Conditions.plain(width, height) : Conditions.make(random, width, height)
  const motion = clean ? Camera.STILL : { ...MOTION, bend: random.chance(0.3) ? 4 : 0 }
  const camera = Camera.make(random, width, height, frame(random, width, height, how.edges), motion)
  const photo = Photo.make(random, map, camera, how)
  const bleed = (edge: boolean) => (edge ? 0 : BLEED)
  const printed = [0, -bleed(how.edges[1]), width, height + bleed(how.edges[3])] as const
  return { name, ...photo, regions: regions(sheet, top, printed, camera, photo) }
})
