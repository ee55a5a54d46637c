/**
 * Outlines of the 8-connected regions of a binary map, and of their holes, by border following: Suzuki and Abe,
 * "Topological structural analysis of digitized binary images by border following", 1985, algorithm 1.
 */
export interface Contour {
  /** Column and row of each pixel along the border, each next to the one before it; the last is next to the first. */
  readonly border: Int32Array
  /** Whether it surrounds a hole; then its pixels belong to the region around the hole. */
  readonly hole: boolean
  /** Index of the border directly around this one: of a region for a hole, of a hole for a region; -1 at the top. */
  readonly parent: number
}

/**
 * Visits all borders of the non-zero pixels of `map`, row-major, in the order of a scan. One by one: all pixels of all
 * borders of a noisy map would take gigabytes. `map` holds 0 and 1. If `visit` clears a region from it, the holes of the
 * region are left out, and what is inside them has no parent.
 */
export const forEach = (
  map: Uint8Array,
  width: number,
  height: number,
  visit: (contour: Contour) => void
): void => {
  const grid = framed(map, width, height)
  const borders: Array<Border> = []
  // LNBD of the paper; 1 is the frame, which each row begins with.
  let last = 1
  let row = 0
  const startIn = (at: number, start: Start | undefined): void => {
    if (start === undefined) return
    const label = grid.labels[at] ?? 0
    const holding = start.hole && label > 1 ? label : last
    const parent = parentOf(borders, holding, start.hole)
    const border = follow(grid, at, start.from, borders.length + 2)
    borders.push({ hole: start.hole, parent })
    visit({ border, hole: start.hole, parent })
  }
  forEachRun(map, width, ({ from, to }) => {
    const y = Math.floor(from / width)
    if (y > row) last = 1
    row = y
    const shift = (y + 1) * grid.stride + 1 - y * width
    const [first, end] = [from + shift, to - 1 + shift]
    const start = startsAt(grid, first)
    startIn(first, start)
    last = lastMet(grid, first, end, last)
    // Only one border starts at a pixel.
    if (end > first || start === undefined) startIn(end, endsAt(grid, end))
    last = lastMet(grid, first, end, last)
  })
}

/** What is stored of each border, for those inside it. */
type Border = Pick<Contour, "hole" | "parent">

/** Ones of a row that are next to each other: indices into the map, `to` exclusive. */
interface Run {
  readonly from: number
  readonly to: number
}

/** Visits all runs in the order of a scan. `indexOf` looks at many pixels at once, and most of a page is background. */
const forEachRun = (map: Uint8Array, width: number, visit: (run: Run) => void): void => {
  for (let from = map.indexOf(1); from >= 0; ) {
    const row = from - (from % width) + width
    const zero = map.indexOf(0, from + 1)
    const to = zero < 0 || zero > row ? row : zero
    visit({ from, to })
    from = map.indexOf(1, to)
  }
}

/** Step (4): the last border met is that of the last pixel of a run which is on one. */
const lastMet = ({ labels }: Grid, first: number, end: number, before: number): number => {
  for (let at = end; at >= first; at--) {
    const marked = Math.abs(labels[at] ?? 0)
    if (marked > 1) return marked
  }
  return before
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
  forEachRun(map, width, ({ from, to }) => {
    const shift = (Math.floor(from / width) + 1) * stride + 1 - Math.floor(from / width) * width
    labels.fill(1, from + shift, to + shift)
  })
  return {
    labels,
    stride,
    around: [-1, -stride - 1, -stride, -stride + 1, 1, stride + 1, stride, stride - 1]
  }
}

/** Where a border starts: the index in `around` of the empty pixel that it starts from. */
interface Start {
  readonly hole: boolean
  readonly from: number
}

/** Step (1) for the first pixel of a run, left of which is none: whether the border of a region starts here. */
const startsAt = ({ labels }: Grid, at: number): Start | undefined =>
  labels[at] === 1 ? { hole: false, from: 0 } : undefined

/** Step (1) for the last pixel of a run, right of which is none: whether the border of a hole starts here. */
const endsAt = ({ labels }: Grid, at: number): Start | undefined =>
  (labels[at] ?? 0) >= 1 ? { hole: true, from: 4 } : undefined

/** Step (2), table 1: a border of the other kind holds this one; one of the same kind shares its parent. */
const parentOf = (contours: ReadonlyArray<Border>, holding: number, hole: boolean): number => {
  const met = contours[holding - 2]
  if (met === undefined) return -1
  return met.hole === hole ? met.parent : holding - 2
}

/** Step (3): follows the border once around from `start`, marking its pixels with `label`. */
const follow = (grid: Grid, start: number, from: number, label: number): Int32Array => {
  const places: Array<number> = []
  const first = firstClockwise(grid, start, from)
  if (first === undefined) {
    grid.labels[start] = -label
    return pairsOf(grid, [start])
  }
  const stop = neighbour(grid, start, first)
  let current = start
  let back = first
  for (;;) {
    const to = nextCounterclockwise(grid, current, back)
    mark(grid, current, label, passesRight(back, to))
    places.push(current)
    const next = neighbour(grid, current, to)
    if (next === start && current === stop) return pairsOf(grid, places)
    back = (to + 4) % 8
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

/** The next pixel of the region counterclockwise after `back`. */
const nextCounterclockwise = ({ labels, around }: Grid, at: number, back: number): number => {
  for (let i = 1; i < 8; i++) {
    const k = (back - i) & 7
    if (labels[at + (around[k] ?? 0)] !== 0) return k
  }
  return back
}

/** Whether the right neighbour was seen empty on the way counterclockwise from `back` to `to`. */
const passesRight = (back: number, to: number): boolean => {
  const [turn, right] = [(back - to) & 7, (back - 4) & 7]
  // A whole turn, back to where it came from, passes everything.
  return right !== 0 && (turn === 0 || right < turn)
}

const pairsOf = ({ stride }: Grid, places: ReadonlyArray<number>): Int32Array => {
  const pairs = new Int32Array(2 * places.length)
  for (let i = 0; i < places.length; i++) {
    const at = places[i] ?? 0
    const column = at % stride
    pairs[2 * i] = column - 1
    pairs[2 * i + 1] = (at - column) / stride - 1
  }
  return pairs
}
