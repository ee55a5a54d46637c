/**
 * The positions of boxes and arrows of a graph, in pixels. Boxes are in columns from left to right, each to the right of
 * its inputs. An arrow that passes columns has a lane below their boxes, so that it crosses none.
 */
import type { Arrow, Box, Graph } from "./Graph.ts"

const size = { width: 260, line: 16, padding: 10, columnGap: 70, rowGap: 24, margin: 16, lane: 18 }

/** Characters of small text that fit in a line of a box. */
const columns = 38

export interface PlacedBox {
  readonly box: Box
  /** Below the title. */
  readonly lines: ReadonlyArray<string>
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A level part of an arrow, below the boxes that it passes. */
export interface Lane {
  readonly left: number
  readonly right: number
  readonly y: number
}

export interface PlacedArrow {
  readonly from: PlacedBox
  readonly to: PlacedBox
  readonly label: string
  /** Undefined between neighbouring columns. */
  readonly lane: Lane | undefined
}

export interface Layout {
  readonly boxes: ReadonlyArray<PlacedBox>
  readonly arrows: ReadonlyArray<PlacedArrow>
  readonly width: number
  readonly height: number
}

/** Left and bottom of a line of text in a box; the title is line 0. */
export const textAt = ({ x, y }: PlacedBox, line: number): readonly [x: number, y: number] => [
  x + size.padding,
  y + size.padding + size.line * (line + 1) - 4
]

/** Words to lines of at most `columns` characters; a longer word has a line of its own. */
const wrapped = (text: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Length of the longest path from a box without inputs, by id. */
const ranks = ({ boxes, arrows }: Graph): ReadonlyMap<string, number> => {
  const rank = new Map<string, number>()
  for (const { id } of boxes) {
    const before = arrows.filter(({ to }) => to === id).map(({ from }) => rank.get(from) ?? 0)
    rank.set(id, before.length === 0 ? 0 : Math.max(...before) + 1)
  }
  return rank
}

const leftOf = (column: number): number => size.margin + column * (size.width + size.columnGap)

/** Where the next box or lane may begin, by column. */
type Bottoms = Map<number, number>

const placeBox = (bottoms: Bottoms, box: Box, column: number): PlacedBox => {
  const lines = box.lines.flatMap(wrapped)
  const height = size.padding * 2 + size.line * (1 + lines.length)
  const y = bottoms.get(column) ?? size.margin
  bottoms.set(column, y + height + size.rowGap)
  return { box, lines, x: leftOf(column), y, width: size.width, height }
}

/** A lane below everything in the columns between `from` and `to`, where it then takes up space. */
const placeLane = (bottoms: Bottoms, from: number, to: number): Lane | undefined => {
  const passed = Array.from({ length: to - from - 1 }, (_, i) => from + 1 + i)
  if (passed.length === 0) return undefined
  const y = Math.max(...passed.map((column) => bottoms.get(column) ?? size.margin))
  for (const column of passed) bottoms.set(column, y + size.lane)
  return { left: leftOf(from + 1), right: leftOf(to - 1) + size.width, y }
}

export const make = (graph: Graph): Layout => {
  const rank = ranks(graph)
  const columnOf = (id: string) => rank.get(id) ?? 0
  const bottoms: Bottoms = new Map()
  const boxes = graph.boxes.map((box) => placeBox(bottoms, box, columnOf(box.id)))
  const byId = new Map(boxes.map((placed) => [placed.box.id, placed]))
  const placeArrow = ({ from, to, label }: Arrow): ReadonlyArray<PlacedArrow> => {
    const [a, b] = [byId.get(from), byId.get(to)]
    if (a === undefined || b === undefined) return []
    return [{ from: a, to: b, label, lane: placeLane(bottoms, columnOf(from), columnOf(to)) }]
  }
  const arrows = graph.arrows.flatMap(placeArrow)
  const bottom = [...boxes.map(({ y, height }) => y + height), ...arrows.flatMap(({ lane }) => lane?.y ?? [])]
  return {
    boxes,
    arrows,
    width: Math.max(0, ...boxes.map(({ x, width }) => x + width)) + size.margin,
    height: Math.max(0, ...bottom) + size.margin
  }
}
