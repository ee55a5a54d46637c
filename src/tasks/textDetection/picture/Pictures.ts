/** Pictures for people: predictions over one image, the validation figure, a grid of annotated images. */
import * as Effect from "effect/Effect"
import {
  Canvas,
  type CanvasError,
  type Context2D,
  font,
  type Surface
} from "../../../pipeline/picture/Canvas.ts"
import type { RgbImage } from "../../../pipeline/picture/Images.ts"
import type { Region, TextImage } from "../data/TextImage.ts"
import type { Polygon } from "../geometry/Polygon.ts"
import * as Heat from "./Heat.ts"

export interface Prediction {
  /** Pixels of its picture. */
  readonly polygon: Polygon
  /** In [0, 1]. */
  readonly confidence?: number
  /** Whether it matches a region of the ground truth; absent if unknown. */
  readonly matched?: boolean
}

/** One validated image. */
export interface Sample {
  readonly image: TextImage
  readonly probability: Heat.ProbabilityMap
  readonly predictions: ReadonlyArray<Prediction>
  /** Identifiers of the regions that were found, to mark the missed ones. */
  readonly found?: ReadonlySet<string>
  /** In [0, 1]. */
  readonly precision: number
  readonly recall: number
}

const INK = "#1f2328"
const MUTED = "#656d76"
const FRAME = "#d0d7de"
const TRUE = "#16a34a"
const FALSE = "#dc2626"
const MISSED = "#f59e0b"
const UNJUDGED = "#2563eb"
const IGNORED = "#8b949e"

interface Stroke {
  readonly colour: string
  /** Pixels of the surface, independent of the scale of the picture below. */
  readonly width: number
  readonly dashed?: boolean
}

/** The place of a picture on a surface: its top left corner, and surface pixels per picture pixel. */
interface Place {
  readonly x: number
  readonly y: number
  readonly scale: number
}

const outline = (context: Context2D, polygon: Polygon, { x, y, scale }: Place, stroke: Stroke) => {
  context.strokeStyle = stroke.colour
  context.lineWidth = stroke.width
  context.lineJoin = "round"
  context.setLineDash(stroke.dashed === true ? [stroke.width * 3, stroke.width * 2] : [])
  context.beginPath()
  for (const [i, [px, py]] of polygon.entries()) {
    if (i === 0) context.moveTo(x + px * scale, y + py * scale)
    else context.lineTo(x + px * scale, y + py * scale)
  }
  context.closePath()
  context.stroke()
  context.setLineDash([])
}

const colourOf = ({ matched }: Prediction): string => {
  if (matched === undefined) return UNJUDGED
  return matched ? TRUE : FALSE
}

const drawTruth = (context: Context2D, regions: ReadonlyArray<Region>, place: Place, width: number) => {
  for (const { polygon, ignore } of regions) {
    outline(context, polygon, place, { colour: ignore ? IGNORED : TRUE, width, dashed: ignore })
  }
}

const finished = (surface: Surface): RgbImage => ({
  width: surface.width,
  height: surface.height,
  rgb: surface.rgb()
})

/** About 1/400 of the long side: thin beside text, and still visible if the picture is shrunk. */
const strokeFor = ({ width, height }: { readonly width: number; readonly height: number }): number =>
  Math.max(2, Math.max(width, height) / 400)

export interface OverlayOptions {
  /** Writes each confidence above its polygon, in percent; default false. */
  readonly confidences?: boolean
}

const tag = (context: Context2D, prediction: Prediction, size: number) => {
  if (prediction.confidence === undefined) return
  const left = Math.min(...prediction.polygon.map(([x]) => x))
  const top = Math.min(...prediction.polygon.map(([, y]) => y))
  const text = String(Math.round(prediction.confidence * 100))
  context.font = font("Inter", size, 700)
  const wide = context.measureText(text).width + size * 0.5
  const y = Math.max(0, top - size * 1.1)
  context.fillStyle = colourOf(prediction)
  context.fillRect(left, y, wide, size * 1.1)
  context.fillStyle = "#ffffff"
  context.textAlign = "left"
  context.fillText(text, left + size * 0.25, y + size * 0.9)
}

/** The picture at its own scale with the predicted polygons on it. */
export const overlay = Effect.fn("Pictures.overlay")(function* (
  image: RgbImage,
  predictions: ReadonlyArray<Prediction>,
  options: OverlayOptions = {}
): Effect.fn.Return<RgbImage, CanvasError, Canvas> {
  const surface = yield* (yield* Canvas).create(image.width, image.height)
  surface.put(image, 0, 0)
  const width = strokeFor(image)
  for (const one of predictions) {
    outline(surface.context, one.polygon, { x: 0, y: 0, scale: 1 }, { colour: colourOf(one), width })
  }
  if (options.confidences === true) {
    for (const one of predictions) tag(surface.context, one, Math.max(9, width * 5.5))
  }
  return finished(surface)
})

/** The largest place within a box, at its left. */
const within = (
  image: { readonly width: number; readonly height: number },
  [x, y, width, height]: readonly [number, number, number, number]
): Place => ({ x, y, scale: Math.min(width / image.width, height / image.height) })

