/** A printed part of a sheet: black on white, as a map of the ink on each pixel. */

import type { Random } from "../../../../pipeline/nn/Random.ts"
import type { Context2D, Surface } from "../../../../pipeline/picture/Canvas.ts"
import type { Mark, Sheet, Text } from "../layout/Sheet.ts"

export interface InkMap {
  /** Numbers of columns and rows, including those around the window. */
  readonly width: number
  readonly height: number
  /** Columns and rows at each side of the window, so that nothing is cut off if the camera shows a little more. */
  readonly bleed: readonly [x: number, y: number]
  /** Row-major, 0 bare paper … 255 full ink. */
  readonly ink: Uint8Array
}

const shade = (tone: number): string => {
  const level = Math.round(255 * tone)
  return `rgb(${level}, ${level}, ${level})`
}

const print = (context: Context2D, { text, x, y, setting, turn, tone }: Text) => {
  context.save()
  context.translate(x, y)
  if (turn !== undefined) context.rotate(turn)
  context.scale(setting.stretchX, setting.stretchY)
  if (tone !== undefined) context.fillStyle = shade(tone)
  context.font = setting.css
  context.fillText(text, 0, 0)
  context.restore()
}

const bars = (context: Context2D, random: Random, { box: [left, top, right, bottom] }: Mark) => {
  for (let x = left; x < right; ) {
    const wide = 1 + random.int(3)
    context.fillRect(x, top, wide, bottom - top)
    x += wide + 1 + random.int(3)
  }
}

/** A ring, a disc or a frame with a wedge in it: a shop's logo without letters. */
const emblem = (context: Context2D, random: Random, { box: [left, top, right, bottom] }: Mark) => {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2]
  const radius = (bottom - top) / 2
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
}

/** Along the longer side of its box. */
const rule = (context: Context2D, _: Random, { _tag, box: [left, top, right, bottom] }: Mark) => {
  const upright = bottom - top > right - left
  const thick = upright ? right - left : bottom - top
  const [x, y] = [(left + right) / 2, (top + bottom) / 2]
  context.lineWidth = thick
  if (_tag === "dashes") context.setLineDash([thick * 4, thick * 3])
  if (_tag === "dots") context.setLineDash([thick, thick * 2])
  context.beginPath()
  context.moveTo(upright ? x : left, upright ? top : y)
  context.lineTo(upright ? x : right, upright ? bottom : y)
  context.stroke()
}

const frame = (context: Context2D, random: Random, { box: [left, top, right, bottom] }: Mark) => {
  context.lineWidth = random.pick([1, 1, 1.5, 2])
  context.strokeRect(left, top, right - left, bottom - top)
}

const panel = (context: Context2D, _: Random, { box: [left, top, right, bottom] }: Mark) =>
  context.fillRect(left, top, right - left, bottom - top)

/** A square code: 21 to 33 cells at a side, with its three corner marks. */
const matrix = (context: Context2D, random: Random, { box: [left, top, , bottom] }: Mark) => {
  const count = 21 + 4 * random.int(4)
  const cell = (bottom - top) / count
  for (let i = 0; i < count * count; i++) {
    const [x, y] = [i % count, Math.floor(i / count)]
    if (random.chance(0.5)) context.fillRect(left + x * cell, top + y * cell, cell + 0.3, cell + 0.3)
  }
  const far = count - 7
  for (const [x, y] of [
    [0, 0],
    [far, 0],
    [0, far]
  ] as const) {
    for (const [inset, tone] of [
      [-1, 1],
      [0, 0],
      [1, 1],
      [2, 0]
    ] as const) {
      context.fillStyle = shade(tone)
      const side = (7 - 2 * inset) * cell
      context.fillRect(left + (x + inset) * cell, top + (y + inset) * cell, side, side)
    }
  }
}

/** A name written by hand, illegible: loops that go on to the right. */
const signature = (context: Context2D, random: Random, { box: [left, top, right, bottom] }: Mark) => {
  const loops = random.between(3, 8)
  const [lean, swing, phase] = [random.between(0.05, 0.2), random.between(1.3, 3.1), random.between(0, 6)]
  const [wide, high] = [right - left, bottom - top]
  context.lineWidth = random.between(1, 2.2)
  context.lineJoin = "round"
  context.beginPath()
  for (let i = 0; i <= 120; i++) {
    const t = i / 120
    const turn = 2 * Math.PI * loops * t
    const size = 0.3 + 0.7 * Math.abs(Math.sin(swing * turn * 0.31 + phase))
    const x = left + wide * Math.min(1, Math.max(0, t * (1 - lean) + (lean * (1 + Math.sin(turn))) / 2))
    context.lineTo(x, top + (high * (1 + size * Math.cos(turn + Math.sin(swing * turn)))) / 2)
  }
  context.stroke()
}

