/** A printed part of a sheet: black on white, as a map of the ink on each pixel. */

import type { Random } from "../../../pipeline/nn/Random.ts"
import type { Context2D, Surface } from "../../../pipeline/picture/Canvas.ts"
import type { Mark, Sheet, Text } from "./Sheet.ts"

export interface InkMap {
  readonly width: number
  /** Number of rows, including those above and below the window. */
  readonly height: number
  /** Rows above and below the window, so that nothing is cut off if the camera shows a little more. */
  readonly bleed: number
  /** Row-major, 0 bare paper … 255 full ink. */
  readonly ink: Uint8Array
}

const print = (context: Context2D, { text, x, y, setting }: Text, top: number) => {
  context.save()
  context.translate(x, y - top)
  context.scale(setting.stretchX, setting.stretchY)
  context.font = setting.css
  context.fillText(text, 0, 0)
  context.restore()
}

const bars = (context: Context2D, random: Random, [left, top, right, bottom]: Mark["box"]) => {
  for (let x = left; x < right; ) {
    const wide = 1 + random.int(3)
    context.fillRect(x, top, wide, bottom - top)
    x += wide + 1 + random.int(3)
  }
}

/** A ring, a disc or a frame with a wedge in it: a shop's logo without letters. */
const emblem = (context: Context2D, random: Random, [left, top, right, bottom]: Mark["box"]) => {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2]
  const radius = (bottom - top) / 2
  context.save()
  context.lineWidth = random.between(1.5, 4)
  context.beginPath()
  if (random.chance(0.6)) context.arc(x, y, radius - 2, 0, 2 * Math.PI)
  else context.rect(left, top, right - left, bottom - top)
  context.stroke()
  context.beginPath()
  context.moveTo(x, y - radius * random.between(0.3, 0.7))
  for (let i = 0; i < 2 + random.int(3); i++) {
    context.lineTo(x + radius * random.between(-0.6, 0.6), y + radius * random.between(-0.5, 0.6))
  }
  context.closePath()
  context.fill()
  context.restore()
}

const rule = (context: Context2D, { _tag, box: [left, top, right, bottom] }: Mark) => {
  const thick = bottom - top
  context.save()
  context.lineWidth = thick
  if (_tag === "dashes") context.setLineDash([thick * 4, thick * 3])
  if (_tag === "dots") context.setLineDash([thick, thick * 2])
  context.beginPath()
  context.moveTo(left, (top + bottom) / 2)
  context.lineTo(right, (top + bottom) / 2)
  context.stroke()
  context.restore()
}

const mark = (context: Context2D, random: Random, one: Mark, top: number) => {
  const [left, from, right, to] = one.box
  const moved: Mark = { _tag: one._tag, box: [left, from - top, right, to - top] }
  if (one._tag === "bars") bars(context, random, moved.box)
  else if (one._tag === "emblem") emblem(context, random, moved.box)
  else rule(context, moved)
}

/** A tick, circle or scrawl by hand: ink that is not text. */
const scrawl = (surface: Surface, random: Random) => {
  const { context, width, height } = surface
  context.save()
  context.globalAlpha = random.between(0.5, 1)
  context.lineWidth = random.between(1, 2.6)
  context.lineCap = "round"
  context.beginPath()
  let [x, y] = [random.between(0.1, 0.9) * width, random.between(0.05, 0.95) * height]
  const reach = random.between(10, 60)
  context.moveTo(x, y)
  for (let i = 3 + random.int(9); i > 0; i--) {
    x += random.normal() * reach
    y += random.normal() * reach * 0.5
    context.lineTo(x, y)
  }
  context.stroke()
  context.restore()
}

export interface Window {
  /** Where it begins on the sheet. */
  readonly top: number
  readonly bleed: number
  /** Strokes of a pen over the print. */
  readonly scrawls: number
}

/** Prints a window of the sheet, and a bleed around it, onto the whole surface, which is new. */
export const make = (random: Random, surface: Surface, sheet: Sheet, window: Window): InkMap => {
  const { context, width, height } = surface
  const top = window.top - window.bleed
  for (const one of sheet.marks) mark(context, random, one, top)
  for (const text of sheet.texts) {
    if (text.y - top > -4 && text.y - top < height + 4 * text.setting.size) print(context, text, top)
  }
  for (let i = 0; i < window.scrawls; i++) scrawl(surface, random)
  const rgb = surface.rgb()
  const ink = new Uint8Array(width * height)
  for (let i = 0; i < ink.length; i++) ink[i] = 255 - (rgb[i * 3] ?? 0)
  return { width, height, bleed: window.bleed, ink }
}
