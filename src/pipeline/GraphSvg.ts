/** A graph as a picture: columns from left to right, each box right of all that it is made from. */
import type { Box, Graph, Tone } from "./Graph.ts"

/** Pixels. */
const size = { width: 260, line: 16, padding: 10, columnGap: 70, rowGap: 24, margin: 16 }

/** Characters of the small text that a box holds in a line. */
const columns = 38

const colours: Record<Tone, readonly [fill: string, stroke: string]> = {
  plain: ["#f6f8fa", "#57606a"],
  outside: ["#ffffff", "#57606a"],
  done: ["#dafbe1", "#1a7f37"],
  due: ["#fff8c5", "#9a6700"]
}

interface Placed {
  readonly box: Box
  readonly lines: ReadonlyArray<string>
  readonly x: number
  readonly y: number
  readonly height: number
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

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

/** The longest way from a box without inputs, by id. */
const ranks = ({ boxes, arrows }: Graph): ReadonlyMap<string, number> => {
  const rank = new Map<string, number>()
  for (const { id } of boxes) {
    const before = arrows.filter(({ to }) => to === id).map(({ from }) => rank.get(from) ?? 0)
    rank.set(id, before.length === 0 ? 0 : Math.max(...before) + 1)
  }
  return rank
}

const place = (graph: Graph): ReadonlyArray<Placed> => {
  const rank = ranks(graph)
  const bottoms = new Map<number, number>()
  return graph.boxes.map((box) => {
    const column = rank.get(box.id) ?? 0
    const lines = box.lines.flatMap(wrapped)
    const height = size.padding * 2 + size.line * (1 + lines.length)
    const y = bottoms.get(column) ?? size.margin
    bottoms.set(column, y + height + size.rowGap)
    return { box, lines, x: size.margin + column * (size.width + size.columnGap), y, height }
  })
}

const boxSvg = ({ box, lines, x, y, height }: Placed): string => {
  const [fill, stroke] = colours[box.tone]
  const left = x + size.padding
  const baseline = (line: number) => y + size.padding + size.line * (line + 1) - 4
  return [
    `<rect x="${x}" y="${y}" width="${size.width}" height="${height}" rx="6" fill="${fill}" stroke="${stroke}"/>`,
    `<text x="${left}" y="${baseline(0)}" font-weight="600">${escaped(box.title)}</text>`,
    ...lines.map(
      (line, i) => `<text x="${left}" y="${baseline(i + 1)}" font-size="11">${escaped(line)}</text>`
    )
  ].join("")
}

const arrowSvg = (from: Placed, to: Placed, label: string): string => {
  const [x1, y1] = [from.x + size.width, from.y + from.height / 2]
  const [x2, y2] = [to.x - 6, to.y + to.height / 2]
  const bend = (x2 - x1) / 2
  const path = `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2 - 4]
  const text =
    label === ""
      ? ""
      : `<text x="${x}" y="${y}" font-size="11" text-anchor="middle" paint-order="stroke" stroke="#ffffff" stroke-width="3">${escaped(label)}</text>`
  return `<path d="${path}" fill="none" stroke="#57606a" marker-end="url(#arrow)"/>${text}`
}

/** A whole SVG file. */
export const text = (graph: Graph): string => {
  const placed = place(graph)
  const byId = new Map(placed.map((one) => [one.box.id, one]))
  const arrows = graph.arrows.flatMap(({ from, to, label }) => {
    const [a, b] = [byId.get(from), byId.get(to)]
    return a === undefined || b === undefined ? [] : [arrowSvg(a, b, label)]
  })
  const width = Math.max(0, ...placed.map(({ x }) => x + size.width)) + size.margin
  const height = Math.max(0, ...placed.map(({ y, height: own }) => y + own)) + size.margin
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#1f2328">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#57606a"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...arrows,
    ...placed.map(boxSvg),
    "</svg>",
    ""
  ].join("\n")
}
