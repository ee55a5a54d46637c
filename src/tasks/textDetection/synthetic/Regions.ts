/** The regions of a sheet: its lines or its words, on the paper and as the camera shows them. */
import type { Context2D } from "../../../pipeline/picture/Canvas.ts"
import * as AnnotatedPolygon from "../data/AnnotatedPolygon.ts"
import type { Region } from "../data/TextImage.ts"
import { area, type Point, type Polygon } from "../geometry/Polygon.ts"
import { type Box, boxAround, measure, type Sheet, type Text } from "./layout/Sheet.ts"
import type { Level } from "./Names.ts"
import * as Camera from "./photo/Camera.ts"
import type { Cover } from "./photo/Conditions.ts"

/** A piece of text on the paper. */
export interface Lettering {
  readonly text: string
  readonly box: Box
  /** Turned about this point, radians clockwise. */
  readonly turn: { readonly about: Point; readonly angle: number } | undefined
  readonly ignore: boolean
}

type Boxed = Text & { readonly box: Box }

const hasBox = (text: Text): text is Boxed => text.box !== undefined

const lettering = ({ text, box, x, y, turn, ignore }: Boxed): Lettering => ({
  text,
  box,
  turn: turn === undefined ? undefined : { about: [x, y], angle: turn },
  ignore: ignore === true
})

const around = ([l1, t1, r1, b1]: Box, [l2, t2, r2, b2]: Box): Box => [
  Math.min(l1, l2),
  Math.min(t1, t2),
  Math.max(r1, r2),
  Math.max(b1, b2)
]

/** Texts of one line become one. */
const lines = (sheet: Sheet): ReadonlyArray<Lettering> => {
  const found: Array<Lettering> = []
  const at = new Map<number, number>()
  for (const text of sheet.texts.filter(hasBox)) {
    const index = text.line === undefined ? undefined : at.get(text.line)
    const earlier = index === undefined ? undefined : found[index]
    if (index === undefined || earlier === undefined) {
      if (text.line !== undefined) at.set(text.line, found.length)
      found.push(lettering(text))
    } else {
      found[index] = { ...earlier, text: `${earlier.text} ${text.text}`, box: around(earlier.box, text.box) }
    }
  }
  return found
}

/** A word, with the signs that stand alone behind it, such as the colon of `Total :`. */
const WORD = /\S+(?:\s+[^\p{L}\p{N}\s]+(?=\s|$))*/gu

/** Each word of a text, measured behind the words before it. */
const split = (context: Context2D, text: Boxed): ReadonlyArray<Lettering> => {
  const { setting, x, y } = text
  if (text.turn !== undefined) return [lettering(text)]
  const words = [...text.text.matchAll(WORD)]
  if (words.length < 2) return [lettering(text)]
  return words.map((match) => {
    const before = measure(context, text.text.slice(0, match.index), setting).width
    const word = measure(context, match[0], setting)
    return lettering({ ...text, text: match[0], box: boxAround(word, x + before, y, setting) })
  })
}

export const ofSheet = (context: Context2D, sheet: Sheet, level: Level): ReadonlyArray<Lettering> =>
  level === "line" ? lines(sheet) : sheet.texts.filter(hasBox).flatMap((text) => split(context, text))

const corners = ({ box: [left, top, right, bottom], turn }: Lettering): Polygon => {
  const all: ReadonlyArray<Point> = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom]
  ]
  if (turn === undefined) return all
  const [cos, sin] = [Math.cos(turn.angle), Math.sin(turn.angle)]
  const [cx, cy] = turn.about
  return all.map(([x, y]) => [cx + cos * (x - cx) - sin * (y - cy), cy + sin * (x - cx) + cos * (y - cy)])
}

/** An edge that is shown bent by more than this gets corners in between, pixels. */
const BENT = 0.6

const between = ([ax, ay]: Point, [bx, by]: Point, part: number): Point => [
  ax + part * (bx - ax),
  ay + part * (by - ay)
]

/** How far the middle of an edge is shown from the straight line between its ends. */
const bow = (seen: (point: Point) => Point, a: Point, b: Point): number => {
  const [[ax, ay], [bx, by], [mx, my]] = [seen(a), seen(b), seen(between(a, b, 0.5))]
  const long = Math.hypot(bx - ax, by - ay)
  return long === 0 ? 0 : Math.abs((bx - ax) * (my - ay) - (by - ay) * (mx - ax)) / long
}

/** The polygon in the picture, with corners added to edges that the camera bends. */
const shown = (seen: (point: Point) => Point, polygon: Polygon): Polygon =>
  polygon.flatMap((a, i) => {
    const b = polygon[(i + 1) % polygon.length] ?? a
    const off = bow(seen, a, b)
    const parts = off > BENT ? Math.min(8, 2 * Math.ceil(Math.sqrt(off))) : 1
    return Array.from({ length: parts }, (_, k) => seen(between(a, b, k / parts)))
  })

/** The part of a lettering that something lies on, by points of a grid. */
const covered = (
  seen: (point: Point) => Point,
  [tl, tr, , bl]: Polygon,
  covers: ReadonlyArray<Cover>
): number => {
  if (covers.length === 0 || tl === undefined || tr === undefined || bl === undefined) return 0
  const points = Array.from({ length: 24 }, (_, i) => {
    const [x, y] = between(tl, tr, ((i % 8) + 0.5) / 8)
    const down = (Math.floor(i / 8) + 0.5) / 3
    return seen([x + down * (bl[0] - tl[0]), y + down * (bl[1] - tl[1])])
  })
  const under = ([x, y]: Point) => covers.some(({ at, radius }) => Math.hypot(x - at[0], y - at[1]) < radius)
  return points.filter(under).length / points.length
}

/** A region with less than this fraction in the picture is marked as ignored. */
const LEAST_VISIBLE = 0.5

/** What the camera shows of a lettering. */
export interface Seen {
  readonly region: Region
  /** The part of it in the picture, 0 … 1. */
  readonly part: number
  readonly lettering: Lettering
}

export interface View {
  readonly camera: Camera.Camera
  /** Where the window begins on the sheet. */
  readonly origin: Point
  /** What of the paper can be printed on, pixels of the window. */
  readonly printed: Box
  readonly covers: ReadonlyArray<Cover>
  readonly width: number
  readonly height: number
}

/** From the sheet into the picture. */
export const toPicture = ({ camera, origin: [left, top] }: View): ((point: Point) => Point) => {
  const seen = Camera.toPicture(camera)
  return ([x, y]) => seen([x - left, y - top])
}

/** The letterings of which at least a twentieth is printed on the paper and in view, numbered. */
export const inPicture = (letterings: ReadonlyArray<Lettering>, view: View): ReadonlyArray<Seen> => {
  const { width, height, printed, covers, origin } = view
  const seen = Camera.toPicture(view.camera)
  return letterings
    .flatMap((lettering) => {
      const polygon = corners(lettering).map(([x, y]): Point => [x - origin[0], y - origin[1]])
      const whole = shown(seen, polygon)
      const visible = AnnotatedPolygon.clip(shown(seen, AnnotatedPolygon.clip(polygon, printed)), [
        0,
        0,
        width,
        height
      ])
      const part = (area(visible) / area(whole)) * (1 - covered(seen, polygon, covers))
      if (visible.length < 3 || part < 0.05) return []
      const ignore = lettering.ignore || part < LEAST_VISIBLE
      return [{ lettering, part, region: { polygon: visible, ignore, transcription: lettering.text } }]
    })
    .map(({ region, ...rest }, i) => ({ ...rest, region: { id: String(i + 1).padStart(4, "0"), ...region } }))
}
