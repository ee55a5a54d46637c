/** Sets a receipt: its rows one under the other on an endless strip of paper. */

import type { Random } from "../../../../pipeline/nn/Random.ts"
import type { Context2D } from "../../../../pipeline/picture/Canvas.ts"
import type { Cell, Row } from "./ReceiptContent.ts"
import { boxAround, type Mark, type Measured, measure, type Setting, type Sheet, type Text } from "./Sheet.ts"
import * as Style from "./Style.ts"

/** Columns closer than this, in font sizes, would be read as one text. */
const COLUMN_GAP = 1.3

/** The typesetter's state: what is set so far, and the vertical position. */
interface Composing {
  readonly context: Context2D
  readonly random: Random
  readonly look: Style.Style
  /** Left and right ends of the lines. */
  readonly from: number
  readonly to: number
  readonly pitch: number
  readonly texts: Array<Text>
  readonly marks: Array<Mark>
  y: number
}

/** The part of a text before its anchor. */
const BEFORE = { left: 0, center: 0.5, right: 1 } as const

const place = ({ from, to }: Composing, { at, align }: Cell, wide: number): number => {
  const anchor = from + at * (to - from)
  return anchor - wide * BEFORE[align]
}

interface Placed {
  readonly measured: Measured
  readonly left: number
}

/**
 * The place of a cell that must end before `limit`: its own place, or moved to the left, or cut at its end, as
 * printers do; none if there is no room.
 */
const fit = (composing: Composing, cell: Cell, set: Setting, limit: number): Placed | undefined => {
  const { from } = composing
  const room = limit - from
  let measured = measure(composing.context, cell.text, set)
  const wide = measured.width
  if (wide <= room) {
    return { measured, left: Math.max(from, Math.min(place(composing, cell, wide), limit - wide)) }
  }
  if (cell.whole === true) return undefined
  let length = Math.ceil((cell.text.length * room) / wide)
  while (measured.width > room && length > 1) {
    measured = measure(composing.context, cell.text.slice(0, length--).trimEnd(), set)
  }
  return measured.width <= room && measured.text.length > 1 ? { measured, left: from } : undefined
}

/** From the right, so that amounts stay complete and names are shortened. */
const writeCells = (composing: Composing, cells: ReadonlyArray<Cell>, setting: Setting, y: number) => {
  let limit = composing.to
  for (const cell of [...cells].reverse()) {
    const placed = fit(composing, cell, setting, limit)
    if (placed === undefined) continue
    const { measured, left } = placed
    composing.texts.push({
      text: measured.text,
      x: left,
      y,
      setting,
      box: boxAround(measured, left, y, setting)
    })
    limit = left - COLUMN_GAP * setting.size
  }
}

/** A frame around the line just set, or dots between its label and its amount. */
const adorn = (
  { texts, marks, from, to, look }: Composing,
  adorned: Extract<Row, { _tag: "Text" }>["adorned"],
  first: number
) => {
  const boxes = texts.slice(first).flatMap(({ box }) => (box === undefined ? [] : [box]))
  const tops = boxes.map(([, top]) => top)
  const bottoms = boxes.map(([, , , bottom]) => bottom)
  const [right, left] = [boxes.at(0), boxes.at(-1)]
  if (adorned === undefined || left === undefined || right === undefined) return
  const edge = look.size * 0.12
  if (adorned === "frame") {
    const box = [from - edge, Math.min(...tops) - edge, to + edge, Math.max(...bottoms) + edge] as const
    return marks.push({ _tag: "frame", box })
  }
  const [start, end] = [left[2] + look.size, right[0] - look.size]
  const bottom = Math.max(...bottoms) - look.size * 0.25
  if (end - start > 2 * look.size) marks.push({ _tag: "dots", box: [start, bottom - edge, end, bottom] })
}

/** Breaks a single cell at its spaces into as many lines as needed. */
const wrap = (composing: Composing, cell: Cell, set: Setting): ReadonlyArray<ReadonlyArray<Cell>> => {
  const room = composing.to - composing.from
  const fits = (text: string) => measure(composing.context, text, set).width <= room
  if (fits(cell.text)) return [[cell]]
  const lines: Array<string> = []
  let line = ""
  for (const word of cell.text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`
    const full = line !== "" && !fits(longer)
    if (full) lines.push(line)
    line = full ? word : longer
  }
  return [...lines, line].map((text) => [{ ...cell, text }])
}

const writeText = (composing: Composing, row: Extract<Row, { _tag: "Text" }>) => {
  const { look, random, pitch } = composing
  const set = Style.setting(look, row, row.scale > 1.1 && random.chance(0.3))
  const cells = row.cells.map((cell) => (look.upperCase ? { ...cell, text: cell.text.toUpperCase() } : cell))
  const [only, ...others] = cells
  const lines = only !== undefined && others.length === 0 ? wrap(composing, only, set) : [cells]
  for (const line of lines) {
    const high = Math.max(pitch, set.size * set.stretchY * 1.1)
    composing.y += high
    const first = composing.texts.length
    writeCells(composing, line, set, composing.y - high * 0.25)
    adorn(composing, row.adorned, first)
  }
}

const writeRule = (composing: Composing, { mark }: Extract<Row, { _tag: "Rule" }>) => {
  const { look, from, to, pitch, texts, marks } = composing
  composing.y += pitch * 0.8
  if (mark === "line" || mark === "dashes" || mark === "dots") {
    const top = composing.y - pitch * 0.3
    marks.push({ _tag: mark, box: [from, top, to, top + Math.max(1, look.size * 0.09)] })
    return
  }
  const setting = Style.setting(look, { scale: 1, bold: false, display: false }, false)
  const one = measure(composing.context, mark.repeat(10), setting).width / 10
  const text = mark.repeat(Math.max(1, Math.floor((to - from) / one)))
  texts.push({ text, x: from, y: composing.y - pitch * 0.2, setting })
}

const writeFigure = (composing: Composing, { figure, lines }: Extract<Row, { _tag: "Figure" }>) => {
  const { from, to, pitch, random, marks, y } = composing
  const half = figure === "bars" ? (to - from) * random.between(0.2, 0.4) : (lines * pitch) / 2
  const middle = (from + to) / 2
  marks.push({ _tag: figure, box: [middle - half, y + pitch * 0.3, middle + half, y + lines * pitch] })
  composing.y += (lines + 0.3) * pitch
}

const write = (composing: Composing, row: Row): void => {
  if (row._tag === "Text") writeText(composing, row)
  else if (row._tag === "Rule") writeRule(composing, row)
  else if (row._tag === "Figure") writeFigure(composing, row)
  else composing.y += row.lines * composing.pitch
}

/** Sets rows one under the other on paper of `width` pixels. The context is only used to measure. */
export const make = (
  random: Random,
  context: Context2D,
  rows: ReadonlyArray<Row>,
  look: Style.Style,
  width: number
): Sheet => {
  const composing: Composing = {
    context,
    random,
    look,
    from: look.margin,
    to: width - look.margin,
    pitch: look.size * look.leading,
    texts: [],
    marks: [],
    y: look.size * 0.7
  }
  for (const row of rows) write(composing, row)
  const { texts, marks, y } = composing
  return { width, height: y + look.size, texts, marks }
}
