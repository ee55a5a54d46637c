/** The projection of paper into a picture: a plane in perspective, with a slight bend along its width. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import type { Point } from "../../geometry/Polygon.ts"

/** Nine numbers, row-major: (x, y) goes to (ax + by + c, dx + ey + f) / (gx + hy + i). */
export type Homography = readonly [number, number, number, number, number, number, number, number, number]

export type Quad = readonly [Point, Point, Point, Point]

export const apply = ([a, b, c, d, e, f, g, h, i]: Homography, [x, y]: Point): Point => {
  const w = g * x + h * y + i
  return [(a * x + b * y + c) / w, (d * x + e * y + f) / w]
}

/** The homography that maps the unit square's corners, clockwise from the origin, to the quad's (Heckbert, 1989). */
export const fromUnitSquare = ([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]: Quad): Homography => {
  const [sx, sy] = [x0 - x1 + x2 - x3, y0 - y1 + y2 - y3]
  const [dx1, dy1, dx2, dy2] = [x1 - x2, y1 - y2, x3 - x2, y3 - y2]
  const det = dx1 * dy2 - dx2 * dy1
  const g = (sx * dy2 - dx2 * sy) / det
  const h = (dx1 * sy - sx * dy1) / det
  return [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1]
}

/** The adjugate, which is the inverse up to a factor that cancels. */
export const inverse = ([a, b, c, d, e, f, g, h, i]: Homography): Homography => [
  e * i - f * h,
  c * h - b * i,
  b * f - c * e,
  f * g - d * i,
  a * i - c * g,
  c * d - a * f,
  d * h - e * g,
  b * g - a * h,
  a * e - b * d
]

const scaled = ([a, b, c, d, e, f, g, h, i]: Homography, x: number, y: number): Homography => [
  a / x,
  b / y,
  c,
  d / x,
  e / y,
  f,
  g / x,
  h / y,
  i
]

export interface Camera {
  /** From the picture's pixels to the paper's, before the bend. */
  readonly toPlane: Homography
  /** Paper y grows by `depth` * sin(`pace` * x + `phase`), pixels. */
  readonly bend: { readonly depth: number; readonly pace: number; readonly phase: number }
  /** A page that curls into the gutter: paper y grows by `depth` * exp(-|x - from| / reach), pixels. */
  readonly curl?: Curl
}

export interface Curl {
  readonly depth: number
  readonly reach: number
  /** The x of the gutter. */
  readonly from: number
}

/** By how much the paper's y at x differs from the plane's. */
export const rise = ({ bend, curl }: Camera, x: number): number => {
  const wave = bend.depth === 0 ? 0 : bend.depth * Math.sin(bend.pace * x + bend.phase)
  return curl === undefined ? wave : wave + curl.depth * Math.exp(-Math.abs(x - curl.from) / curl.reach)
}

export const isFlat = ({ bend, curl }: Camera): boolean => bend.depth === 0 && curl === undefined

/** `rise` at whole x, from the first one on, as far as a picture of this size shows: sines of each pixel take longer. */
export const rises = (
  camera: Camera,
  width: number,
  height: number
): { readonly from: number; readonly values: Float32Array } => {
  const corners = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height]
  ] as const
  const ends = corners.map((corner) => apply(camera.toPlane, corner)[0])
  const from = Math.floor(Math.min(...ends))
  const count = Math.ceil(Math.max(...ends)) - from + 2
  return { from, values: Float32Array.from({ length: count }, (_, i) => rise(camera, from + i)) }
}

/** How far the corners of the picture may move on the paper. */
export interface Motion {
  /** Radians, about ±. */
  readonly rotation: number
  /** Fraction of the picture's side, about ±. */
  readonly perspective: number
  /** Pixels. */
  readonly bend: number
}

export const STILL: Motion = { rotation: 0, perspective: 0, bend: 0 }

/**
 * A camera that shows the paper's window `frame` (left, top, right, bottom; paper pixels) in a picture of the given
 * size.
 */
export const make = (
  random: Random,
  width: number,
  height: number,
  [left, top, right, bottom]: readonly [number, number, number, number],
  motion: Motion,
  curl?: Curl
): Camera => {
  const angle = motion.rotation * Math.max(-2, Math.min(2, random.normal()))
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const [cx, cy] = [(left + right) / 2, (top + bottom) / 2]
  const wander = () => motion.perspective * random.between(-1, 1)
  const corner = (x: number, y: number): Point => {
    const [dx, dy] = [x - cx + wander() * (right - left), y - cy + wander() * (bottom - top)]
    return [cx + cos * dx - sin * dy, cy + sin * dx + cos * dy]
  }
  const quad: Quad = [corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)]
  return {
    toPlane: scaled(fromUnitSquare(quad), width, height),
    bend: {
      depth: motion.bend * random.between(-1, 1),
      pace: random.between(1, 4) / (right - left),
      phase: random.between(0, 2 * Math.PI)
    },
    ...(curl === undefined ? {} : { curl })
  }
}

/** From the paper to the picture; the exact inverse of what the photo does pixel by pixel. */
export const toPicture = (camera: Camera): ((point: Point) => Point) => {
  const back = inverse(camera.toPlane)
  return ([x, y]) => apply(back, [x, y - rise(camera, x)])
}
