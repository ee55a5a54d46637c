/** A graph as an SVG picture. */
import type { Graph, Tone } from "./Graph.ts"
import * as GraphLayout from "./Layout.ts"

const colours: Record<Tone, readonly [fill: string, stroke: string]> = {
  plain: ["#f6f8fa", "#57606a"],
  outside: ["#ffffff", "#57606a"],
  done: ["#dafbe1", "#1a7f37"],
  due: ["#fff8c5", "#9a6700"]
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const textSvg = (placed: GraphLayout.PlacedBox, line: number, text: string, style: string): string => {
  const [x, y] = GraphLayout.textAt(placed, line)
  return `<text x="${x}" y="${y}" ${style}>${escaped(text)}</text>`
}

const boxSvg = (placed: GraphLayout.PlacedBox): string => {
  const { box, lines, x, y, width, height } = placed
  const [fill, stroke] = colours[box.tone]
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${fill}" stroke="${stroke}"/>`,
    textSvg(placed, 0, box.title, 'font-weight="600"'),
    ...lines.map((line, i) => textSvg(placed, i + 1, line, 'font-size="11"'))
  ].join("")
}

type Point = readonly [x: number, y: number]

/** A curve to a point, level at both ends. */
const curve = ([x1, y1]: Point, [x2, y2]: Point): string => {
  const bend = (x2 - x1) / 2
  return `C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}

/** The path of an arrow, and the position of its label. */
const wayOf = ({ from, to, lane }: GraphLayout.PlacedArrow): readonly [path: string, label: Point] => {
  const start: Point = [from.x + from.width, from.y + from.height / 2]
  const end: Point = [to.x - 6, to.y + to.height / 2]
  const begin = `M${start.join(" ")} `
  if (lane === undefined)
    return [begin + curve(start, end), [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2]]
  const { left, right, y } = lane
  return [`${begin}${curve(start, [left, y])} H${right} ${curve([right, y], end)}`, [(left + right) / 2, y]]
}

const arrowSvg = (arrow: GraphLayout.PlacedArrow): string => {
  const [path, [x, y]] = wayOf(arrow)
  const text =
    arrow.label === ""
      ? ""
      : `<text x="${x}" y="${y - 4}" font-size="11" text-anchor="middle" paint-order="stroke" stroke="#ffffff" stroke-width="3">${escaped(arrow.label)}</text>`
  return `<path d="${path}" fill="none" stroke="#57606a" marker-end="url(#arrow)"/>${text}`
}

/** The text of an SVG file. */
export const text = (graph: Graph): string => {
  const { boxes, arrows, width, height } = GraphLayout.make(graph)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#1f2328">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#57606a"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...arrows.map(arrowSvg),
    ...boxes.map(boxSvg),
    "</svg>",
    ""
  ].join("\n")
}
