/**
 * Outlines of the 8-connected regions of a binary map, and of their holes, by border following: Suzuki and Abe,
 * "Topological structural analysis of digitized binary images by border following", 1985, algorithm 1.
 */
import type { Point } from "../geometry/Polygon.ts"

export interface Contour {
  /** Pixels (column, row) along the border, each next to the one before it; the last is next to the first. */
  readonly pixels: ReadonlyArray<Point>
  /** Whether it surrounds a hole; then its pixels belong to the region around the hole. */
  readonly hole: boolean
  /** Index of the border directly around this one: of a region for a hole, of a hole for a region; -1 at the top. */
  readonly parent: number
}

/**
 * Visits all borders of the non-zero pixels of `map`, row-major, in the order of a scan. One by one: all pixels of all
 * borders of a noisy map would take gigabytes.
 */
export const forEach = (
  map: Uint8Array,
  width: number,
  height: number,
  visit: (contour: Contour) => void
): void => {
  const grid = framed(map, width, height)
  const borders: Array<Border> = []
  for (let y = 1; y <= height; y++) scanRow(grid, y * grid.stride, width, borders, visit)
}

/** What is stored of each border, for those inside it. */
type Border = Pick<Contour, "hole" | "parent">

/** Follows each border that starts in one row, which begins at index `row`, and keeps track of the last border met. */
const scanRow = (
  grid: Grid,
  row: number,
  width: number,
  borders: Array<Border>,
  visit: (contour: Contour) => void
): void => {
  // LNBD of the paper; 1 is the frame.
  let last = 1
  for (let at = row + 1; at <= row + width; at++) {
    const label = grid.labels[at] ?? 0
    const start = startsAt(grid, at, label)
    if (start !== undefined) {
      const holding = start.hole && label > 1 ? label : last
      const parent = parentOf(borders, holding, start.hole)
      const pixels = follow(grid, at, start.from, borders.length + 2)
      borders.push({ hole: start.hole, parent })
      visit({ pixels, hole: start.hole, parent })
    }
    last = lastMet(grid, at, last)
  }
}

/** Step (4): a pixel on a border makes it the last border met. */
const lastMet = (grid: Grid, at: number, last: number): number => {
  const marked = Math.abs(grid.labels[at] ?? 0)
  return marked > 1 ? marked : last
}

/** The map in a frame of zeros: 1 for a pixel not on any border yet, ±label for one that is. */
interface Grid {
  readonly labels: Int32Array
  readonly stride: number
  /** Steps to the 8 neighbours, clockwise on a screen from the left one. */
  readonly around: ReadonlyArray<number>
}

const framed = (map: Uint8Array, width: number, height: number): Grid => {
  const stride = width + 2
  const labels = new Int32Array(stride * (height + 2))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (map[y * width + x] !== 0) labels[(y + 1) * stride + x + 1] = 1
    }
  }
  return {
    labels,
    stride,
    around: [-1, -stride - 1, -stride, -stride + 1, 1, stride + 1, stride, stride - 1]
  }
}

/** Step (1): whether a border starts at this pixel, and the index in `around` of the empty pixel it starts from. */
const startsAt = (
  grid: Grid,
  at: number,
  label: number
): { readonly hole: boolean; readonly from: number } | undefined => {
  if (label === 1 && grid.labels[at - 1] === 0) return { hole: false, from: 0 }
  if (label >= 1 && grid.labels[at + 1] === 0) return { hole: true, from: 4 }
  return undefined
}

/** Step (2), table 1: a border of the other kind holds this one; one of the same kind shares its parent. */
const parentOf = (contours: ReadonlyArray<Border>, holding: number, hole: boolean): number => {
  const met = contours[holding - 2]
  if (met === undefined) return -1
  return met.hole === hole ? met.parent : holding - 2
}

/** Step (3): follows the border once around from `start`, marking its pixels with `label`. */
const follow = (grid: Grid, start: number, from: number, label: number): ReadonlyArray<Point> => {
  const first = firstClockwise(grid, start, from)
  if (first === undefined) {
    grid.labels[start] = -label
    return [pointAt(grid, start)]
  }
  const pixels: Array<Point> = []
  const stop = neighbour(grid, start, first)
  let current = start
  let back = first
  for (;;) {
    const step = nextCounterclockwise(grid, current, back)
    mark(grid, current, label, step.passedRight)
    pixels.push(pointAt(grid, current))
    const next = neighbour(grid, current, step.to)
    if (next === start && current === stop) return pixels
    back = (step.to + 4) % 8
    current = next
  }
}

const neighbour = (grid: Grid, at: number, direction: number): number => at + (grid.around[direction] ?? 0)

/** Step (3.4): negative where the region ends at the right, so that no other border starts there. */
const mark = (grid: Grid, at: number, label: number, endsAtRight: boolean): void => {
  if (endsAtRight) grid.labels[at] = -label
  else if (grid.labels[at] === 1) grid.labels[at] = label
}

const firstClockwise = (grid: Grid, at: number, from: number): number | undefined => {
  for (let i = 0; i < 8; i++) {
    const k = (from + i) % 8
    if (grid.labels[neighbour(grid, at, k)] !== 0) return k
  }
  return undefined
}

/**
 * The next pixel of the region counterclockwise after `back`, and whether the right neighbour was seen empty on the
 * way.
 */
const nextCounterclockwise = (grid: Grid, at: number, back: number) => {
  let passedRight = false
  for (let i = 1; i <= 8; i++) {
    const k = (back - i + 16) % 8
    if (grid.labels[neighbour(grid, at, k)] !== 0) return { to: k, passedRight }
    passedRight ||= k === 4
  }
  return { to: back, passedRight }
}

const pointAt = (grid: Grid, at: number): Point => [(at % grid.stride) - 1, Math.floor(at / grid.stride) - 1]