/** A picture in a book: hatched shapes in a frame. */
const engraving = (context: Context2D, random: Random, { box: [left, top, right, bottom] }: Mark) => {
  context.beginPath()
  context.rect(left, top, right - left, bottom - top)
  context.clip()
  for (let patch = 4 + random.int(6); patch > 0; patch--) {
    const [x, y] = [random.between(left, right), random.between(top, bottom)]
    const radius = random.between(0.1, 0.5) * (bottom - top)
    const slope = random.between(-1, 1)
    const gap = random.between(2, 5)
    context.lineWidth = random.between(0.5, gap * 0.6)
    context.beginPath()
    for (let off = -radius; off < radius; off += gap) {
      const reach = Math.sqrt(radius * radius - off * off)
      context.moveTo(x - reach, y + off - slope * reach)
      context.lineTo(x + reach, y + off + slope * reach)
    }
    context.stroke()
  }
  context.lineWidth = 2
  context.strokeRect(left, top, right - left, bottom - top)
}

/** The outline of a stamp. */
const ring = (context: Context2D, random: Random, { box: [left, top, right, bottom], turn }: Mark) => {
  context.lineWidth = random.between(1.5, 3.5)
  context.translate((left + right) / 2, (top + bottom) / 2)
  context.rotate(turn ?? 0)
  context.beginPath()
  if (random.chance(0.5)) context.arc(0, 0, (bottom - top) / 2, 0, 2 * Math.PI)
  else context.rect((left - right) / 2, (top - bottom) / 3, right - left, ((bottom - top) * 2) / 3)
  context.stroke()
}

type Draw = (context: Context2D, random: Random, mark: Mark) => void

const DRAW: { readonly [T in Mark["_tag"]]: Draw } = {
  line: rule,
  dashes: rule,
  dots: rule,
  bars,
  emblem,
  frame,
  panel,
  matrix,
  signature,
  engraving,
  ring
}

const mark = (context: Context2D, random: Random, one: Mark) => {
  const { _tag, tone } = one
  context.save()
  if (tone !== undefined) {
    context.fillStyle = shade(tone)
    context.strokeStyle = shade(tone)
  }
  DRAW[_tag](context, random, one)
  context.restore()
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
  readonly left: number
  readonly top: number
  readonly bleed: InkMap["bleed"]
  /** Strokes of a pen over the print. */
  readonly scrawls: number
  /** What is printed on the other side, and how much of it shines through, 0 … 1. */
  readonly reverse?: { readonly sheet: Sheet; readonly strength: number }
}

/** Everything of a sheet that is in a window of this size. */
const printed = (context: Context2D, random: Random, sheet: Sheet, top: number, height: number) => {
  for (const one of sheet.marks) mark(context, random, one)
  for (const text of sheet.texts) {
    if (text.y - top > -4 && text.y - top < height + 4 * text.setting.size) print(context, text)
  }
}

/** The other side, mirrored, its letters a little smeared by the paper between. */
const shinesThrough = (
  context: Context2D,
  random: Random,
  reverse: NonNullable<Window["reverse"]>,
  top: number,
  height: number
) => {
  const { sheet, strength } = reverse
  context.save()
  context.translate(sheet.width, 0)
  context.scale(-1, 1)
  context.globalAlpha = strength / 2
  for (const off of [0, 0.8]) {
    context.translate(off, off)
    printed(context, random, sheet, top, height)
  }
  context.restore()
}

/** Prints a window of the sheet, and a bleed around it, onto the whole surface, which is new. */
export const make = (random: Random, surface: Surface, sheet: Sheet, window: Window): InkMap => {
  const { context, width, height } = surface
  const [left, top] = [window.left - window.bleed[0], window.top - window.bleed[1]]
  context.save()
  context.translate(-left, -top)
  if (window.reverse !== undefined) shinesThrough(context, random, window.reverse, top, height)
  printed(context, random, sheet, top, height)
  context.restore()
  for (let i = 0; i < window.scrawls; i++) scrawl(surface, random)
  const rgb = surface.rgb()
  const ink = new Uint8Array(width * height)
  for (let i = 0; i < ink.length; i++) ink[i] = 255 - (rgb[i * 3] ?? 0)
  return { width, height, bleed: window.bleed, ink }
}
