/** A page being set: words, lines and paragraphs at their places, and the marks beside them. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import type { Context2D } from "../../../../pipeline/picture/Canvas.ts"
import type { Lexicon } from "../words/Lexicon.ts"
import * as Prose from "../words/Prose.ts"
import {
  type Box,
  boxAround,
  type Mark,
  type Measured,
  measure,
  type Setting,
  type Sheet,
  type Text
} from "./Sheet.ts"

export interface Page {
  readonly context: Context2D
  readonly random: Random
  readonly words: Lexicon
  readonly width: number
  readonly texts: Array<Text>
  readonly marks: Array<Mark>
  /** Words repeat, and measuring them takes longer than setting them. */
  readonly known: Map<string, Measured>
  lines: number
}

/** Where a page is made, and how large: the context is only used to measure. */
export interface Order {
  readonly context: Context2D
  readonly words: Lexicon
  /** Pixels of the page. */
  readonly width: number
  /** Font size of running text, pixels. */
  readonly size: number
}

export const make = (random: Random, { context, words, width }: Order): Page => ({
  context,
  random,
  words,
  width,
  texts: [],
  marks: [],
  known: new Map(),
  lines: 0
})

export const sheet = ({ width, texts, marks }: Page, height: number): Sheet => ({
  width,
  height,
  texts,
  marks
})

const measured = ({ context, known }: Page, text: string, set: Setting): Measured => {
  const key = `${set.css}\n${text}`
  const earlier = known.get(key)
  if (earlier !== undefined) return earlier
  const fresh = measure(context, text, set)
  known.set(key, fresh)
  return fresh
}

export const widthOf = (page: Page, text: string, set: Setting): number => measured(page, text, set).width

export interface Placing {
  /** What of the text stands at x; default left. */
  readonly align?: "left" | "center" | "right"
  readonly line?: number
  readonly tone?: number
  readonly turn?: number
  readonly ignore?: boolean
}

const BEFORE = { left: 0, center: 0.5, right: 1 } as const

/** Sets a text at x on the baseline y, as one region unless it belongs to a `line`; nothing for no text. */
export const put = (
  page: Page,
  text: string,
  x: number,
  y: number,
  setting: Setting,
  how: Placing = {}
): void => {
  if (text.trim() === "") return
  const { align = "left", ...rest } = how
  const size = measured(page, text, setting)
  const left = x - size.width * BEFORE[align]
  page.texts.push({ text, x: left, y, setting, box: boxAround(size, left, y, setting), ...rest })
}

export const mark = (page: Page, _tag: Mark["_tag"], box: Box, tone?: number): void => {
  page.marks.push(tone === undefined ? { _tag, box } : { _tag, box, tone })
}

/** A thin line across. */
export const rule = (page: Page, left: number, right: number, y: number, thick = 1): void =>
  mark(page, "line", [left, y, right, y + thick])

export interface Column {
  readonly left: number
  readonly right: number
  readonly setting: Setting
  /** From baseline to baseline, pixels. */
  readonly pitch: number
  readonly align: "left" | "justify" | "center"
  /** Of the first line, pixels. */
  readonly indent?: number
  /** No baseline is below. */
  readonly bottom: number
  /** Whether long words may be broken. */
  readonly hyphens?: boolean
  /** Makes room at the left of the first lines, as for an initial. */
  readonly inset?: { readonly width: number; readonly lines: number }
}

interface Line {
  readonly words: ReadonlyArray<string>
  /** Without spaces. */
  readonly wide: number
}

/** The longest beginning of a word that fits with a hyphen, and the rest. */
const broken = (
  page: Page,
  word: string,
  set: Setting,
  room: number
): readonly [string, string] | undefined => {
  const at = Prose.breaks(word).findLast((cut) => widthOf(page, `${word.slice(0, cut)}-`, set) <= room)
  return at === undefined ? undefined : [`${word.slice(0, at)}-`, word.slice(at)]
}

/** As many of the words as fit; the rest of a broken word is put back in front of the others. */
const take = (page: Page, queue: Array<string>, column: Column, room: number): Line => {
  const { setting, hyphens = false } = column
  const space = widthOf(page, " ", setting)
  const line: Array<string> = []
  let wide = 0
  for (let word = queue[0]; word !== undefined; word = queue[0]) {
    const left = room - wide - line.length * space
    const need = widthOf(page, word, setting)
    if (need <= left || line.length === 0) {
      line.push(word)
      wide += need
      queue.shift()
      continue
    }
    const parts = hyphens ? broken(page, word, setting, left) : undefined
    if (parts === undefined) break
    line.push(parts[0])
    wide += widthOf(page, parts[0], setting)
    queue[0] = parts[1]
    break
  }
  return { words: line, wide }
}

/** Where the line starts and the space between its words. */
const spread = (
  line: Line,
  align: Column["align"],
  start: number,
  room: number,
  space: number,
  last: boolean
) => {
  const slack = room - line.wide - (line.words.length - 1) * space
  if (align === "center") return { x: start + slack / 2, gap: space }
  const wide = align === "justify" && !last && line.words.length > 1 && slack < room * 0.4
  return { x: start, gap: wide ? space + slack / (line.words.length - 1) : space }
}

const setLine = (page: Page, line: Line, x: number, y: number, setting: Setting, gap: number) => {
  const number = page.lines++
  let at = x
  for (const word of line.words) {
    put(page, word, at, y, setting, { line: number })
    at += widthOf(page, word, setting) + gap
  }
}

/** Sets words into lines below y. Returns the last baseline and the words for which there was no room. */
export const paragraph = (
  page: Page,
  words: ReadonlyArray<string>,
  y: number,
  column: Column
): { readonly y: number; readonly rest: ReadonlyArray<string> } => {
  const { left, right, setting, pitch, align, indent = 0, bottom, inset } = column
  const queue = [...words]
  const space = widthOf(page, " ", setting)
  let at = y
  for (let i = 0; queue.length > 0 && at + pitch <= bottom; i++) {
    at += pitch
    const start = left + (i === 0 ? indent : 0) + (inset !== undefined && i < inset.lines ? inset.width : 0)
    const line = take(page, queue, column, right - start)
    const { x, gap } = spread(line, align, start, right - start, space, queue.length === 0)
    setLine(page, line, x, at, setting, gap)
  }
  return { y: at, rest: queue }
}

/** A stamp over the print: its word is not to be learnt, since people annotate stamps or not. */
export const stamp = (page: Page, text: string, x: number, y: number, setting: Setting): void => {
  const turn = page.random.between(-0.35, 0.35)
  const tone = page.random.between(0.35, 0.65)
  const half = widthOf(page, text, setting) / 2 + setting.size * 0.6
  page.marks.push({ _tag: "ring", box: [x - half, y - half, x + half, y + half], tone, turn })
  const [dx, dy] = [half - setting.size * 0.6, -setting.size * 0.35]
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  put(page, text, x - cos * dx + sin * dy, y - sin * dx - cos * dy, setting, { turn, tone, ignore: true })
}