/** Draws `image` scaled to its place with a hairline around it, since white paper has no edge on a white page. */
const put = (surface: Surface, picture: RgbImage, { x, y, scale }: Place, image: RgbImage) => {
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)]
  surface.put(picture, x, y, width, height)
  surface.context.strokeStyle = FRAME
  surface.context.lineWidth = 1
  surface.context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1)
}

const PANEL = { width: 300, height: 460, gap: 14 }
const EDGE = 28
const HEAD = 92
const CAPTION = 46
const COLUMNS = ["Input", "Ground truth", "Probability map", "Predicted polygons"] as const

const say = (
  context: Context2D,
  text: string,
  [x, y]: readonly [number, number],
  css: string,
  colour: string
): number => {
  context.font = css
  context.fillStyle = colour
  context.textAlign = "left"
  context.fillText(text, x, y)
  return context.measureText(text).width
}

/** Swatches with their meaning, from left to right. */
const legend = (context: Context2D, x: number, y: number) => {
  const entries = [
    [TRUE, "text, and predictions that match it"],
    [FALSE, "predictions that match no text"],
    [MISSED, "text that was missed"],
    [IGNORED, "illegible, not counted"]
  ] as const
  let at = x
  for (const [colour, text] of entries) {
    context.strokeStyle = colour
    context.lineWidth = 2
    context.setLineDash(colour === IGNORED ? [4, 3] : [])
    context.strokeRect(at, y - 9, 16, 9)
    context.setLineDash([])
    at += 24 + say(context, text, [at + 23, y], font("Inter", 12), MUTED) + 22
  }
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`

const caption = ({ image, precision, recall, predictions }: Sample): string => {
  const counted = image.regions.filter((region) => !region.ignore).length
  return `precision ${percent(precision)}   recall ${percent(recall)}   ${predictions.length} predicted, ${counted} annotated`
}

/** The annotated regions that no prediction matched; none if that is unknown. */
const missed = ({ image, found }: Sample): ReadonlyArray<Region> =>
  found === undefined ? [] : image.regions.filter(({ id, ignore }) => !ignore && !found.has(id))

const drawSample = (surface: Surface, sample: Sample, top: number, height: number) => {
  const { image, probability, predictions } = sample
  const { context } = surface
  say(context, image.name, [EDGE, top + 15], font("Inter", 13, 700), INK)
  say(context, caption(sample), [EDGE, top + 33], font("Inter", 12), MUTED)
  const place = (column: number) =>
    within(image, [EDGE + column * (PANEL.width + PANEL.gap), top + CAPTION, PANEL.width, height])
  const [truth, result] = [place(1), place(3)]
  for (const one of [place(0), truth, result]) put(surface, image, one, image)
  put(surface, Heat.picture(probability), place(2), image)
  drawTruth(context, image.regions, truth, 1.5)
  for (const one of predictions) {
    outline(context, one.polygon, result, { colour: colourOf(one), width: 1.5 })
  }
  for (const { polygon } of missed(sample)) {
    outline(context, polygon, result, { colour: MISSED, width: 1.5, dashed: true })
  }
}

/** As high as the picture needs at the panel's width, and no higher than the panel. */
const heightOf = (image: RgbImage): number =>
  Math.round(Math.min(PANEL.height, (PANEL.width * image.height) / image.width))

/** One row per image: input, ground truth, probability map, predicted polygons; with its precision and recall. */
export const validation = Effect.fn("Pictures.validation")(function* (
  title: string,
  samples: ReadonlyArray<Sample>
): Effect.fn.Return<RgbImage, CanvasError, Canvas> {
  const heights = samples.map((sample) => CAPTION + heightOf(sample.image) + 24)
  const width = 2 * EDGE + COLUMNS.length * PANEL.width + (COLUMNS.length - 1) * PANEL.gap
  const height = HEAD + heights.reduce((sum, one) => sum + one, 0) + EDGE
  const surface = yield* (yield* Canvas).create(width, height)
  const { context } = surface
  say(context, title, [EDGE, 38], font("Inter", 18, 700), INK)
  for (const [i, name] of COLUMNS.entries()) {
    say(context, name, [EDGE + i * (PANEL.width + PANEL.gap), 76], font("Inter", 13, 700), MUTED)
  }
  let top = HEAD
  for (const [i, sample] of samples.entries()) {
    drawSample(surface, sample, top, heightOf(sample.image))
    top += heights[i] ?? 0
  }
  legend(context, EDGE, height - EDGE + 6)
  return finished(surface)
})

/** Annotated images side by side, `columns` per row, with their regions drawn. */
export const grid = Effect.fn("Pictures.grid")(function* (
  images: ReadonlyArray<TextImage>,
  columns: number
): Effect.fn.Return<RgbImage, CanvasError, Canvas> {
  const [cell, gap] = [{ width: 320, height: 480 }, 12]
  const wide = Math.max(1, Math.min(columns, images.length))
  const rows = Math.max(1, Math.ceil(images.length / wide))
  const surface = yield* (yield* Canvas).create(
    wide * (cell.width + gap) + gap,
    rows * (cell.height + gap) + gap
  )
  for (const [i, image] of images.entries()) {
    const x = gap + (i % wide) * (cell.width + gap)
    const y = gap + Math.floor(i / wide) * (cell.height + gap)
    const place = within(image, [x, y, cell.width, cell.height])
    put(surface, image, place, image)
    drawTruth(surface.context, image.regions, place, 1.25)
  }
  return finished(surface)
})
